//! The one number of a tensor, as TensorBoard's scalars in the new form are.

use dissect_runs::tensorboard::Tensor;
use half::{bf16, f16};

/// The number of a tensor that holds just one; none where it holds more, or of a type that is no number.
pub(super) fn scalar(tensor: &Tensor) -> Option<f64> {
    let count: Option<i64> = match &tensor.tensor_shape {
        Some(shape) => shape.dim.iter().try_fold(1_i64, |count, dim| count.checked_mul(dim.size)),
        None => Some(1),
    };
    if count != Some(1) {
        return None;
    }
    let half = || tensor.half_val.first().map(|bits| *bits as u16);
    let half = || half().or_else(|| content(tensor, u16::from_le_bytes));
    // The numbers of `DataType` in types.proto.
    match tensor.dtype {
        1 => tensor.float_val.first().copied().or_else(|| content(tensor, f32::from_le_bytes)).map(shortest),
        2 => tensor.double_val.first().copied().or_else(|| content(tensor, f64::from_le_bytes)),
        3 => tensor.int_val.first().copied().or_else(|| content(tensor, i32::from_le_bytes)).map(f64::from),
        9 => {
            let value = tensor.int64_val.first().copied();
            value.or_else(|| content(tensor, i64::from_le_bytes)).map(|value| value as f64)
        }
        14 => half().map(|bits| bf16::from_bits(bits).to_f64()),
        19 => half().map(|bits| f16::from_bits(bits).to_f64()),
        _ => None,
    }
}

/// A single-precision number as the double that is written with the same few digits.
pub(super) fn shortest(number: f32) -> f64 {
    if number.is_finite() { number.to_string().parse().unwrap_or(number.into()) } else { number.into() }
}

fn content<T, const N: usize>(tensor: &Tensor, from: impl Fn([u8; N]) -> T) -> Option<T> {
    Some(from(tensor.tensor_content.as_slice().try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use dissect_runs::tensorboard::{Dim, TensorShape};

    use super::*;

    #[test]
    fn one_number_of_any_type_is_a_scalar() {
        let of = |dtype| Tensor { dtype, ..Tensor::default() };
        let shaped =
            |sizes: &[i64]| Some(TensorShape { dim: sizes.iter().map(|size| Dim { size: *size }).collect() });
        let cases = [
            (Tensor { float_val: vec![0.5], ..of(1) }, Some(0.5)),
            (Tensor { tensor_content: 0.5_f32.to_le_bytes().to_vec(), ..of(1) }, Some(0.5)),
            (Tensor { double_val: vec![1e-300], tensor_shape: shaped(&[]), ..of(2) }, Some(1e-300)),
            (Tensor { int_val: vec![-3], tensor_shape: shaped(&[1, 1]), ..of(3) }, Some(-3.0)),
            (Tensor { tensor_content: 7_i64.to_le_bytes().to_vec(), ..of(9) }, Some(7.0)),
            (Tensor { half_val: vec![0x3f80], ..of(14) }, Some(1.0)),
            (Tensor { half_val: vec![0x3c00], ..of(19) }, Some(1.0)),
            (Tensor { float_val: vec![0.5, 1.0], tensor_shape: shaped(&[2]), ..of(1) }, None),
            (Tensor { tensor_shape: shaped(&[i64::MAX, 4]), ..of(1) }, None),
            (Tensor { tensor_content: vec![1, 2, 3], ..of(1) }, None),
            (Tensor { float_val: vec![1.0], ..of(7) }, None),
        ];
        for (tensor, expected) in cases {
            assert_eq!(scalar(&tensor), expected, "{tensor:?}");
        }
    }
}
