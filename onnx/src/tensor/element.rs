//! Rust's element types and their little-endian bytes.

use half::{bf16, f16};

use super::DataType;

/// A Rust type that is an ONNX element type.
pub trait Element: Copy + 'static {
    /// Its ONNX type.
    const DATA_TYPE: DataType;
    /// From as many bytes as the type has.
    fn read(bytes: &[u8]) -> Self;
    /// Appends its bytes.
    fn write(self, bytes: &mut Vec<u8>);
}

macro_rules! elements {
    ($($type:ty => $data_type:ident),*) => {$(
        impl Element for $type {
            const DATA_TYPE: DataType = DataType::$data_type;
            fn read(bytes: &[u8]) -> Self {
                <$type>::from_le_bytes(bytes.try_into().expect("as many bytes as the type has"))
            }
            fn write(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }
        }
    )*};
}

elements! {
    f32 => Float, f64 => Double, f16 => Float16, bf16 => Bfloat16, i8 => Int8, i16 => Int16, i32 => Int32,
    i64 => Int64, u8 => Uint8, u16 => Uint16, u32 => Uint32, u64 => Uint64
}

impl Element for bool {
    const DATA_TYPE: DataType = DataType::Bool;
    fn read(bytes: &[u8]) -> Self {
        bytes[0] != 0
    }
    fn write(self, bytes: &mut Vec<u8>) {
        bytes.push(u8::from(self));
    }
}

fn each<T: Element, U>(bytes: &[u8], convert: impl Fn(T) -> U) -> Vec<U> {
    bytes.chunks_exact(size_of::<T>()).map(|chunk| convert(T::read(chunk))).collect()
}

pub(super) fn read_f64s(data_type: DataType, bytes: &[u8]) -> Option<Vec<f64>> {
    Some(match data_type {
        DataType::Float => each(bytes, |v: f32| f64::from(v)),
        DataType::Double => each(bytes, |v: f64| v),
        DataType::Float16 => each(bytes, |v: f16| v.to_f64()),
        DataType::Bfloat16 => each(bytes, |v: bf16| v.to_f64()),
        _ => read_ints(data_type, bytes)?.into_iter().map(|v| v as f64).collect(),
    })
}

pub(super) fn read_ints(data_type: DataType, bytes: &[u8]) -> Option<Vec<i64>> {
    Some(match data_type {
        DataType::Int64 => each(bytes, |v: i64| v),
        DataType::Int32 => each(bytes, |v: i32| i64::from(v)),
        DataType::Int16 => each(bytes, |v: i16| i64::from(v)),
        DataType::Int8 => each(bytes, |v: i8| i64::from(v)),
        DataType::Uint64 => each(bytes, |v: u64| v as i64),
        DataType::Uint32 => each(bytes, |v: u32| i64::from(v)),
        DataType::Uint16 => each(bytes, |v: u16| i64::from(v)),
        DataType::Uint8 => each(bytes, |v: u8| i64::from(v)),
        DataType::Bool => each(bytes, |v: bool| i64::from(v)),
        _ => return None,
    })
}

/// Whether the type is one that a number can be written as.
pub(super) fn write_f64(data_type: DataType, value: f64, bytes: &mut Vec<u8>) -> bool {
    match data_type {
        DataType::Float => (value as f32).write(bytes),
        DataType::Double => value.write(bytes),
        DataType::Float16 => f16::from_f64(value).write(bytes),
        DataType::Bfloat16 => bf16::from_f64(value).write(bytes),
        DataType::Int64 => (value as i64).write(bytes),
        DataType::Int32 => (value as i32).write(bytes),
        DataType::Int16 => (value as i16).write(bytes),
        DataType::Int8 => (value as i8).write(bytes),
        DataType::Uint64 => (value as u64).write(bytes),
        DataType::Uint32 => (value as u32).write(bytes),
        DataType::Uint16 => (value as u16).write(bytes),
        DataType::Uint8 => (value as u8).write(bytes),
        DataType::Bool => (value != 0.0).write(bytes),
        _ => return false,
    }
    true
}
