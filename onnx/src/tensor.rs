//! Typed tensors as ONNX files hold them: data type, shape and little-endian bytes, checked to fit each other.
//! Knows the wire format of one tensor; nothing of graphs or of ONNX Runtime.

mod data_type;
mod element;
mod permute;
mod wire;

pub use data_type::DataType;
pub use element::Element;

use ndarray::ArrayD;
use prost::bytes::Bytes;

/// A tensor whose bytes are shared: clones copy no data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    data_type: DataType,
    shape: Vec<usize>,
    bytes: Bytes,
}

/// What can be wrong with one tensor.
#[derive(Debug, thiserror::Error)]
pub enum TensorError {
    /// The dimensions' product overflows or one is negative.
    #[error("dimensions {0:?} are not a size")]
    Dimensions(Vec<i64>),
    /// Bytes and shape disagree.
    #[error("{found} bytes of data for {data_type} {shape:?}, expected {expected}")]
    Length {
        /// Element type.
        data_type: DataType,
        /// Shape the data was to have.
        shape: Vec<usize>,
        /// Bytes the shape needs.
        expected: usize,
        /// Bytes there are.
        found: usize,
    },
    /// A number that is no data type this library handles.
    #[error("data type {0} is not supported")]
    DataType(i32),
    /// A conversion to another element type than the tensor's.
    #[error("elements are {found}, expected {expected}")]
    Elements {
        /// The tensor's type.
        found: DataType,
        /// What was asked for.
        expected: &'static str,
    },
    /// Data kept in another file was not brought in.
    #[error("data is kept in another file")]
    External,
}

impl Tensor {
    /// A tensor of little-endian `bytes`, which must be as many as type and shape need.
    pub fn new(data_type: DataType, shape: Vec<usize>, bytes: Bytes) -> Result<Self, TensorError> {
        let expected = data_type
            .bytes_of(&shape)
            .ok_or_else(|| TensorError::Dimensions(shape.iter().map(|&d| d as i64).collect()))?;
        if expected != bytes.len() {
            return Err(TensorError::Length { data_type, shape, expected, found: bytes.len() });
        }
        Ok(Self { data_type, shape, bytes })
    }

    /// A tensor of `values` in row-major order.
    ///
    /// # Panics
    /// Where the shape's product is not the number of values.
    pub fn from_vec<T: Element>(shape: &[usize], values: &[T]) -> Self {
        assert_eq!(
            shape.iter().product::<usize>(),
            values.len(),
            "shape {shape:?} and number of values differ"
        );
        let mut bytes = Vec::with_capacity(std::mem::size_of_val(values));
        for value in values {
            value.write(&mut bytes);
        }
        Self { data_type: T::DATA_TYPE, shape: shape.to_vec(), bytes: bytes.into() }
    }

    /// A tensor without dimensions.
    pub fn scalar<T: Element>(value: T) -> Self {
        Self::from_vec(&[], &[value])
    }

    /// A vector of integers, as ONNX takes shapes and axes.
    pub fn ints(values: &[i64]) -> Self {
        Self::from_vec(&[values.len()], values)
    }

    /// A copy of an array.
    pub fn from_array<T: Element, D: ndarray::Dimension>(array: &ndarray::Array<T, D>) -> Self {
        Self::from_vec(array.shape(), &array.iter().copied().collect::<Vec<_>>())
    }

    /// `values`, rounded to `data_type`, which must be a float or an integer type.
    ///
    /// # Panics
    /// Where the shape's product is not the number of values.
    pub fn from_f64s(data_type: DataType, shape: &[usize], values: &[f64]) -> Result<Self, TensorError> {
        assert_eq!(
            shape.iter().product::<usize>(),
            values.len(),
            "shape {shape:?} and number of values differ"
        );
        let mut bytes = Vec::with_capacity(values.len() * 8);
        for &value in values {
            if !element::write_f64(data_type, value, &mut bytes) {
                return Err(TensorError::Elements { found: data_type, expected: "a number" });
            }
        }
        Ok(Self { data_type, shape: shape.to_vec(), bytes: bytes.into() })
    }

    /// Type of the elements.
    pub fn data_type(&self) -> DataType {
        self.data_type
    }

    /// Dimensions; empty for a scalar.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether some dimension is 0.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Elements in row-major order, little-endian.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// The elements as what they are.
    pub fn to_vec<T: Element>(&self) -> Result<Vec<T>, TensorError> {
        if T::DATA_TYPE != self.data_type {
            return Err(TensorError::Elements { found: self.data_type, expected: T::DATA_TYPE.name() });
        }
        Ok(self.bytes.chunks_exact(size_of::<T>()).map(T::read).collect())
    }

    /// A copy as an array.
    pub fn to_array<T: Element>(&self) -> Result<ArrayD<T>, TensorError> {
        let values = self.to_vec()?;
        Ok(ArrayD::from_shape_vec(self.shape.clone(), values).expect("length fits the shape"))
    }

    /// The elements of any float or integer type, as float64 (integers beyond 2^53 round).
    pub fn to_f64s(&self) -> Result<Vec<f64>, TensorError> {
        element::read_f64s(self.data_type, &self.bytes)
            .ok_or(TensorError::Elements { found: self.data_type, expected: "a number" })
    }

    /// The elements of an integer or bool type.
    pub fn to_ints(&self) -> Result<Vec<i64>, TensorError> {
        element::read_ints(self.data_type, &self.bytes)
            .ok_or(TensorError::Elements { found: self.data_type, expected: "an integer" })
    }

    /// The same elements in another shape.
    ///
    /// # Panics
    /// Where the number of elements differs.
    #[must_use]
    pub fn reshaped(&self, shape: &[usize]) -> Self {
        assert_eq!(
            shape.iter().product::<usize>(),
            self.len(),
            "shape {shape:?} and number of values differ"
        );
        Self { shape: shape.to_vec(), ..self.clone() }
    }
}
