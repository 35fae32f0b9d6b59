//! Between our tensors and ONNX Runtime's values on the CPU.

use std::fmt::Debug;

use ort::memory::Allocator;
use ort::value::{
    DynTensor, DynTensorValueType, DynValue, DynValueRef, PrimitiveTensorElementType, TensorElementType,
};
use prost::bytes::Bytes;

use super::{RunValue, SessionError};
use crate::tensor::{DataType, Element, Tensor};

pub(super) fn element_type(data_type: DataType) -> TensorElementType {
    use TensorElementType as T;
    match data_type {
        DataType::Float => T::Float32,
        DataType::Uint8 => T::Uint8,
        DataType::Int8 => T::Int8,
        DataType::Uint16 => T::Uint16,
        DataType::Int16 => T::Int16,
        DataType::Int32 => T::Int32,
        DataType::Int64 => T::Int64,
        DataType::String => T::String,
        DataType::Bool => T::Bool,
        DataType::Float16 => T::Float16,
        DataType::Double => T::Float64,
        DataType::Uint32 => T::Uint32,
        DataType::Uint64 => T::Uint64,
        DataType::Complex64 => T::Complex64,
        DataType::Complex128 => T::Complex128,
        DataType::Bfloat16 => T::Bfloat16,
        DataType::Float8E4M3Fn => T::Float8E4M3FN,
        DataType::Float8E4M3Fnuz => T::Float8E4M3FNUZ,
        DataType::Float8E5M2 => T::Float8E5M2,
        DataType::Float8E5M2Fnuz => T::Float8E5M2FNUZ,
        DataType::Uint4 => T::Uint4,
        DataType::Int4 => T::Int4,
        DataType::Float4E2M1 => T::Float4E2M1,
        DataType::Float8E8M0 => T::Float8E8M0,
        DataType::Uint2 => T::Uint2,
        DataType::Int2 => T::Int2,
    }
}

fn data_type(element: TensorElementType) -> Option<DataType> {
    (1..=26).filter_map(DataType::from_number).find(|&t| element_type(t) == element)
}

pub(super) fn to_ort(tensor: &Tensor) -> Result<DynTensor, SessionError> {
    let shape: Vec<i64> = tensor.shape().iter().map(|&d| d as i64).collect();
    let mut value = DynTensor::new(&Allocator::default(), element_type(tensor.data_type()), shape)
        .map_err(SessionError::ort("allocating a tensor"))?;
    write(&mut value, tensor.bytes());
    Ok(value)
}

/// As [`to_ort`], in memory that is not ONNX Runtime's own, as it wants weights given by name to be.
pub(super) fn to_weight(name: &str, tensor: &Tensor) -> Result<DynValue, SessionError> {
    fn given<T: Element + PrimitiveTensorElementType + Debug + Clone>(
        tensor: &Tensor,
    ) -> Result<DynValue, SessionError> {
        let shape: Vec<i64> = tensor.shape().iter().map(|&d| d as i64).collect();
        let values = tensor.to_vec::<T>().expect("the type was looked at");
        let value = ort::value::Tensor::from_array((shape, values));
        Ok(value.map_err(SessionError::ort("giving a weight"))?.into_dyn())
    }
    match tensor.data_type() {
        DataType::Float => given::<f32>(tensor),
        DataType::Double => given::<f64>(tensor),
        DataType::Float16 => given::<half::f16>(tensor),
        DataType::Bfloat16 => given::<half::bf16>(tensor),
        DataType::Int8 => given::<i8>(tensor),
        DataType::Uint8 => given::<u8>(tensor),
        DataType::Int16 => given::<i16>(tensor),
        DataType::Uint16 => given::<u16>(tensor),
        DataType::Int32 => given::<i32>(tensor),
        DataType::Uint32 => given::<u32>(tensor),
        DataType::Int64 => given::<i64>(tensor),
        DataType::Uint64 => given::<u64>(tensor),
        DataType::Bool => given::<bool>(tensor),
        other => {
            let reason = format!("is {other}, which a model over 1 GB cannot have for a weight");
            Err(SessionError::Value { value: name.into(), reason })
        }
    }
}

/// Copies bytes into a tensor on the CPU that has as many.
pub(super) fn write(value: &mut DynTensor, bytes: &Bytes) {
    assert_eq!(value.size(), Some(bytes.len()), "tensor and data have the same size");
    let target = value.data_ptr_mut().cast::<u8>();
    if !target.is_null() {
        // SAFETY: the tensor is on the CPU, owned and exactly this long; the source is another allocation.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), target, bytes.len()) };
    }
}

/// Copies a tensor on the CPU.
pub(super) fn read(name: &str, value: &DynTensor) -> Result<Tensor, SessionError> {
    let failed = |reason: &str| SessionError::Value { value: name.into(), reason: reason.into() };
    let data_type = data_type(*value.data_type()).filter(|&t| t != DataType::String);
    let data_type = data_type.ok_or_else(|| failed("has elements that are not numbers"))?;
    let shape: Vec<usize> = value.shape().iter().map(|&d| d as usize).collect();
    let size = value.size().ok_or_else(|| failed("has no size"))?;
    let source = value.data_ptr().cast::<u8>();
    let bytes = if source.is_null() {
        Bytes::new()
    } else {
        // SAFETY: the tensor is on the CPU and says itself how long it is; it is borrowed while copied.
        Bytes::copy_from_slice(unsafe { std::slice::from_raw_parts(source, size) })
    };
    Tensor::new(data_type, shape, bytes).map_err(|e| failed(&e.to_string()))
}

/// Type and shape of a value, and its elements where wanted; none where it is not a tensor of numbers.
pub(super) fn look(
    name: &str,
    value: DynValueRef<'_>,
    wanted: &dyn Fn(&str, DataType, usize) -> bool,
) -> Result<Option<(String, RunValue)>, SessionError> {
    let Ok(tensor) = value.downcast::<DynTensorValueType>() else { return Ok(None) };
    let Some(data_type) = data_type(*tensor.data_type()) else { return Ok(None) };
    let shape: Vec<usize> = tensor.shape().iter().map(|&d| d as usize).collect();
    let read = wanted(name, data_type, shape.iter().product());
    let tensor = if read { Some(self::read(name, &tensor)?) } else { None };
    Ok(Some((name.to_owned(), RunValue { data_type, shape, tensor })))
}

pub(super) fn from_ort(name: &str, value: DynValueRef<'_>) -> Result<Tensor, SessionError> {
    let tensor = (value.downcast::<DynTensorValueType>())
        .map_err(|_| SessionError::Value { value: name.into(), reason: "is not a tensor".into() })?;
    read(name, &tensor)
}
