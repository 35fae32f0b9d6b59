//! The parameters of a network: names, shapes, roles and how they start, all as data. Draws no number.

use super::{Architecture, Layer};

/// One named tensor of a network.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// As PyTorch names it, for example `features.0.weight`.
    pub name: String,
    /// As PyTorch shapes it.
    pub shape: Vec<usize>,
    /// What it is for.
    pub role: Role,
    /// How it starts.
    pub initialisation: Initialisation,
}

/// What a parameter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Of a convolution or a linear layer.
    Weight,
    /// Of a convolution or a linear layer.
    Bias,
    /// Factor of a batch norm (PyTorch's `weight`).
    Gain,
    /// Summand of a batch norm (PyTorch's `bias`).
    Shift,
    /// Gathered by a batch norm, not trained.
    RunningMean,
    /// Gathered by a batch norm, not trained.
    RunningVariance,
}

/// The distribution a parameter is first drawn from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Initialisation {
    /// Normal with mean 0 and variance `2 / fan` (He et al. 2015, for ReLU).
    KaimingNormal {
        /// Inputs of one output.
        fan: usize,
    },
    /// Uniform on ±`1 / sqrt(fan)`, what PyTorch gives a linear layer and its bias.
    KaimingUniform {
        /// Inputs of one output.
        fan: usize,
    },
    /// Normal.
    Normal {
        /// Its mean.
        mean: f32,
        /// Its standard deviation.
        std: f32,
    },
    /// The same everywhere.
    Constant {
        /// The value.
        value: f32,
    },
}

/// How the weights of a family of networks start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    /// Classifiers: Kaiming normal convolutions, PyTorch's default for linear layers.
    Kaiming,
    /// Both halves of a DCGAN: weights N(0, 0.02), batch norm gains N(1, 0.02) (Radford et al. 2015).
    Dcgan,
}

impl Role {
    /// Whether an optimizer changes it; the running statistics follow the batches instead.
    pub fn is_trained(self) -> bool {
        !matches!(self, Self::RunningMean | Self::RunningVariance)
    }
}

impl Parameter {
    /// Numbers in it.
    pub fn size(&self) -> usize {
        self.shape.iter().product()
    }
}

impl Architecture {
    /// Every parameter and running statistic, in the order of PyTorch's `state_dict`.
    pub fn parameters(&self) -> Vec<Parameter> {
        let mut found = Vec::new();
        let scheme = match self.name() {
            super::dcgan::GENERATOR | super::dcgan::DISCRIMINATOR => Scheme::Dcgan,
            _ => Scheme::Kaiming,
        };
        collect(self.layers(), scheme, &mut found);
        found
    }

    /// Trained numbers; running statistics are not counted.
    pub fn parameter_count(&self) -> usize {
        self.parameters().iter().filter(|p| p.role.is_trained()).map(Parameter::size).sum()
    }
}

fn collect(layers: &[Layer], scheme: Scheme, found: &mut Vec<Parameter>) {
    for layer in layers {
        match layer {
            Layer::Conv { name, in_channels, out_channels, kernel, bias, .. } => {
                let fan = in_channels * kernel * kernel;
                let shape = vec![*out_channels, *in_channels, *kernel, *kernel];
                found.push(parameter(name, "weight", shape, Role::Weight, scheme.convolution(fan)));
                if *bias {
                    found.push(parameter(name, "bias", vec![*out_channels], Role::Bias, constant(0.0)));
                }
            }
            Layer::ConvTranspose { name, in_channels, out_channels, kernel, bias, .. } => {
                let fan = in_channels * kernel * kernel;
                let shape = vec![*in_channels, *out_channels, *kernel, *kernel];
                found.push(parameter(name, "weight", shape, Role::Weight, scheme.convolution(fan)));
                if *bias {
                    found.push(parameter(name, "bias", vec![*out_channels], Role::Bias, constant(0.0)));
                }
            }
            Layer::BatchNorm { name, channels, .. } => {
                let shape = || vec![*channels];
                found.push(parameter(name, "weight", shape(), Role::Gain, scheme.gain()));
                found.push(parameter(name, "bias", shape(), Role::Shift, constant(0.0)));
                found.push(parameter(name, "running_mean", shape(), Role::RunningMean, constant(0.0)));
                found.push(parameter(name, "running_var", shape(), Role::RunningVariance, constant(1.0)));
            }
            Layer::Linear { name, inputs, outputs } => {
                let start = Initialisation::KaimingUniform { fan: *inputs };
                found.push(parameter(name, "weight", vec![*outputs, *inputs], Role::Weight, start));
                found.push(parameter(name, "bias", vec![*outputs], Role::Bias, start));
            }
            Layer::Residual { body, .. } => collect(body, scheme, found),
            Layer::Relu
            | Layer::LeakyRelu { .. }
            | Layer::Tanh
            | Layer::MaxPool { .. }
            | Layer::GlobalAveragePool
            | Layer::Flatten
            | Layer::Reshape { .. } => {}
        }
    }
}

impl Scheme {
    fn convolution(self, fan: usize) -> Initialisation {
        match self {
            Self::Kaiming => Initialisation::KaimingNormal { fan },
            Self::Dcgan => Initialisation::Normal { mean: 0.0, std: 0.02 },
        }
    }

    fn gain(self) -> Initialisation {
        match self {
            Self::Kaiming => constant(1.0),
            Self::Dcgan => Initialisation::Normal { mean: 1.0, std: 0.02 },
        }
    }
}

fn constant(value: f32) -> Initialisation {
    Initialisation::Constant { value }
}

fn parameter(
    prefix: &str,
    suffix: &str,
    shape: Vec<usize>,
    role: Role,
    initialisation: Initialisation,
) -> Parameter {
    Parameter { name: format!("{prefix}.{suffix}"), shape, role, initialisation }
}
