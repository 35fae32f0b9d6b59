//! Attributes to build nodes with: `attr("axis", 1)`, `attr("pads", [1, 1, 1, 1])`, `attr("mode", "linear")`.

use crate::proto::{AttributeProto, AttributeType};
use crate::tensor::Tensor;

/// What an attribute of a built node can be.
#[derive(Clone, Debug)]
#[expect(missing_docs, reason = "one variant per ONNX attribute type of the same name")]
pub enum AttributeValue {
    Int(i64),
    Float(f32),
    String(String),
    Ints(Vec<i64>),
    Floats(Vec<f32>),
    Strings(Vec<String>),
    Tensor(Tensor),
}

macro_rules! from {
    ($($type:ty => $variant:ident($convert:expr)),* $(,)?) => {$(
        impl From<$type> for AttributeValue {
            fn from(value: $type) -> Self {
                Self::$variant($convert(value))
            }
        }
    )*};
}

from! {
    i64 => Int(|v| v),
    i32 => Int(i64::from),
    usize => Int(|v| v as i64),
    bool => Int(i64::from),
    f32 => Float(|v| v),
    &str => String(str::to_owned),
    String => String(|v| v),
    Vec<i64> => Ints(|v| v),
    &[i64] => Ints(<[i64]>::to_vec),
    &Vec<i64> => Ints(Vec::clone),
    Vec<f32> => Floats(|v| v),
    &[f32] => Floats(<[f32]>::to_vec),
    Vec<String> => Strings(|v| v),
    Tensor => Tensor(|v| v),
}

impl<const N: usize> From<[f32; N]> for AttributeValue {
    fn from(value: [f32; N]) -> Self {
        Self::Floats(value.to_vec())
    }
}

impl<const N: usize> From<[&str; N]> for AttributeValue {
    fn from(value: [&str; N]) -> Self {
        Self::Strings(value.map(str::to_owned).to_vec())
    }
}

impl<const N: usize> From<[i64; N]> for AttributeValue {
    fn from(value: [i64; N]) -> Self {
        Self::Ints(value.to_vec())
    }
}

/// A named attribute.
pub fn attr(name: &str, value: impl Into<AttributeValue>) -> AttributeProto {
    let mut proto = AttributeProto { name: name.into(), ..Default::default() };
    let kind = match value.into() {
        AttributeValue::Int(v) => {
            proto.i = v;
            AttributeType::Int
        }
        AttributeValue::Float(v) => {
            proto.f = v;
            AttributeType::Float
        }
        AttributeValue::String(v) => {
            proto.s = v.into_bytes();
            AttributeType::String
        }
        AttributeValue::Ints(v) => {
            proto.ints = v;
            AttributeType::Ints
        }
        AttributeValue::Floats(v) => {
            proto.floats = v;
            AttributeType::Floats
        }
        AttributeValue::Strings(v) => {
            proto.strings = v.into_iter().map(String::into_bytes).collect();
            AttributeType::Strings
        }
        AttributeValue::Tensor(v) => {
            proto.t = Some(v.to_proto(""));
            AttributeType::Tensor
        }
    };
    proto.set_type(kind);
    proto
}
