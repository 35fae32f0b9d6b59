//! What a model says about itself in `metadata_props`: how its input is to be made from an image, what its
//! outputs mean, and where it comes from. Written by the exporter, read by dissection.

use serde::{Deserialize, Serialize};

/// The keys in `metadata_props`.
pub mod key {
    /// JSON of an [`InputFormat`](super::InputFormat).
    pub const INPUT: &str = "dissect.input";
    /// `logits` or `probabilities`.
    pub const OUTPUT: &str = "dissect.output";
    /// JSON list of class names in the order of the outputs.
    pub const CLASSES: &str = "dissect.classes";
    /// The run that trained the model.
    pub const RUN: &str = "dissect.run";
    /// The epoch after which it was taken, counted from 1.
    pub const EPOCH: &str = "dissect.epoch";
    /// `true` for models that make images.
    pub const GENERATOR: &str = "dissect.generator";
}

/// Where the channels stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// Batch, channels, height, width.
    #[serde(rename = "NCHW", alias = "nchw")]
    Nchw,
    /// Batch, height, width, channels.
    #[serde(rename = "NHWC", alias = "nhwc")]
    Nhwc,
}

/// How a model wants its images: pixels scaled linearly so that black is `range[0]` and white `range[1]`, then
/// `(pixel - mean) / std` channel by channel, in this layout.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct InputFormat {
    /// Where the channels stand.
    pub layout: Layout,
    /// Values of black and white before `mean` and `std`.
    pub range: [f64; 2],
    /// Subtracted from each channel.
    pub mean: Vec<f64>,
    /// What each channel is then divided by.
    pub std: Vec<f64>,
}

impl Default for InputFormat {
    /// The format of every network trained here: NCHW in [-1, 1].
    fn default() -> Self {
        Self { layout: Layout::Nchw, range: [-1.0, 1.0], mean: vec![0.0; 3], std: vec![1.0; 3] }
    }
}

/// What a classifier's outputs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputKind {
    /// Before the softmax.
    Logits,
    /// After it.
    Probabilities,
}

impl OutputKind {
    /// As in `metadata_props`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Logits => "logits",
            Self::Probabilities => "probabilities",
        }
    }
}

/// What the exporter is told beside the weights.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metadata {
    /// Names of a classifier's classes in the order of its outputs; empty where there are none to give.
    pub classes: Vec<String>,
    /// The run that trained the model.
    pub run: Option<String>,
    /// Epochs done, counted from 1.
    pub epoch: Option<u64>,
}
