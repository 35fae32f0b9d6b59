//! The layers and the network made of them. Shapes, parameters and costs are derived elsewhere in this
//! folder; a network that exists has passed the shape check.

use super::{ArchError, Shape, shape};

/// One layer, with every number needed to build it. Names are prefixes of parameter names as PyTorch would
/// give them (`features.0`, with parameters `features.0.weight` and so on).
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    /// Square two-dimensional convolution; weight `[out_channels, in_channels, kernel, kernel]`.
    Conv {
        /// Prefix of its parameters.
        name: String,
        /// Channels in.
        in_channels: usize,
        /// Channels out.
        out_channels: usize,
        /// Side of the window.
        kernel: usize,
        /// Step of the window, both ways.
        stride: usize,
        /// Zeros on every side.
        padding: usize,
        /// Whether it adds a bias `[out_channels]`.
        bias: bool,
    },
    /// Square transposed convolution without output padding; weight `[in_channels, out_channels, kernel, kernel]`.
    ConvTranspose {
        /// Prefix of its parameters.
        name: String,
        /// Channels in.
        in_channels: usize,
        /// Channels out.
        out_channels: usize,
        /// Side of the window.
        kernel: usize,
        /// Step of the window, both ways.
        stride: usize,
        /// Pixels cut from every side.
        padding: usize,
        /// Whether it adds a bias `[out_channels]`.
        bias: bool,
    },
    /// Batch normalisation over all but the channels, with gain, shift and running statistics.
    BatchNorm {
        /// Prefix of its parameters.
        name: String,
        /// Channels.
        channels: usize,
        /// Added to the variance.
        epsilon: f32,
        /// Weight of the newest batch in the running statistics (PyTorch's meaning).
        momentum: f32,
    },
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, else `slope * x`.
    LeakyRelu {
        /// Factor of the negative side.
        slope: f32,
    },
    /// Hyperbolic tangent.
    Tanh,
    /// Square max pool without padding; a rest at the far edge is dropped.
    MaxPool {
        /// Side of the window.
        kernel: usize,
        /// Step of the window.
        stride: usize,
    },
    /// Mean over height and width, leaving `[channels, 1, 1]`.
    GlobalAveragePool,
    /// An image to a vector, channels outermost.
    Flatten,
    /// Fully connected; weight `[outputs, inputs]`, bias `[outputs]`.
    Linear {
        /// Prefix of its parameters.
        name: String,
        /// Features in.
        inputs: usize,
        /// Features out.
        outputs: usize,
    },
    /// A vector to an image `[channels, height, width]`.
    Reshape {
        /// Channels, height, width.
        shape: [usize; 3],
    },
    /// `body(x) + shortcut(x)`; the activation after the sum is a layer of its own.
    Residual {
        /// The layers of the longer way.
        body: Vec<Layer>,
        /// The shorter way.
        shortcut: Shortcut,
    },
}

/// The way around a residual block's body. Without parameters (He et al. 2015, option A).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shortcut {
    /// The input itself.
    Identity,
    /// Every `stride`-th pixel both ways, with channels of zeros before and after.
    PadSubsample {
        /// Step between the pixels kept.
        stride: usize,
        /// Zero channels in front.
        channels_before: usize,
        /// Zero channels behind.
        channels_after: usize,
    },
}

/// A network: a sequence of layers whose shapes fit.
#[derive(Debug, Clone, PartialEq)]
pub struct Architecture {
    name: String,
    input: Shape,
    output: Shape,
    layers: Vec<Layer>,
}

impl Architecture {
    /// Checks that every layer fits the one before it. Shapes are those of one example, without the batch.
    ///
    /// # Errors
    /// [`ArchError::TooSmall`] and [`ArchError::Mismatch`] name the layer.
    pub fn new(name: impl Into<String>, input: Shape, layers: Vec<Layer>) -> Result<Self, ArchError> {
        let name = name.into();
        let output = shape::through(&name, input, input, &layers)?;
        Ok(Self { name, input, output, layers })
    }

    /// The network's name (`vgg11`, `generator`).
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Shape of one example at the input.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// Shape of one example at the output.
    pub fn output(&self) -> Shape {
        self.output
    }

    /// The layers, first to last.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Whether it makes images out of vectors.
    pub fn is_generator(&self) -> bool {
        matches!((self.input, self.output), (Shape::Vector(_), Shape::Image { .. }))
    }
}

impl Layer {
    /// What errors call it: its parameters' prefix, or its kind where it has none.
    pub fn label(&self) -> &str {
        match self {
            Self::Conv { name, .. }
            | Self::ConvTranspose { name, .. }
            | Self::BatchNorm { name, .. }
            | Self::Linear { name, .. } => name,
            Self::Relu => "relu",
            Self::LeakyRelu { .. } => "leaky relu",
            Self::Tanh => "tanh",
            Self::MaxPool { .. } => "max pool",
            Self::GlobalAveragePool => "global average pool",
            Self::Flatten => "flatten",
            Self::Reshape { .. } => "reshape",
            Self::Residual { .. } => "residual block",
        }
    }
}
