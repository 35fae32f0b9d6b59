//! What a report says beside the paper's distance: other measures, baselines, intervals, tables of all pairs.
#![expect(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

mod networks;
#[path = "networks/scene.rs"]
mod scene;

use dissect_onnx::dissect::{Images, Report, Settings, TestImages};
use dissect_onnx::graph::Graph;
use dissect_onnx::model::Dim;
use dissect_onnx::tensor::{DataType, Tensor};
use networks::{model, narrow};
use scene::{Scene, refused, run};

const CLASSES: usize = 3;

/// Images that are no generator's.
fn photographs(count: usize, shape: [usize; 3]) -> TestImages {
    let size: usize = shape.iter().product();
    let values = (0..count * size).map(|at| (at as f32 * 1.37).sin()).collect();
    TestImages { name: "photographs".into(), images: Images { shape, values } }
}

fn three(scene: &Scene) -> Settings {
    scene.save("f3", &model(&narrow("vgg11", CLASSES), 9));
    Settings {
        models: ["f1", "f2", "f3"].map(|name| scene.model(name)).to_vec(),
        images: Some(photographs(7, [3, 32, 32])),
        all_pairs: true,
        resamples: 200,
        ..scene.settings()
    }
}

#[test]
fn the_measures_of_a_pair_agree_with_each_other() {
    let scene = Scene::new(CLASSES);
    let settings = three(&scene);
    let report = run(&settings).report;
    assert_eq!(report.pairs.len(), 6);
    for pair in &report.pairs {
        let [patterns, starts, images] =
            [&pair.on_patterns, &pair.on_starts, &pair.on_images].map(|measures| measures.as_ref().unwrap());
        assert_eq!((patterns.dist, patterns.agreement), (pair.dist, pair.agreement));
        assert!((starts.dist - pair.before).abs() < 1e-12);
        for measures in [patterns, starts, images] {
            let [low, high] = measures.interval.unwrap();
            assert!(low <= measures.dist && measures.dist <= high, "{measures:?}");
            let [low, high] = measures.jensen_shannon_interval.unwrap();
            let middle = measures.jensen_shannon;
            assert!(0.0 < low && low <= middle && middle <= high && high <= std::f64::consts::LN_2);
            // Jensen-Shannon is at most a quarter of Jeffreys' divergence, which is twice the symmetric one.
            assert!(middle <= measures.symmetric / 2.0 + 1e-12, "{measures:?}");
            assert!((measures.symmetric - (measures.dist + measures.reverse) / 2.0).abs() < 1e-12);
        }
        let mean = |of: &dyn Fn(usize) -> f64| (0..CLASSES).map(of).sum::<f64>() / CLASSES as f64;
        let class = |index: usize| &pair.per_class[index];
        for (of_classes, whole) in [
            (mean(&|c| class(c).mean), pair.dist),
            (mean(&|c| class(c).before.unwrap()), pair.before),
            (mean(&|c| class(c).agreement.unwrap()), pair.agreement),
            (mean(&|c| class(c).jensen_shannon.unwrap()), patterns.jensen_shannon),
            (mean(&|c| class(c).success_rate.unwrap()), pair.success_rate.unwrap()),
        ] {
            assert!((of_classes - whole).abs() < 1e-12, "{of_classes} {whole}");
        }
    }
    // The divergence on images is the same whoever's patterns are looked at, the other way round.
    let on_images = |f1: usize, f2: usize| {
        let named = |name: &str, index: usize| name == format!("f{index}");
        let pair = report.pairs.iter().find(|pair| named(&pair.f1, f1) && named(&pair.f2, f2)).unwrap();
        pair.on_images.clone().unwrap()
    };
    assert!((on_images(1, 2).dist - on_images(2, 1).reverse).abs() < 1e-12);
    assert_eq!((report.settings.image_count, report.settings.images.as_deref()), (7, Some("photographs")));
    assert_eq!(run(&settings).report.pairs, report.pairs);
}

#[test]
fn the_matrix_is_the_pairs() {
    let scene = Scene::new(CLASSES);
    let report = run(&three(&scene)).report;
    let matrix = report.matrix.unwrap();
    assert_eq!(matrix.models, ["f1", "f2", "f3"]);
    for (row, f1) in matrix.models.iter().enumerate() {
        for (column, f2) in matrix.models.iter().enumerate() {
            let found = [
                matrix.dist[row][column],
                matrix.jensen_shannon[row][column],
                matrix.agreement[row][column],
                matrix.before[row][column],
                matrix.on_images.as_ref().unwrap()[row][column],
            ];
            let pair = report.pairs.iter().find(|pair| pair.f1 == *f1 && pair.f2 == *f2);
            let expected = pair.map_or([0.0, 0.0, 1.0, 0.0, 0.0], |pair| {
                let patterns = pair.on_patterns.as_ref().unwrap();
                let images = pair.on_images.as_ref().unwrap();
                [pair.dist, patterns.jensen_shannon, pair.agreement, pair.before, images.dist]
            });
            assert_eq!(found, expected, "{f1} {f2}");
        }
    }
    assert_eq!(run(&scene.settings()).report.matrix, None);
}

#[test]
fn baselines_are_nothing_and_the_untrained() {
    let scene = Scene::new(CLASSES);
    let report = run(&three(&scene)).report;
    let of: Vec<_> = report.baselines.iter().map(|baselines| baselines.f1.as_str()).collect();
    assert_eq!(of, ["f1", "f2", "f3"]);
    for baselines in &report.baselines {
        assert_eq!(baselines.itself, 0.0);
        let untrained = baselines.untrained.as_ref().unwrap();
        assert!(untrained.on_patterns.dist > 0.0 && untrained.on_starts.dist > 0.0);
        assert!(untrained.on_images.as_ref().unwrap().dist > 0.0);
    }
    // What is drawn depends on the seed alone, not on what the network has learned: a network that differs in its
    // weights only is as far from the copy as the copy's answers say.
    let of_seed = |seed| run(&Settings { seed, latents: None, ..scene.settings() }).report.baselines;
    assert_eq!(of_seed(0), of_seed(0));
    assert_ne!(of_seed(0), of_seed(1));
}

#[test]
fn images_of_another_shape_are_brought_to_the_generators() {
    let scene = Scene::new(CLASSES);
    let with = |images| Settings { images: Some(images), ..scene.settings() };
    let outcome = run(&with(photographs(2, [1, 48, 20])));
    insta::assert_snapshot!(outcome.report.notes[0], @"photographs: images of [1, 48, 20] brought to the generator's [3, 32, 32]");
    let mut wrong = photographs(2, [3, 32, 32]);
    wrong.images.values[5] = f32::NAN;
    insta::assert_snapshot!(refused(&with(wrong)), @"photographs: values that are not finite, expected images [n, 3, h, w] (.npy, C order), float32 in [-1, 1] or uint8, or a folder of pictures");
}

#[test]
fn nothing_is_ever_not_a_number() {
    let scene = Scene::new(CLASSES);
    let one = Settings { seeds: 1, images: Some(photographs(1, [3, 32, 32])), ..scene.settings() };
    for settings in [one.clone(), Settings { resamples: 0, ..three(&scene) }] {
        // JSON has no NaN: a number that were one would be null, and so would an interval of a single value.
        let report = serde_json::to_value(run(&settings).report).unwrap();
        let mut stack = vec![("report".to_owned(), &report)];
        while let Some((path, value)) = stack.pop() {
            match value {
                serde_json::Value::Null => {
                    assert!(
                        ["interval", "latents", "untrained", "images"].iter().any(|key| path.ends_with(key)),
                        "{path}"
                    );
                }
                serde_json::Value::Array(values) => {
                    stack.extend(values.iter().map(|value| (path.clone(), value)))
                }
                serde_json::Value::Object(map) => {
                    stack.extend(map.iter().map(|(key, value)| (key.clone(), value)))
                }
                _ => {}
            }
        }
    }
    let interval = run(&one).report.pairs[0].on_patterns.as_ref().unwrap().interval;
    assert_eq!(interval, None);
}

#[test]
fn what_the_runtime_took_is_a_part_of_the_ascent() {
    let scene = Scene::new(CLASSES);
    let timing = run(&Settings { cuda_graph: true, tf32: true, ..scene.settings() }).report.timing;
    assert!(
        0.0 < timing.runtime_s && timing.runtime_s <= timing.ascent_s && timing.ascent_s <= timing.total_s
    );
    assert!((timing.overhead - (1.0 - timing.runtime_s / timing.ascent_s)).abs() < 1e-9);
    let none = run(&Settings { steps: 0, ..scene.settings() }).report.timing;
    assert_eq!((none.overhead, none.ascent_s), (0.0, 0.0));
}

#[test]
fn a_report_from_before_these_numbers_still_loads() {
    let scene = Scene::new(CLASSES);
    let report = run(&scene.settings()).report;
    let mut value = serde_json::to_value(&report).unwrap();
    let strip = |value: &mut serde_json::Value, keys: &[&str]| {
        let map = value.as_object_mut().unwrap();
        keys.iter().for_each(|key| assert!(map.remove(*key).is_some(), "{key}"));
    };
    strip(&mut value, &["baselines"]);
    strip(
        &mut value["settings"],
        &["bootstrap", "images", "image_count", "tf32", "convolution_search", "cuda_graph"],
    );
    strip(&mut value["timing"], &["runtime_s", "overhead", "looking_s"]);
    let pair = &mut value["pairs"][0];
    strip(pair, &["success_rate", "on_patterns", "on_starts", "on_images"]);
    for class in pair["per_class"].as_array_mut().unwrap() {
        strip(class, &["interval", "jensen_shannon", "agreement", "before", "success_rate"]);
    }
    let old: Report = serde_json::from_value(value).unwrap();
    assert_eq!((old.pairs[0].dist, old.pairs[0].on_patterns.is_none()), (report.pairs[0].dist, true));
}

#[test]
fn all_pairs_leave_a_picture_of_the_matrix() {
    let scene = Scene::new(CLASSES);
    let outcome = run(&three(&scene));
    let out = scene.folder.path().join("out");
    outcome.write(&out).unwrap();
    let svg = std::fs::read_to_string(out.join("matrix.svg")).unwrap();
    let distance = format!(">\n{:.3}\n<", outcome.report.pairs[0].dist);
    assert!(svg.contains(&distance) && svg.contains("f3"), "{distance} {svg}");
    assert!(std::fs::read(out.join("matrix.png")).unwrap().starts_with(b"\x89PNG"));
    assert!(std::fs::read_to_string(out.join("distances.svg")).unwrap().contains("95 % bootstrap"));
    assert!(out.join("patterns-3.png").is_file());
}

#[test]
fn a_grey_generator_makes_grey_sheets() {
    let scene = Scene::new(CLASSES);
    let mut graph = Graph::from_model(&scene.generator).unwrap();
    let image = graph.outputs.remove(0).name;
    let weights = graph.constant("mean", Tensor::from_vec(&[1, 3, 1, 1], &[1.0_f32 / 3.0; 3]));
    let grey = graph.node("Conv", [image, weights], []);
    graph.add_output_as(
        "grey",
        &grey,
        DataType::Float,
        [Dim::Unknown, Dim::Fixed(1), Dim::Fixed(32), Dim::Fixed(32)],
    );
    scene.save("g", &graph.to_model().unwrap());
    let outcome = run(&scene.settings());
    assert_eq!(outcome.before.shape, [1, 32, 32]);
    outcome.write(&scene.folder.path().join("out")).unwrap();
}
