//! Networks as ONNX files: an architecture, its weights and the facts a reader needs become one model. Knows
//! nothing of how the weights came about.

mod convert;
mod layers;
mod metadata;

pub use convert::{ExportError, Weights, export};
pub use metadata::{InputFormat, Layout, Metadata, OutputKind, key};
