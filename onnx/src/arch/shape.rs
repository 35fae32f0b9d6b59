//! Shapes of one example on its way through the layers.

use std::fmt;

use super::{ArchError, Architecture, Layer, Shortcut};

/// Shape of one example, without the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Channels first.
    Image {
        /// Channels.
        channels: usize,
        /// Rows.
        height: usize,
        /// Columns.
        width: usize,
    },
    /// So many features.
    Vector(usize),
}

impl Shape {
    /// Numbers in one example.
    pub fn size(self) -> usize {
        match self {
            Self::Image { channels, height, width } => channels * height * width,
            Self::Vector(features) => features,
        }
    }

    /// The dimensions in order, `[channels, height, width]` or `[features]`.
    pub fn dims(self) -> Vec<usize> {
        match self {
            Self::Image { channels, height, width } => vec![channels, height, width],
            Self::Vector(features) => vec![features],
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image { channels, height, width } => write!(f, "an image [{channels}, {height}, {width}]"),
            Self::Vector(features) => write!(f, "a vector [{features}]"),
        }
    }
}

impl Architecture {
    /// Shape after each of the outermost layers, in order.
    pub fn shapes(&self) -> Vec<Shape> {
        let mut at = self.input();
        let step = |layer| {
            at = after(self.name(), self.input(), at, layer).expect("checked when the network was made");
            at
        };
        self.layers().iter().map(step).collect()
    }
}

/// Shape after all `layers`. `input` is the network's own input, for messages.
pub(super) fn through(name: &str, input: Shape, from: Shape, layers: &[Layer]) -> Result<Shape, ArchError> {
    layers.iter().try_fold(from, |at, layer| after(name, input, at, layer))
}

/// Shape after one layer that gets `at`.
pub(super) fn after(name: &str, input: Shape, at: Shape, layer: &Layer) -> Result<Shape, ArchError> {
    let check = Check { name, input, at, layer };
    Ok(match *layer {
        Layer::Conv { in_channels, out_channels, kernel, stride, padding, .. } => {
            let (height, width) = check.image(in_channels)?;
            let side = |n: usize| (n + 2 * padding).checked_sub(kernel).map(|rest| rest / stride + 1);
            match (side(height), side(width)) {
                (Some(height), Some(width)) => Shape::Image { channels: out_channels, height, width },
                _ => return Err(check.too_small(kernel.saturating_sub(2 * padding))),
            }
        }
        Layer::ConvTranspose { in_channels, out_channels, kernel, stride, padding, .. } => {
            let (height, width) = check.image(in_channels)?;
            let side = |n: usize| ((n - 1) * stride + kernel).checked_sub(2 * padding).filter(|n| *n > 0);
            match (side(height), side(width)) {
                (Some(height), Some(width)) => Shape::Image { channels: out_channels, height, width },
                _ => return Err(check.too_small(2)),
            }
        }
        Layer::BatchNorm { channels, .. } => {
            check.image(channels)?;
            at
        }
        Layer::Relu | Layer::LeakyRelu { .. } | Layer::Tanh => at,
        Layer::MaxPool { kernel, stride } => match at {
            Shape::Image { height, width, .. } if height < kernel || width < kernel => {
                return Err(check.too_small(kernel));
            }
            Shape::Image { channels, height, width } => Shape::Image {
                channels,
                height: (height - kernel) / stride + 1,
                width: (width - kernel) / stride + 1,
            },
            Shape::Vector(_) => return Err(check.mismatch("an image")),
        },
        Layer::GlobalAveragePool => match at {
            Shape::Image { channels, .. } => Shape::Image { channels, height: 1, width: 1 },
            Shape::Vector(_) => return Err(check.mismatch("an image")),
        },
        Layer::Flatten => Shape::Vector(at.size()),
        Layer::Linear { inputs, outputs, .. } => match at {
            Shape::Vector(features) if features == inputs => Shape::Vector(outputs),
            _ => return Err(check.mismatch(format!("a vector [{inputs}]"))),
        },
        Layer::Reshape { shape: [channels, height, width] } => {
            let to = Shape::Image { channels, height, width };
            if at.size() != to.size() {
                return Err(check.mismatch(format!("{} numbers", to.size())));
            }
            to
        }
        Layer::Residual { ref body, ref shortcut } => {
            let long = through(name, input, at, body)?;
            let short = check.shortcut(shortcut)?;
            if long != short {
                return Err(check.mismatch(format!("body and shortcut alike, not {long} and {short}")));
            }
            long
        }
    })
}

struct Check<'a> {
    name: &'a str,
    input: Shape,
    at: Shape,
    layer: &'a Layer,
}

impl Check<'_> {
    fn image(&self, needed: usize) -> Result<(usize, usize), ArchError> {
        match self.at {
            Shape::Image { channels, height, width } if channels == needed => Ok((height, width)),
            _ => Err(self.mismatch(format!("an image of {needed} channels"))),
        }
    }

    fn shortcut(&self, shortcut: &Shortcut) -> Result<Shape, ArchError> {
        match (*shortcut, self.at) {
            (Shortcut::Identity, at) => Ok(at),
            (
                Shortcut::PadSubsample { stride, channels_before, channels_after },
                Shape::Image { channels, height, width },
            ) => Ok(Shape::Image {
                channels: channels_before + channels + channels_after,
                height: height.div_ceil(stride),
                width: width.div_ceil(stride),
            }),
            (Shortcut::PadSubsample { .. }, Shape::Vector(_)) => Err(self.mismatch("an image")),
        }
    }

    fn mismatch(&self, expected: impl Into<String>) -> ArchError {
        ArchError::Mismatch {
            architecture: self.name.to_owned(),
            layer: self.layer.label().to_owned(),
            found: self.at,
            expected: expected.into(),
        }
    }

    fn too_small(&self, needed: usize) -> ArchError {
        let sides = |shape| match shape {
            Shape::Image { height, width, .. } => (height, width),
            Shape::Vector(_) => (1, 1),
        };
        let (height, width) = sides(self.input);
        let (at_height, at_width) = sides(self.at);
        ArchError::TooSmall {
            architecture: self.name.to_owned(),
            layer: self.layer.label().to_owned(),
            height,
            width,
            needed,
            at_height,
            at_width,
        }
    }
}
