//! Neural network dissection (Gu and Tresp 2019): patterns that excite one classifier's outputs, made by gradient
//! ascent through a generator, and how far other classifiers disagree about them. Takes ONNX files, anybody's; knows
//! nothing of runs or of training.

mod answers;
mod ascent;
mod assemble;
mod batch;
mod bootstrap;
mod checks;
mod classifier;
mod compare;
mod distance;
mod error;
mod facts;
mod generator;
mod input;
mod logits;
mod matching;
mod measures;
mod memory;
mod outcome;
mod ports;
mod progress;
mod report;
mod settings;
mod starts;
mod test_images;
mod turn;
mod untrained;

pub use answers::Answers;
pub use bootstrap::Bootstrap;
pub use compare::{End, Outcome, dissect};
pub use distance::{Logits, Spread, divergence, probabilities, spread};
pub use error::DissectError;
pub use facts::Facts;
pub use generator::Images;
pub use outcome::{distances_svg, matrix_svg};
pub use progress::{Callback, Measured, Progress};
pub use report::{
    Activation, Baselines, ClassActivation, ClassDistance, Matrix, Measures, NamedDistance, Pair, Report,
    ReportModel, ReportSettings, Timing, TracePoint, Untrained, Versions,
};
pub use settings::{ModelRef, Objective, Optimizer, Settings};
pub use starts::Latents;
pub use test_images::{TestImages, spread_out};
