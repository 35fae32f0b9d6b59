//! Small models with random weights, for what needs a model and no training.

use dissect_onnx::arch::{Architecture, ClassifierOptions, Initialisation, classifier, generator};
use dissect_onnx::export::{Metadata, Weights, export};
use dissect_onnx::model::Model;
use ndarray::ArrayD;

/// A narrow VGG11 with this many classes for square images of this side.
pub fn small_classifier(classes: usize, side: usize, seed: u64) -> Model {
    let options = ClassifierOptions { batch_norm: true, width: 0.0625, classes, image: [3, side, side] };
    let architecture = classifier("vgg11", &options).expect("the options hold");
    let metadata = Metadata { run: Some(format!("small-s{seed}")), ..Metadata::default() };
    export(&architecture, &weights(&architecture, seed), &metadata).expect("the weights fit")
}

/// A narrow DCGAN generator of 32x32 images from 8 numbers.
pub fn small_generator(seed: u64) -> Model {
    let architecture = generator(8, 4).expect("the options hold");
    export(&architecture, &weights(&architecture, seed), &Metadata::default()).expect("the weights fit")
}

/// Weights as wide as their initialisation asks, from a generator of numbers that is the same everywhere.
fn weights(architecture: &Architecture, seed: u64) -> Weights {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut uniform = || {
        // xorshift64*
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    };
    let mut weights = Weights::new();
    for parameter in architecture.parameters() {
        let (middle, reach) = match parameter.initialisation {
            Initialisation::Constant { value } => (value, 0.0),
            // A uniform distribution of the same variance reaches the square root of 3 deviations far.
            Initialisation::KaimingNormal { fan } => (0.0, (6.0 / fan as f32).sqrt()),
            Initialisation::KaimingUniform { fan } => (0.0, 1.0 / (fan as f32).sqrt()),
            Initialisation::Normal { mean, std } => (mean, 3_f32.sqrt() * std),
        };
        let mut draw = || middle + reach * uniform();
        weights.insert(parameter.name, ArrayD::from_shape_simple_fn(parameter.shape, &mut draw));
    }
    weights
}
