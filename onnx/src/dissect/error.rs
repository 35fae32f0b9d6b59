//! Why a dissection cannot be done. Every message names the file, what was found, what was expected, and what to
//! do where one can say it.

use crate::export::OutputKind;
use crate::figures::FigureError;
use crate::graph::GraphError;
use crate::model::ModelError;

/// Why a dissection cannot be done or was not finished.
#[derive(Debug, thiserror::Error)]
pub enum DissectError {
    /// A setting is outside its range.
    #[error("{setting} is {found}, expected {expected}")]
    Setting {
        /// The setting.
        setting: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A model file cannot be read. The message names the file.
    #[error(transparent)]
    Load(#[from] ModelError),
    /// A model's graph cannot be read or joined.
    #[error("{model}: the graph cannot be used")]
    Graph {
        /// Path of the model.
        model: String,
        /// Why.
        source: GraphError,
    },
    /// A model of the wrong kind: its inputs or outputs are not those of a classifier or generator.
    #[error("{model}: {found}, expected {expected}; {advice}")]
    Signature {
        /// Path of the model.
        model: String,
        /// What it has.
        found: String,
        /// What is needed.
        expected: String,
        /// What to do.
        advice: &'static str,
    },
    /// A model made for a fixed number of images, whose graph does not take another.
    #[error(
        "{model}: input {input} has a fixed batch, and its graph cannot be given another ({reason}); export it again \
         with a dynamic first dimension (`dynamic_axes` or `dynamic_shapes` in PyTorch)"
    )]
    FixedBatch {
        /// Path of the model.
        model: String,
        /// The input's declaration.
        input: String,
        /// What happened with another batch.
        reason: String,
    },
    /// Two classifiers of different class counts.
    #[error(
        "{model}: {found} classes, expected {expected} as in {first}; compare models of the same classes, or name the \
         output that has them with --output fN=NAME"
    )]
    Classes {
        /// Path of the model.
        model: String,
        /// Its classes.
        found: usize,
        /// The first model's.
        expected: usize,
        /// Path of the first model.
        first: String,
    },
    /// What metadata, a TOML file or flags say of a model cannot be true.
    #[error("{source_of_facts}: {key} is {found}, expected {expected}")]
    Facts {
        /// The file, or the model and where it says so.
        source_of_facts: String,
        /// The key.
        key: String,
        /// What it says.
        found: String,
        /// What it may say.
        expected: String,
    },
    /// Starts given as a file that do not fit.
    #[error("{file}: {found}, expected {expected}")]
    Latents {
        /// Path of the file.
        file: String,
        /// What it holds.
        found: String,
        /// What is needed.
        expected: String,
    },
    /// Test images that cannot be used.
    #[error("{images}: {found}, expected {expected}")]
    Images {
        /// Where they are from.
        images: String,
        /// What is there.
        found: String,
        /// What is needed.
        expected: &'static str,
    },
    /// A model cannot be differentiated.
    #[error("{model}: cannot be differentiated; see `dissect inspect {model}`")]
    Gradient {
        /// Path of the model.
        model: String,
        /// The nodes in the way.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// ONNX Runtime refuses a model or fails at it.
    #[error("{model}: {action} in ONNX Runtime failed")]
    Run {
        /// Path of the model.
        model: String,
        /// What was done.
        action: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A model gives infinities or NaN, so that no distance can be told.
    #[error("{model}: {kind} that are not finite {at}; {advice}")]
    NotFinite {
        /// Path of the model.
        model: String,
        /// `logits`, `images`, `latents` or `weights`.
        kind: &'static str,
        /// Where, or how many.
        at: String,
        /// What to do.
        advice: &'static str,
    },
    /// The progress callback asked for the end.
    #[error("stopped after {step} of {steps} steps")]
    Stopped {
        /// Steps done.
        step: usize,
        /// Steps asked for.
        steps: usize,
    },
    /// A result cannot be written.
    #[error("{path}: writing failed")]
    Write {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A picture cannot be made.
    #[error("the picture {name} cannot be made")]
    Figure {
        /// Its file name.
        name: &'static str,
        /// Why.
        source: FigureError,
    },
}

impl OutputKind {
    pub(super) const EXPECTED: &str = "logits or probabilities";
}
