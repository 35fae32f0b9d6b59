//! A network as libtorch runs it: the named tensors of an `onnx::arch` description and the way through its layers.
//! Every number comes from the description; nothing here knows a particular network, data sets or training.

mod forward;
mod initialise;

use std::collections::BTreeMap;

use dissect_onnx::arch::Architecture;
use dissect_onnx::export::Weights;
use ndarray::{ArrayD, IxDyn};
use tch::{Device, Kind, Tensor};

pub use forward::Mode;

/// The tensors of one architecture on one device, float32.
#[derive(Debug)]
pub struct Network {
    architecture: Architecture,
    tensors: BTreeMap<String, Tensor>,
    trained: Vec<String>,
    compute: Kind,
}

/// A tensor that a network needs and was not given as it must be.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// Missing.
    #[error("{network}: tensor `{name}` is missing")]
    Missing {
        /// The architecture.
        network: String,
        /// The tensor.
        name: String,
    },
    /// Of another shape.
    #[error("{network}: tensor `{name}` has shape {found:?}, expected {expected:?}")]
    Shape {
        /// The architecture.
        network: String,
        /// The tensor.
        name: String,
        /// Its shape.
        found: Vec<i64>,
        /// The shape the architecture gives it.
        expected: Vec<i64>,
    },
}

impl Network {
    /// A network with fresh weights, a function of the seed and the description alone.
    pub fn new(architecture: Architecture, seed: u64, device: Device) -> Self {
        let parameters = architecture.parameters();
        let tensors =
            parameters.iter().map(|p| (p.name.clone(), initialise::draw(p, seed).to_device(device)));
        Self::from_parts(architecture.clone(), tensors.collect())
    }

    /// A network with the given tensors, which are moved to the device.
    ///
    /// # Errors
    /// A tensor that is missing or has another shape is named.
    pub fn with_tensors(
        architecture: Architecture,
        given: &BTreeMap<String, Tensor>,
        device: Device,
    ) -> Result<Self, NetworkError> {
        let mut tensors = BTreeMap::new();
        for parameter in architecture.parameters() {
            let network = || architecture.name().to_owned();
            let tensor = given
                .get(&parameter.name)
                .ok_or_else(|| NetworkError::Missing { network: network(), name: parameter.name.clone() })?;
            let expected: Vec<i64> = parameter.shape.iter().map(|&dim| dim as i64).collect();
            if tensor.size() != expected {
                let (network, name, found) = (network(), parameter.name, tensor.size());
                return Err(NetworkError::Shape { network, name, found, expected });
            }
            let own = tensor.detach().to_device(device).to_kind(Kind::Float).copy();
            tensors.insert(parameter.name, own);
        }
        Ok(Self::from_parts(architecture, tensors))
    }

    fn from_parts(architecture: Architecture, tensors: BTreeMap<String, Tensor>) -> Self {
        let trained: Vec<String> =
            architecture.parameters().into_iter().filter(|p| p.role.is_trained()).map(|p| p.name).collect();
        for name in &trained {
            let _ = tensors[name].set_requires_grad(true);
        }
        Self { architecture, tensors, trained, compute: Kind::Float }
    }

    /// Trains with convolutions and linear layers in this kind, as autocast does: bfloat16 halves what moves through
    /// memory while weights, statistics and sums stay float32.
    pub fn computing_in(mut self, kind: Kind) -> Self {
        self.compute = kind;
        self
    }

    /// What it was built from.
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Every tensor by name, running statistics too.
    pub fn tensors(&self) -> &BTreeMap<String, Tensor> {
        &self.tensors
    }

    /// The tensors that an optimizer changes, in the description's order.
    pub fn trained(&self) -> Vec<Tensor> {
        self.trained.iter().map(|name| self.tensors[name].shallow_clone()).collect()
    }

    /// The names of [`Network::trained`].
    pub fn trained_names(&self) -> &[String] {
        &self.trained
    }

    /// Whether every weight and statistic is a finite number. Waits for the device once.
    pub fn is_finite(&self) -> bool {
        let finite: Vec<Tensor> =
            self.tensors.values().map(|tensor| tensor.detach().isfinite().all()).collect();
        bool::try_from(Tensor::stack(&finite, 0).all()).expect("a single truth value")
    }

    /// Copies of all tensors for the ONNX export.
    pub fn weights(&self) -> Weights {
        let array = |tensor: &Tensor| {
            let shape: Vec<usize> = tensor.size().iter().map(|&dim| dim as usize).collect();
            let values = to_vec(tensor);
            ArrayD::from_shape_vec(IxDyn(&shape), values)
                .expect("a tensor has as many values as its shape says")
        };
        self.tensors.iter().map(|(name, tensor)| (name.clone(), array(tensor))).collect()
    }
}

/// A tensor's values as float32 on the host, row-major.
pub fn to_vec(tensor: &Tensor) -> Vec<f32> {
    let flat = tensor.detach().to_device(Device::Cpu).to_kind(Kind::Float).contiguous().view([-1]);
    Vec::try_from(&flat).expect("a flat float32 tensor on the host converts")
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissect_onnx::arch::{CLASSIFIERS, ClassifierOptions, classifier, discriminator, generator};

    fn small(name: &str, batch_norm: bool) -> Architecture {
        let options = ClassifierOptions { batch_norm, width: 0.125, classes: 10, image: [3, 32, 32] };
        classifier(name, &options).unwrap()
    }

    #[test]
    fn every_architecture_runs_and_has_its_shape() {
        let mut networks: Vec<Architecture> = CLASSIFIERS.iter().map(|name| small(name, true)).collect();
        networks.push(small("vgg11", false));
        networks.push(generator(16, 8).unwrap());
        networks.push(discriminator(8).unwrap());
        for architecture in networks {
            let shape = |dims: Vec<usize>| {
                std::iter::once(2).chain(dims.into_iter().map(|dim| dim as i64)).collect::<Vec<i64>>()
            };
            let input = Tensor::randn(shape(architecture.input().dims()), (Kind::Float, Device::Cpu));
            let expected = shape(architecture.output().dims());
            let network = Network::new(architecture, 1, Device::Cpu);
            for mode in [Mode::Train, Mode::Evaluate] {
                let output = network.forward(&input, mode);
                assert_eq!(output.size(), expected, "{}", network.architecture().name());
                assert_eq!(output.kind(), Kind::Float);
            }
        }
    }

    #[test]
    fn weights_are_a_function_of_the_seed() {
        let network = |seed| Network::new(small("vgg11", true), seed, Device::Cpu).weights();
        assert_eq!(network(1), network(1));
        assert_ne!(network(1), network(2));
    }

    #[test]
    fn tensors_that_do_not_fit_are_named() {
        let given = Network::new(small("vgg11", true), 1, Device::Cpu);
        let error = Network::with_tensors(small("vgg13", true), given.tensors(), Device::Cpu).unwrap_err();
        assert!(error.to_string().contains("features."), "{error}");
    }

    #[test]
    fn bfloat16_stays_close_to_float32() {
        let exact = Network::new(small("vgg11", true), 1, Device::Cpu);
        let rough = Network::new(small("vgg11", true), 1, Device::Cpu).computing_in(Kind::BFloat16);
        let input = Tensor::randn([4, 3, 32, 32], (Kind::Float, Device::Cpu));
        let (a, b) = (exact.forward(&input, Mode::Train), rough.forward(&input, Mode::Train));
        let relative = f64::try_from((&a - &b).norm() / a.norm()).unwrap();
        assert!(relative > 0.0 && relative < 0.05, "relative difference {relative}");
    }
}
