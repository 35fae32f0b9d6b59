//! The messages of event files as far as scalars need them; fields that are not named here are passed over. A field of a
//! `oneof` stands as an optional one, which is the same on the wire.
//!
//! Source: event.proto, summary.proto, tensor.proto and tensor_shape.proto under
//! <https://github.com/tensorflow/tensorboard/tree/master/tensorboard/compat/proto>.
#![expect(missing_docs, reason = "names and meanings are those of the .proto files")]

use prost::Message;

/// `SessionLog.SessionStatus.START`: whatever was written at this event's step or later is of a branch given up.
pub const SESSION_START: i32 = 1;

#[derive(Clone, PartialEq, Message)]
pub struct Event {
    /// Seconds since 1970.
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    #[prost(int64, tag = "2")]
    pub step: i64,
    /// `brain.Event:2`, in the first event of a file.
    #[prost(string, optional, tag = "3")]
    pub file_version: Option<String>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub graph_def: Option<Vec<u8>>,
    #[prost(message, optional, tag = "5")]
    pub summary: Option<Summary>,
    #[prost(message, optional, tag = "7")]
    pub session_log: Option<SessionLog>,
    #[prost(message, optional, tag = "10")]
    pub source_metadata: Option<SourceMetadata>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct SessionLog {
    #[prost(int32, tag = "1")]
    pub status: i32,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct SourceMetadata {
    /// The program that wrote the file.
    #[prost(string, tag = "1")]
    pub writer: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Summary {
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<Value>,
}

/// `Summary.Value`: one of the fields after `tag` holds it.
#[derive(Clone, PartialEq, Message)]
pub struct Value {
    #[prost(string, tag = "1")]
    pub tag: String,
    /// A scalar in the old form.
    #[prost(float, optional, tag = "2")]
    pub simple_value: Option<f32>,
    #[prost(bytes = "vec", optional, tag = "4")]
    pub image: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "5")]
    pub histo: Option<Vec<u8>>,
    #[prost(bytes = "vec", optional, tag = "6")]
    pub audio: Option<Vec<u8>>,
    /// Anything in the new form; the metadata of the tag's first value say what.
    #[prost(message, optional, tag = "8")]
    pub tensor: Option<Tensor>,
    #[prost(message, optional, tag = "9")]
    pub metadata: Option<SummaryMetadata>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct SummaryMetadata {
    #[prost(message, optional, tag = "1")]
    pub plugin_data: Option<PluginData>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct PluginData {
    /// `scalars`, `histograms`, `images`, `text`...
    #[prost(string, tag = "1")]
    pub plugin_name: String,
}

#[derive(Clone, PartialEq, Message)]
pub struct Tensor {
    /// `DataType`: 1 is float, 2 double, 3 int32, 9 int64, 14 bfloat16, 19 half.
    #[prost(int32, tag = "1")]
    pub dtype: i32,
    #[prost(message, optional, tag = "2")]
    pub tensor_shape: Option<TensorShape>,
    /// The numbers in little-endian order, where none of the lists has them.
    #[prost(bytes = "vec", tag = "4")]
    pub tensor_content: Vec<u8>,
    #[prost(float, repeated, tag = "5")]
    pub float_val: Vec<f32>,
    #[prost(double, repeated, tag = "6")]
    pub double_val: Vec<f64>,
    #[prost(int32, repeated, tag = "7")]
    pub int_val: Vec<i32>,
    #[prost(int64, repeated, tag = "10")]
    pub int64_val: Vec<i64>,
    /// Half and bfloat16, as their bits.
    #[prost(int32, repeated, tag = "13")]
    pub half_val: Vec<i32>,
}

#[derive(Clone, PartialEq, Message)]
pub struct TensorShape {
    #[prost(message, repeated, tag = "2")]
    pub dim: Vec<Dim>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub struct Dim {
    #[prost(int64, tag = "1")]
    pub size: i64,
}
