//! Tensors from and to TensorProto, whose data stands in one of six fields.

use prost::bytes::Bytes;

use super::{DataType, Element, Tensor, TensorError};
use crate::proto::TensorProto;

impl Tensor {
    /// Reads a tensor whose data is in the message itself. Text is refused.
    pub fn from_proto(proto: &TensorProto) -> Result<Self, TensorError> {
        let data_type = DataType::from_number(proto.data_type)
            .filter(|&t| t != DataType::String)
            .ok_or(TensorError::DataType(proto.data_type))?;
        if proto.data_location == 1 {
            return Err(TensorError::External);
        }
        let shape = (proto.dims.iter().map(|&d| usize::try_from(d).ok()).collect::<Option<Vec<_>>>())
            .ok_or_else(|| TensorError::Dimensions(proto.dims.clone()))?;
        let bytes =
            if proto.raw_data.is_empty() { typed_fields(proto, data_type) } else { proto.raw_data.clone() };
        Self::new(data_type, shape, bytes)
    }

    /// As a message of that name.
    pub fn to_proto(&self, name: &str) -> TensorProto {
        TensorProto {
            name: name.into(),
            data_type: self.data_type.number(),
            dims: self.shape.iter().map(|&d| d as i64).collect(),
            raw_data: self.bytes.clone(),
            ..Default::default()
        }
    }
}

fn bytes_of<T: Element>(values: impl Iterator<Item = T>) -> Bytes {
    let mut bytes = Vec::with_capacity(values.size_hint().0 * size_of::<T>());
    values.for_each(|value| value.write(&mut bytes));
    bytes.into()
}

/// Which field holds which type: <https://github.com/onnx/onnx/blob/main/onnx/onnx.proto>, message TensorProto.
fn typed_fields(proto: &TensorProto, data_type: DataType) -> Bytes {
    let small = || proto.int32_data.iter().copied();
    match data_type {
        DataType::Float | DataType::Complex64 => bytes_of(proto.float_data.iter().copied()),
        DataType::Double | DataType::Complex128 => bytes_of(proto.double_data.iter().copied()),
        DataType::Int64 => bytes_of(proto.int64_data.iter().copied()),
        DataType::Uint64 => bytes_of(proto.uint64_data.iter().copied()),
        DataType::Uint32 => bytes_of(proto.uint64_data.iter().map(|&v| v as u32)),
        DataType::Int32 => bytes_of(small()),
        DataType::Int16 | DataType::Uint16 | DataType::Float16 | DataType::Bfloat16 => {
            bytes_of(small().map(|v| v as u16))
        }
        _ => bytes_of(small().map(|v| v as u8)),
    }
}
