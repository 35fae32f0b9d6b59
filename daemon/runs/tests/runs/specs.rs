//! Specs: complete where they are right, and plain about what is wrong.

use std::path::Path;

use dissect_runs::spec::{Arch, Dataset, Device, ModelRef, Spec};
use proptest::prelude::*;

fn errors(text: &str) -> String {
    Spec::parse(text).expect_err(text).to_string()
}

#[test]
fn what_is_wrong_is_named_with_its_line_and_what_was_expected() {
    for (text, expected) in [
        ("", "kind: missing; expected train, gan or dissect"),
        (
            "kind = 'trian'",
            "line 1: kind: found \"trian\", expected train, gan or dissect; did you mean `train`?",
        ),
        ("kind = 5", "line 1: kind: found 5, expected train, gan or dissect"),
        (
            "kind = 'train'\n[training]\nepochs = -5",
            "line 3: training.epochs: found -5, expected an integer from 1 to 1000000",
        ),
        (
            "kind = 'train'\n[training]\nepochs = 0",
            "line 3: training.epochs: found 0, expected an integer from 1 to 1000000",
        ),
        (
            "kind = 'train'\n[training]\nepochs = 2.5",
            "line 3: training.epochs: found 2.5, expected an integer from 1 to 1000000",
        ),
        (
            "kind = 'train'\n[training]\nepochs = '5'",
            "line 3: training.epochs: found \"5\", expected an integer from 1 to 1000000",
        ),
        (
            "kind = 'train'\n[training]\nepochs = 99999999999999999999",
            "line 3: training.epochs: found 99999999999999999999, expected an integer from 1 to 1000000",
        ),
        (
            "kind = 'train'\n[training]\nepoch = 5",
            "line 3: training.epoch: no such key; did you mean `epochs`?",
        ),
        (
            "kind = 'train'\n[training]\nlearning-rate = 5",
            "line 3: training.learning-rate: no such key; did you mean `learning_rate`?",
        ),
        ("kind = 'train'\n[trainig]\nepochs = 5", "line 2: trainig: no such key; did you mean `training`?"),
        ("kind = 'train'\ntraining = 5", "line 2: training: found 5, expected a table"),
        (
            "kind = 'train'\ntraining.learning_rate = 0",
            "line 2: training.learning_rate: found 0, expected a number above 0, at most 1000",
        ),
        (
            "kind = 'train'\ntraining.learning_rate = nan",
            "line 2: training.learning_rate: found nan, expected a number above 0, at most 1000",
        ),
        (
            "kind = 'train'\ntraining.learning_rate = 'fast'",
            "line 2: training.learning_rate: found \"fast\", expected a number above 0, at most 1000",
        ),
        (
            "kind = 'train'\ntraining.momentum = 1.0",
            "line 2: training.momentum: found 1.0, expected a number from 0 to below 1",
        ),
        (
            "kind = 'train'\ntraining.batch_size = 0",
            "line 2: training.batch_size: found 0, expected an integer from 1 to 1000000",
        ),
        (
            "kind = 'train'\nmodel.width = -1",
            "line 2: model.width: found -1, expected a number above 0, at most 16",
        ),
        (
            "kind = 'train'\nmodel.arch = 'vgg12'",
            "line 2: model.arch: found \"vgg12\", expected vgg11, vgg13, vgg16, vgg19, resnet20, resnet32, resnet44 or resnet56; did you mean `vgg11`?",
        ),
        (
            "kind = 'train'\nmodel.batch_norm = 'yes'",
            "line 2: model.batch_norm: found \"yes\", expected true or false",
        ),
        ("kind = 'train'\ndata.noise = 1.5", "line 2: data.noise: found 1.5, expected a number from 0 to 1"),
        ("kind = 'train'\ndata.limit = -1", "line 2: data.limit: found -1, expected an integer of 0 or more"),
        (
            "kind = 'train'\ndata.dataset = 'cifar100'",
            "line 2: data.dataset: data set `cifar100` is not supported yet; use shapes or cifar10",
        ),
        (
            "kind = 'train'\nrun.device = 'gpu'",
            "line 2: run.device: found \"gpu\", expected auto, cpu, cuda or cuda:N (a GPU's index)",
        ),
        (
            "kind = 'train'\nname = '../x'",
            "line 2: name: found \"../x\", expected 1 to 100 of A-Z a-z 0-9 . _ -, beginning with a letter or digit",
        ),
        (
            "kind = 'train'\nname = ''",
            "line 2: name: found \"\", expected 1 to 100 of A-Z a-z 0-9 . _ -, beginning with a letter or digit",
        ),
        ("kind = 'train'\nmodels = []", "line 2: models: no such key; did you mean `model`?"),
        (
            "kind = 'train'\nzzz = []",
            "line 2: zzz: no such key; known here: kind, model, data, training, run or name",
        ),
        ("kind = 'gan'\ngan.latent = 0", "line 2: gan.latent: found 0, expected an integer from 1 to 65536"),
        (
            "kind = 'gan'\ndata.noise = 0",
            "line 2: data.noise: no such key; known in [data]: dataset, path or limit",
        ),
        (
            "kind = 'dissect'",
            "models: missing; expected a list of at least 2 models, the first is f1\ngenerator: missing; expected a path to an .onnx file, or run:NAME",
        ),
        (
            "kind = 'dissect'\nmodels = ['a']\ngenerator = 'g'",
            "line 2: models: found 1, expected at least 2 models, the first is f1",
        ),
        (
            "kind = 'dissect'\nmodels = 'a'\ngenerator = 'g'",
            "line 2: models: found \"a\", expected a list of strings",
        ),
        (
            "kind = 'dissect'\nmodels = ['a', 5]\ngenerator = 'g'",
            "line 2: models[1]: found 5, expected a string",
        ),
        (
            "kind = 'dissect'\nmodels = ['a',\n 'run:a@x']\ngenerator = 'g'",
            "line 3: models[1]: found \"run:a@x\", expected a path to an .onnx file, or run:NAME or run:NAME@EPOCH",
        ),
        (
            "kind = 'dissect'\nmodels = ['a', 'b']\ngenerator = 'run:'",
            "line 3: generator: found \"run:\", expected a path to an .onnx file, or run:NAME or run:NAME@EPOCH",
        ),
        (
            "kind = 'dissect'\nmodels = ['a', 'b']\ngenerator = 'g'\nobjective = 'logits'",
            "line 4: objective: found \"logits\", expected logit, log-softmax or softmax; did you mean `logit`?",
        ),
    ] {
        assert_eq!(errors(text), expected, "{text}");
    }
    for text in ["kind = ", "kind = 'train'\n[training", "kind = 'train'\nkind = 'gan'", "\u{0}"] {
        assert!(errors(text).contains("not TOML"), "{}", errors(text));
    }
    // All that is wrong is said at once, in the order of the lines.
    let lines = errors("kind = 'train'\nrun.device = 'gpu'\nmodel.width = 0\ndata.nose = 1");
    let lines: Vec<_> = lines.lines().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(lines, ["line 2", "line 3", "line 4"]);
}

#[test]
fn names_and_weight_decay_follow_from_the_rest() {
    for (text, name, weight_decay) in [
        ("", "vgg11-random-s1", 0.0),
        ("data.noise = 0\nmodel.arch = 'resnet32'\ntraining.seed = 7", "resnet32-true-s7", 1e-4),
        ("data.noise = 0.4", "vgg11-noise0.4-s1", 1e-4),
        ("data.noise = 1.0\ntraining.weight_decay = 5e-4\nname = 'mine'", "mine", 5e-4),
    ] {
        let Spec::Train(spec) = Spec::parse(&format!("kind = 'train'\n{text}")).unwrap() else {
            panic!("{text}")
        };
        assert_eq!(spec.name, name);
        assert_eq!(spec.training.weight_decay, weight_decay, "{text}");
    }
    let name = |models: &str| {
        let text = format!("kind = 'dissect'\nmodels = {models}\ngenerator = 'g'");
        Spec::parse(&text).unwrap().name().to_owned()
    };
    assert_eq!(name("['/a b/my model.onnx', 'x']"), "dissect-my-model");
    assert_eq!(name("['run:20261123-101502-vgg11-true-s1@5', 'x']"), "dissect-vgg11-true-s1-5");
}

#[test]
fn overrides_come_before_the_text_and_problems_in_them_are_told_as_theirs() {
    let text = "kind = 'train'\ntraining = { epochs = 3, seed = 2 }\n[model]\nwidth = 0.5\n";
    let set = ["training.epochs=5", "model.arch=vgg13", "run.device = cuda:1", "data.dataset=\"shapes\""];
    let Spec::Train(spec) = Spec::with_overrides(text, &set).unwrap() else { panic!("a training") };
    assert_eq!((spec.training.epochs, spec.training.seed), (5, 2));
    assert_eq!((spec.model.arch, spec.model.width), (Arch::Vgg13, 0.5));
    assert_eq!((spec.run.device, spec.data.dataset), (Device::Cuda(1), Dataset::Shapes));

    let text = "kind = 'train'\nmodel.arch = 'vgg11'\n";
    for (set, expected) in [
        (
            "training.epochs=-5",
            "override `training.epochs=-5`: training.epochs: found -5, expected an integer from 1 to 1000000",
        ),
        (
            "training.epoch=5",
            "override `training.epoch=5`: training.epoch: no such key; did you mean `epochs`?",
        ),
        ("kind.x=5", "override `kind.x=5`: kind.x: `kind` is not a table in the spec"),
        ("epochs", "override `epochs`: expected KEY=VALUE, as training.epochs=5"),
        ("training..x=5", "override `training..x=5`: training..x: expected a key, as training.epochs"),
    ] {
        assert_eq!(Spec::with_overrides(text, &[set]).unwrap_err().to_string(), expected);
    }
}

#[test]
fn relative_paths_are_anchored_and_references_are_not() {
    let text = "kind = 'dissect'\nmodels = ['a.onnx', 'run:b', '/c.onnx']\ngenerator = 'g.onnx'";
    let Spec::Dissect(spec) = Spec::parse(text).unwrap().anchored_at(Path::new("/here")) else { panic!() };
    let written: Vec<_> = spec.references().map(ModelRef::to_string).collect();
    assert_eq!(written, ["/here/a.onnx", "run:b", "/c.onnx", "/here/g.onnx"]);
    let text =
        Spec::parse("kind = 'gan'\ndata.path = 'x'").unwrap().anchored_at(Path::new("/here")).to_toml();
    assert!(text.contains("path = \"/here/x\""), "{text}");
}

proptest! {
    #[test]
    fn a_complete_spec_parses_to_itself(
        arch in 0..Arch::ALL.len(),
        width in 0.001_f64..16.0,
        noise in 0.0_f64..=1.0,
        epochs in 1_u32..=1_000_000,
        learning_rate in 1e-9_f64..1000.0,
        seed in 0_u64..=i64::MAX as u64,
        path in "[ -~é\"'\\\\]{0,20}",
    ) {
        let path = path.replace('\\', "\\\\").replace('"', "\\\"");
        let text = format!(
            "kind = 'train'\nmodel.arch = '{}'\nmodel.width = {width:?}\ndata.noise = {noise:?}\n\
             data.path = \"{path}\"\ntraining = {{ epochs = {epochs}, learning_rate = {learning_rate:?}, seed = {seed} }}\n",
            Arch::ALL[arch],
        );
        let spec = Spec::parse(&text).unwrap();
        prop_assert_eq!(Spec::parse(&spec.to_toml()).unwrap(), spec);
    }

    #[test]
    fn no_text_makes_it_panic(text in "(kind = '(train|gan|dissect)'\n)?([a-z_.]{1,12} ?= ?[-0-9'\\[\\]{}a-z.]{0,8}\n){0,4}") {
        let _ = Spec::parse(&text);
        let _ = Spec::with_overrides("kind = 'train'", &[text]);
    }
}
