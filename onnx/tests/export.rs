//! Exported models compute in ONNX Runtime what their description says, and say what they are.
#![expect(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

mod networks;
#[path = "networks/reference.rs"]
mod reference;

use dissect_onnx::arch::{Architecture, CLASSIFIERS, ClassifierOptions, classifier, discriminator};
use dissect_onnx::export::{Metadata, Weights, export};
use dissect_onnx::session::{Device, Session, SessionOptions};
use dissect_onnx::tensor::Tensor;
use ndarray::ArrayD;
use networks::{drawn, narrow, tiny_generator};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;

/// Numbers in [-1, 1).
fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    (0..count).map(|_| random.random_range(-1.0..1.0)).collect()
}

/// Runs two examples and compares the second with the reference, relative to the largest output.
fn check(architecture: &Architecture) {
    let weights = drawn(architecture, 1);
    let model = export(architecture, &weights, &Metadata::default()).unwrap();
    let options = SessionOptions { device: Device::Cpu, threads: 1, ..Default::default() };
    let mut session = Session::new(&model, &options).unwrap();
    let size = architecture.input().size();
    let input = numbers(2 * size, 2);
    let mut shape = vec![2];
    shape.extend(architecture.input().dims());
    let (from, to) = if architecture.is_generator() { ("z", "x") } else { ("x", "y") };
    let outputs = session.run([(from, &Tensor::from_vec(&shape, &input))]).unwrap();
    let found = outputs[to].to_vec::<f32>().unwrap();
    let expected = reference::forward(architecture, &weights, &input[size..]);
    assert_eq!(found.len(), 2 * expected.len(), "{}", architecture.name());
    let found = &found[expected.len()..];
    let largest = expected.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
    let difference = found.iter().zip(&expected).fold(0.0, |m: f64, (a, b)| m.max((f64::from(*a) - b).abs()));
    assert!(difference < 1e-5 * largest, "{}: {difference} of {largest}", architecture.name());
}

#[test]
fn every_architecture_computes_what_it_says() {
    for name in CLASSIFIERS {
        check(&narrow(name, 4));
    }
    let plain = ClassifierOptions { batch_norm: false, width: 0.06, ..ClassifierOptions::default() };
    check(&classifier("vgg13", &plain).unwrap());
    let odd = ClassifierOptions { image: [1, 35, 33], width: 0.06, ..ClassifierOptions::default() };
    check(&classifier("vgg11", &odd).unwrap());
    check(&tiny_generator());
    check(&discriminator(3).unwrap());
}

#[test]
fn models_say_what_they_are() {
    let network = narrow("vgg11", 2);
    let metadata = Metadata {
        classes: vec!["cat".into(), "dog".into()],
        run: Some("20261123-101502-vgg11-true-s1".into()),
        epoch: Some(30),
    };
    let model = export(&network, &drawn(&network, 1), &metadata).unwrap();
    let found: Vec<_> = model.all_metadata().map(|(key, value)| format!("{key} = {value}")).collect();
    insta::assert_snapshot!(found.join("\n"), @r#"
    dissect.classes = ["cat","dog"]
    dissect.epoch = 30
    dissect.input = {"layout":"NCHW","range":[-1.0,1.0],"mean":[0.0,0.0,0.0],"std":[1.0,1.0,1.0]}
    dissect.output = logits
    dissect.run = 20261123-101502-vgg11-true-s1
    "#);
    assert_eq!(model.inputs().unwrap()[0].to_string(), "x: float [batch, 3, 32, 32]");
    assert_eq!(model.outputs().unwrap()[0].to_string(), "y: float [batch, 2]");
    assert_eq!(model.opset(), 17);
    let names: Vec<_> = model.graph().initializer.iter().map(|t| t.name.as_str()).collect();
    for parameter in network.parameters() {
        assert!(names.contains(&parameter.name.as_str()), "{}", parameter.name);
    }
    let made = networks::model(&tiny_generator(), 1);
    assert_eq!(made.metadata("dissect.generator"), Some("true"));
    assert_eq!(made.inputs().unwrap()[0].to_string(), "z: float [batch, 5]");
    assert_eq!(made.outputs().unwrap()[0].to_string(), "x: float [batch, 3, 32, 32]");
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    let network = narrow("vgg11", 4);
    let message = |change: &dyn Fn(&mut Weights), metadata: Metadata| {
        let mut weights = drawn(&network, 1);
        change(&mut weights);
        export(&network, &weights, &metadata).unwrap_err().to_string()
    };
    let none = Metadata::default;
    insta::assert_snapshot!(message(&|w| { w.remove("features.0.bias"); }, none()), @"vgg11: parameter `features.0.bias` is missing among the weights");
    insta::assert_snapshot!(message(&|w| { w.insert("extra".into(), ArrayD::zeros(vec![1])); }, none()), @"vgg11: weights for `extra`, which the network does not have");
    insta::assert_snapshot!(message(&|w| { w.insert("classifier.bias".into(), ArrayD::zeros(vec![10])); }, none()), @"vgg11: parameter `classifier.bias` has shape [10], expected [4]");
    let classes = Metadata { classes: vec!["one".into()], ..none() };
    insta::assert_snapshot!(message(&|_| {}, classes), @"vgg11: 1 class names for 4 outputs");
}
