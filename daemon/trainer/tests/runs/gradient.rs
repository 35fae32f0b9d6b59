//! The gradient graphs of every exported architecture, run in ONNX Runtime, against libtorch's autograd.

use dissect_onnx::arch::{Architecture, CLASSIFIERS, ClassifierOptions, classifier, generator};
use dissect_onnx::export::{Metadata, export};
use dissect_onnx::gradient::{Options, differentiate};
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::Tensor as Array;
use dissect_trainer::network::{Mode, Network, to_vec};
use tch::{Device, Kind, Tensor, no_grad};

const BATCH: i64 = 3;

#[test]
fn exported_gradients_are_autograds() {
    let options =
        |batch_norm| ClassifierOptions { batch_norm, width: 0.125, classes: 10, image: [3, 32, 32] };
    let networks = CLASSIFIERS.iter().map(|name| classifier(name, &options(true)).unwrap());
    let plain = classifier("vgg11", &options(false)).unwrap();
    for architecture in networks.chain([plain, generator(16, 8).unwrap()]) {
        check(architecture);
    }
}

#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn check(architecture: Architecture) {
    let name = architecture.name().to_owned();
    let network = Network::new(architecture, 5, Device::Cpu);
    let shape = |dims: Vec<usize>| -> Vec<i64> {
        std::iter::once(BATCH).chain(dims.into_iter().map(|dim| dim as i64)).collect()
    };
    let input_shape = shape(network.architecture().input().dims());
    let statistics = [&[16], &input_shape[1..]].concat();
    // Gathered statistics that are not the initial zeros and ones.
    let _ = no_grad(|| network.forward(&wave(&statistics, 0.37), Mode::Train));
    let x = wave(&input_shape, 0.71).set_requires_grad(true);
    let output = network.forward(&x, Mode::Evaluate);
    let cotangent = wave(&output.size(), 0.13);
    let expected =
        Tensor::run_backward(&[&(&output * &cotangent).sum(Kind::Float)], &[&x], false, false).remove(0);

    let model = export(network.architecture(), &network.weights(), &Metadata::default()).unwrap();
    let gradient =
        differentiate(&model, &Options::default()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let (input, out) = (&model.inputs().unwrap()[0].name, &model.outputs().unwrap()[0].name);
    let mut session = Session::new(&gradient, &SessionOptions::default()).unwrap();
    let given = [(input.clone(), array(&x)), (format!("{out}_grad"), array(&cotangent))];
    let outputs = session.run(given.iter().map(|(name, array)| (name, array))).unwrap();
    let found =
        Tensor::from_slice(&outputs[&format!("{input}_grad")].to_vec::<f32>().unwrap()).reshape(&input_shape);
    let relative = f64::try_from((&found - &expected).norm() / expected.norm()).unwrap();
    assert!(relative <= 1e-5, "{name}: relative difference {relative}");
}

/// Numbers between -1 and 1 without a pattern that a symmetric mistake could survive.
fn wave(shape: &[i64], step: f64) -> Tensor {
    let count = shape.iter().product::<i64>();
    (Tensor::arange(count, (Kind::Double, Device::Cpu)).square() * step)
        .sin()
        .to_kind(Kind::Float)
        .reshape(shape)
}

fn array(tensor: &Tensor) -> Array {
    let shape: Vec<usize> = tensor.size().iter().map(|&dim| dim as usize).collect();
    Array::from_vec(&shape, &to_vec(tensor))
}
