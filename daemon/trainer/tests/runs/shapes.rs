//! The built-in data set against a linear model and a small VGG: it must take more than a look at single pixels.

use std::path::Path;

use dissect_runs::spec::Dataset;
use dissect_runs::state::State;
use dissect_trainer::data::{Images, load};
use dissect_trainer::stop::Stop;
use tch::{Device, Kind, Tensor, no_grad};

use crate::run::Run;

const VGG: &str = r#"kind = "train"
[model]
width = 0.125
[data]
dataset = "shapes"
noise = 0.0
limit = 2000
[training]
epochs = 8
batch_size = 32
[run]
device = "cpu"
"#;

#[test]
fn a_linear_model_stays_well_under_a_small_vgg() {
    let run = Run::new(VGG);
    let state = run.work(&Stop::default());
    assert!(matches!(state, State::Finished { .. }), "{state:?}");
    let vgg = run.epochs().last().expect("the run has epochs").values["test_accuracy"];
    let linear = best_linear_accuracy();
    assert!(linear + 0.2 < vgg, "linear {linear}, VGG11 at an eighth of its width {vgg}");
}

/// The best test accuracy of softmax regression on pixels at any time of its training, which favours it.
#[expect(clippy::unwrap_used, reason = "a helper of tests")]
fn best_linear_accuracy() -> f64 {
    let set = load(Dataset::Shapes, Path::new(""), 2000).unwrap();
    let (images, labels) = tensors(&set.train);
    let (test_images, test_labels) = tensors(&set.test);
    let weight = Tensor::zeros([10, images.size()[1]], (Kind::Float, Device::Cpu)).set_requires_grad(true);
    let bias = Tensor::zeros([10], (Kind::Float, Device::Cpu)).set_requires_grad(true);
    let mut best = 0.0_f64;
    for _ in 0..200 {
        let loss = images.linear(&weight, Some(&bias)).cross_entropy_for_logits(&labels);
        let gradients = Tensor::run_backward(&[&loss], &[&weight, &bias], false, false);
        no_grad(|| {
            for (parameter, gradient) in [&weight, &bias].into_iter().zip(&gradients) {
                let _ = parameter.shallow_clone().g_sub_(&(gradient * 0.01));
            }
            let named = test_images.linear(&weight, Some(&bias)).argmax(1, false);
            let accuracy = named.eq_tensor(&test_labels).to_kind(Kind::Double).mean(Kind::Double);
            best = best.max(f64::try_from(accuracy).unwrap());
        });
    }
    best
}

/// Pixels from -1 to 1, `[n, 3072]`, and labels.
fn tensors(images: &Images) -> (Tensor, Tensor) {
    let count = images.labels.len() as i64;
    let pixels = Tensor::from_slice(&images.pixels).to_kind(Kind::Float) / 127.5 - 1.0;
    (pixels.reshape([count, -1]), Tensor::from_slice(&images.labels).to_kind(Kind::Int64))
}
