//! The networks are those of the paper: sizes, costs, names and shapes.

use dissect_onnx::arch::{
    ArchError, CLASSIFIERS, ClassifierOptions, Initialisation, Role, Shape, classifier, discriminator,
    generator, scaled,
};

fn plain(batch_norm: bool) -> ClassifierOptions {
    ClassifierOptions { batch_norm, ..ClassifierOptions::default() }
}

#[test]
fn sizes_and_costs_are_the_known_ones() {
    // (name, batch norm, parameters, multiply-adds in tenths of a million)
    let table = [
        ("vgg11", false, 9_225_610, 1528),
        ("vgg13", false, 9_410_122, 2283),
        ("vgg11", true, 9_231_114, 1528),
        ("vgg13", true, 9_416_010, 2283),
        ("resnet32", true, 464_154, 689),
        ("resnet32", false, 464_154, 689),
        ("resnet20", true, 269_722, 406),
        ("resnet44", true, 658_586, 972),
        ("resnet56", true, 853_018, 1255),
        ("vgg16", true, 14_728_266, 3132),
        ("vgg19", true, 20_040_522, 3981),
    ];
    for (name, batch_norm, parameters, tenths) in table {
        let network = classifier(name, &plain(batch_norm)).unwrap();
        assert_eq!(network.parameter_count(), parameters, "{name} batch norm {batch_norm}");
        let found = (network.multiply_adds() as f64 / 1e5).round() as u64;
        assert_eq!(found, tenths, "{name}: multiply-adds {}", network.multiply_adds());
        assert_eq!(network.output(), Shape::Vector(10), "{name}");
    }
    assert_eq!(generator(100, 64).unwrap().parameter_count(), 1_068_928);
    assert_eq!(discriminator(64).unwrap().parameter_count(), 663_296);
}

#[test]
fn the_gan_fits_together() {
    let image = Shape::Image { channels: 3, height: 32, width: 32 };
    let made = generator(7, 5).unwrap();
    assert_eq!((made.input(), made.output()), (Shape::Vector(7), image));
    assert!(made.is_generator());
    let judge = discriminator(5).unwrap();
    assert_eq!((judge.input(), judge.output()), (image, Shape::Vector(1)));
    assert!(!judge.is_generator());
    for parameter in made.parameters() {
        match parameter.role {
            Role::Weight => {
                assert_eq!(parameter.initialisation, Initialisation::Normal { mean: 0.0, std: 0.02 });
            }
            Role::Gain => {
                assert_eq!(parameter.initialisation, Initialisation::Normal { mean: 1.0, std: 0.02 })
            }
            _ => assert!(matches!(parameter.initialisation, Initialisation::Constant { .. })),
        }
    }
}

#[test]
fn parameters_are_named_and_shaped_as_in_pytorch() {
    let names = |name: &str| -> Vec<(String, Vec<usize>)> {
        let network = classifier(name, &plain(true)).unwrap();
        network.parameters().into_iter().map(|p| (p.name, p.shape)).collect()
    };
    let vgg = names("vgg11");
    assert_eq!(vgg.len(), 8 * 6 + 2);
    for (index, name, shape) in [
        (0, "features.0.weight", vec![64, 3, 3, 3]),
        (1, "features.0.bias", vec![64]),
        (4, "features.1.running_mean", vec![64]),
        (6, "features.4.weight", vec![128, 64, 3, 3]),
        (12, "features.8.weight", vec![256, 128, 3, 3]),
        (48, "classifier.weight", vec![10, 512]),
        (49, "classifier.bias", vec![10]),
    ] {
        assert_eq!(vgg[index], (name.to_owned(), shape));
    }
    let resnet = names("resnet20");
    assert_eq!(resnet[0], ("conv1.weight".into(), vec![16, 3, 3, 3]));
    assert!(resnet.contains(&("layer2.0.conv1.weight".into(), vec![32, 16, 3, 3])));
    assert!(resnet.contains(&("layer3.2.bn2.running_var".into(), vec![64])));
    assert_eq!(resnet.last().unwrap().0, "linear.bias");
}

#[test]
fn width_scales_every_channel_and_keeps_one() {
    for (channels, width, expected) in
        [(64, 0.25, 16), (16, 0.1, 2), (16, 0.01, 1), (10, 0.25, 3), (64, 2.0, 128)]
    {
        assert_eq!(scaled(channels, width), expected, "{channels} x {width}");
    }
    for name in CLASSIFIERS {
        for width in [0.01, 0.1, 0.37, 1.5] {
            let options = ClassifierOptions { width, ..ClassifierOptions::default() };
            let network = classifier(name, &options).unwrap();
            assert_eq!(network.output(), Shape::Vector(10), "{name} at width {width}");
            assert_eq!(network.shapes().len(), network.layers().len());
        }
    }
}

#[test]
fn other_images_and_class_counts() {
    let options =
        ClassifierOptions { image: [1, 64, 48], classes: 100, width: 0.1, ..ClassifierOptions::default() };
    for name in CLASSIFIERS {
        let network = classifier(name, &options).unwrap();
        assert_eq!(network.output(), Shape::Vector(100), "{name}");
    }
}

#[test]
fn what_cannot_be_is_refused_in_words() {
    let with = |change: fn(&mut ClassifierOptions)| {
        let mut options = ClassifierOptions::default();
        change(&mut options);
        options
    };
    let message = |name: &str, options| classifier(name, &options).unwrap_err().to_string();
    insta::assert_snapshot!(message("vgg12", ClassifierOptions::default()), @"unknown architecture `vgg12`; expected one of vgg11 vgg13 vgg16 vgg19 resnet20 resnet32 resnet44 resnet56");
    insta::assert_snapshot!(message("vgg11", with(|o| o.image = [3, 31, 32])), @"vgg11: images of 31x32 are too small: max pool needs at least 2 pixels a side and gets 1x2; use larger images or a network with fewer pools");
    insta::assert_snapshot!(message("vgg11", with(|o| o.width = f64::NAN)), @"vgg11: width is NaN, expected more than 0 and at most 64");
    insta::assert_snapshot!(message("resnet20", with(|o| o.classes = 1)), @"resnet20: the number of classes is 1, expected 2 to 100000");
    assert!(matches!(generator(0, 64), Err(ArchError::Option { option: "the latent size", .. })));
    assert!(matches!(discriminator(0), Err(ArchError::Option { option: "base_channels", .. })));
}
