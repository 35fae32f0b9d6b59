//! Element types by their number in TensorProto.DataType.

use std::fmt;

/// `TensorProto.DataType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "names and meanings are those of onnx.proto")]
pub enum DataType {
    Float,
    Uint8,
    Int8,
    Uint16,
    Int16,
    Int32,
    Int64,
    String,
    Bool,
    Float16,
    Double,
    Uint32,
    Uint64,
    Complex64,
    Complex128,
    Bfloat16,
    Float8E4M3Fn,
    Float8E4M3Fnuz,
    Float8E5M2,
    Float8E5M2Fnuz,
    Uint4,
    Int4,
    Float4E2M1,
    Float8E8M0,
    Uint2,
    Int2,
}

use DataType::*;

/// In the order of their numbers, from 1.
const ALL: [(DataType, &str, usize); 26] = [
    (Float, "float", 32),
    (Uint8, "uint8", 8),
    (Int8, "int8", 8),
    (Uint16, "uint16", 16),
    (Int16, "int16", 16),
    (Int32, "int32", 32),
    (Int64, "int64", 64),
    (String, "string", 0),
    (Bool, "bool", 8),
    (Float16, "float16", 16),
    (Double, "double", 64),
    (Uint32, "uint32", 32),
    (Uint64, "uint64", 64),
    (Complex64, "complex64", 64),
    (Complex128, "complex128", 128),
    (Bfloat16, "bfloat16", 16),
    (Float8E4M3Fn, "float8e4m3fn", 8),
    (Float8E4M3Fnuz, "float8e4m3fnuz", 8),
    (Float8E5M2, "float8e5m2", 8),
    (Float8E5M2Fnuz, "float8e5m2fnuz", 8),
    (Uint4, "uint4", 4),
    (Int4, "int4", 4),
    (Float4E2M1, "float4e2m1", 4),
    (Float8E8M0, "float8e8m0", 8),
    (Uint2, "uint2", 2),
    (Int2, "int2", 2),
];

impl DataType {
    /// From the number in a file.
    pub fn from_number(number: i32) -> Option<Self> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        ALL.get(index).map(|entry| entry.0)
    }

    /// The number in a file.
    pub fn number(self) -> i32 {
        self as i32 + 1
    }

    /// ONNX's name in lower case.
    pub fn name(self) -> &'static str {
        ALL[self as usize].1
    }

    /// Bits an element takes; 0 for text.
    pub fn bits(self) -> usize {
        ALL[self as usize].2
    }

    /// Bytes that so many elements take; none where the number overflows.
    pub fn bytes_of(self, shape: &[usize]) -> Option<usize> {
        let bits = shape.iter().try_fold(self.bits(), |product, &d| product.checked_mul(d))?;
        Some(bits.div_ceil(8))
    }

    /// Whether gradients flow through values of this type.
    pub fn is_float(self) -> bool {
        matches!(self, Float | Double | Float16 | Bfloat16)
    }

    /// Whether values of this type are whole numbers.
    pub fn is_integer(self) -> bool {
        matches!(self, Int8 | Int16 | Int32 | Int64 | Uint8 | Uint16 | Uint32 | Uint64)
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
