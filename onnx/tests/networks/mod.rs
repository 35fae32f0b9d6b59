//! Small networks with drawn weights, for the tests of this folder.

use dissect_onnx::arch::{
    Architecture, ClassifierOptions, Initialisation, Parameter, Role, classifier, generator,
};
use dissect_onnx::export::{Metadata, Weights, export};
use dissect_onnx::model::Model;
use ndarray::ArrayD;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use rand_distr::{Distribution, Normal};

/// Weights as the description says, with running statistics that a batch norm cannot do without.
pub(crate) fn drawn(architecture: &Architecture, seed: u64) -> Weights {
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    let mut draw = |parameter: &Parameter| {
        let mut normal = |mean: f32, std: f32| Normal::new(mean, std).unwrap().sample(&mut random);
        let mut one = || match (parameter.role, parameter.initialisation) {
            (Role::RunningMean | Role::Shift, _) => normal(0.0, 0.2),
            (Role::RunningVariance, _) => normal(1.0, 0.2).abs() + 0.2,
            (_, Initialisation::KaimingNormal { fan }) => normal(0.0, (2.0 / fan as f32).sqrt()),
            (_, Initialisation::KaimingUniform { fan }) => normal(0.0, (1.0 / fan as f32).sqrt()),
            // Wider than the paper's start, so that images differ.
            (_, Initialisation::Normal { mean, std }) => normal(mean, 5.0 * std),
            (_, Initialisation::Constant { value }) => normal(value, 0.1),
        };
        let values = (0..parameter.size()).map(|_| one()).collect();
        ArrayD::from_shape_vec(parameter.shape.clone(), values).unwrap()
    };
    architecture.parameters().iter().map(|p| (p.name.clone(), draw(p))).collect()
}

/// A narrow classifier of 32x32 images.
pub(crate) fn narrow(name: &str, classes: usize) -> Architecture {
    let options = ClassifierOptions { width: 0.06, classes, ..ClassifierOptions::default() };
    classifier(name, &options).unwrap()
}

/// A narrow generator with latent vectors of 5.
pub(crate) fn tiny_generator() -> Architecture {
    generator(5, 2).unwrap()
}

/// A model with drawn weights that says nothing but what the exporter adds.
pub(crate) fn model(architecture: &Architecture, seed: u64) -> Model {
    export(architecture, &drawn(architecture, seed), &Metadata::default()).unwrap()
}
