//! ONNX model files: loading with limits, saving so that a reader never sees half a file, metadata and signature.
//! Knows files and the top of the message; what the graph computes is for `graph`.

mod external;
mod large;
mod limits;
mod load;
mod save;
mod signature;

pub use signature::{Dim, ValueInfo};

use prost::Message;
use prost::bytes::Bytes;

use crate::proto::{GraphProto, ModelProto, OperatorSetIdProto, StringStringEntryProto};
use crate::tensor::{DataType, TensorError};

/// A model with all its weights in memory. There is always a graph and an opset of the standard domain.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    proto: ModelProto,
}

/// What can be wrong with a model file. `model` is its path, or "the model" where it came as bytes.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// No such file.
    #[error("{model}: not found")]
    NotFound {
        /// Path of the model.
        model: String,
    },
    /// Reading or writing failed.
    #[error("{model}: {action} failed")]
    Io {
        /// Path of the model.
        model: String,
        /// What was tried.
        action: &'static str,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Larger than ONNX allows for one file.
    #[error("{model}: {bytes} bytes, more than the {limit} that one ONNX file can have")]
    TooLarge {
        /// Path of the model.
        model: String,
        /// Size found.
        bytes: u64,
        /// Size allowed.
        limit: u64,
    },
    /// The bytes are no ONNX model, or a part of one.
    #[error("{model}: not an ONNX model, or cut short ({reason})")]
    NotOnnx {
        /// Path of the model.
        model: String,
        /// Where decoding stopped.
        reason: String,
    },
    /// A field that every model has is missing or cannot be used.
    #[error("{model}: {reason}")]
    Malformed {
        /// Path of the model.
        model: String,
        /// What is wrong.
        reason: String,
    },
    /// Weights in another file that is refused or cannot be read.
    #[error("{model}: external data of `{tensor}`: {reason}")]
    External {
        /// Path of the model.
        model: String,
        /// Initializer whose data it is.
        tensor: String,
        /// What is wrong.
        reason: String,
    },
    /// A tensor's type, shape and data disagree.
    #[error("{model}: tensor `{tensor}`")]
    Tensor {
        /// Path of the model.
        model: String,
        /// Name of the tensor.
        tensor: String,
        /// What disagrees.
        source: TensorError,
    },
}

impl Model {
    /// A model of a graph, with the newest file format that the opset's first readers know.
    pub fn new(graph: GraphProto, opset: i64) -> Self {
        let proto = ModelProto {
            ir_version: ir_version(opset),
            producer_name: "dissect".into(),
            producer_version: env!("CARGO_PKG_VERSION").into(),
            opset_import: vec![OperatorSetIdProto { domain: String::new(), version: opset }],
            graph: Some(graph),
            ..Default::default()
        };
        Self { proto }
    }

    /// Adds operator sets of other domains.
    pub(crate) fn extend(&mut self, opsets: Vec<OperatorSetIdProto>) {
        self.proto.opset_import.extend(opsets);
    }

    /// The message.
    pub fn proto(&self) -> &ModelProto {
        &self.proto
    }

    /// The model's graph.
    pub fn graph(&self) -> &GraphProto {
        self.proto.graph.as_ref().expect("every model has a graph")
    }

    /// The graph, to change in place.
    pub fn graph_mut(&mut self) -> &mut GraphProto {
        self.proto.graph.as_mut().expect("every model has a graph")
    }

    /// Version of the standard operator set.
    pub fn opset(&self) -> i64 {
        (self.proto.opset_import.iter().find(|o| is_standard(&o.domain)))
            .expect("every model has a standard opset")
            .version
    }

    /// The value of a key in `metadata_props`.
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.proto.metadata_props.iter().find(|e| e.key == key).map(|e| e.value.as_str())
    }

    /// All of `metadata_props`.
    pub fn all_metadata(&self) -> impl Iterator<Item = (&str, &str)> {
        self.proto.metadata_props.iter().map(|e| (e.key.as_str(), e.value.as_str()))
    }

    /// Sets a key in `metadata_props`, replacing what it had.
    pub fn set_metadata(&mut self, key: &str, value: impl Into<String>) {
        let value = value.into();
        match self.proto.metadata_props.iter_mut().find(|e| e.key == key) {
            Some(entry) => entry.value = value,
            None => self.proto.metadata_props.push(StringStringEntryProto { key: key.into(), value }),
        }
    }

    /// The model as the bytes of a file.
    pub fn to_bytes(&self) -> Bytes {
        self.proto.encode_to_vec().into()
    }
}

/// Whether a node's or opset's domain is that of the standard operators.
pub(crate) fn is_standard(domain: &str) -> bool {
    matches!(domain, "" | "ai.onnx")
}

/// The file format that came out with an opset: <https://github.com/onnx/onnx/blob/main/docs/Versioning.md>.
fn ir_version(opset: i64) -> i64 {
    match opset {
        ..=8 => 3,
        9 => 4,
        10 => 5,
        11 => 6,
        12..=14 => 7,
        15..=18 => 8,
        19..=20 => 9,
        21..=22 => 10,
        23 => 11,
        24 => 12,
        _ => 13,
    }
}

impl DataType {
    /// For messages about types a file names by number.
    fn describe(number: i32) -> String {
        DataType::from_number(number).map_or_else(|| format!("type {number}"), |t| t.to_string())
    }
}
