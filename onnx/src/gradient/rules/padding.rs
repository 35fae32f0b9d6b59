//! Taking parts of a value and padding it: each undoes the other. Modes of padding that repeat elements are linear maps
//! along one axis at a time, and so is everything [`along_axis`] applies.

use crate::gradient::context::{Context, Gradients, Refusal, normal_axis};
use crate::observe::Size;
use crate::tensor::Tensor;

/// What a slice takes of one dimension.
struct Taken {
    axis: usize,
    /// Elements of the dimension and of the slice.
    input: usize,
    output: usize,
    start: i64,
    step: i64,
}

/// Zeros where nothing was taken: `dy` turned around where the step is negative, spread out by zeros where it is not 1,
/// and padded. <https://onnx.ai/onnx/operators/onnx__Slice.html>
pub(crate) fn slice(cx: &mut Context) -> Gradients {
    let (x, y, mut dx) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let (x_dims, mut dims) = (cx.dims(&x)?, cx.dims(&y)?);
    let mut pads = vec![[0_i64, 0]; x_dims.len()];
    for taken in taken(cx, &x_dims, &dims)? {
        let mut start = taken.start;
        if taken.step < 0 {
            let bounds = [[-1], [i64::MIN + 1], [taken.axis as i64], [-1]].map(|v| cx.graph.ints(&v));
            dx = cx.op("Slice", [&dx, &bounds[0], &bounds[1], &bounds[2], &bounds[3]]);
            start += taken.step * (taken.output as i64 - 1);
        }
        let step = taken.step.unsigned_abs() as usize;
        let mut length = taken.output;
        if step > 1 && length > 1 {
            (dx, length) = spread(cx, &dx, &mut dims, &taken, step)?;
        }
        pads[taken.axis] = [start, taken.input as i64 - start - length as i64];
    }
    let amounts: Vec<i64> = pads.iter().map(|p| p[0]).chain(pads.iter().map(|p| p[1])).collect();
    if amounts.iter().all(|&a| a == 0) {
        return Ok(vec![Some(dx)]);
    }
    let amounts = cx.graph.ints(&amounts);
    Ok(vec![Some(cx.op("Pad", [&dx, &amounts]))])
}

/// Puts `step - 1` zeros behind each element; padding then cuts off or adds what is too much or missing at the end.
fn spread(
    cx: &mut Context,
    value: &str,
    dims: &mut [Size],
    taken: &Taken,
    step: usize,
) -> Result<(String, usize), Refusal> {
    let mut narrow = dims.to_vec();
    narrow.insert(taken.axis + 1, Size::fixed(1));
    let column = cx.reshape(value, &narrow)?;
    let mut amounts = vec![0; 2 * narrow.len()];
    amounts[narrow.len() + taken.axis + 1] = step as i64 - 1;
    let amounts = cx.graph.ints(&amounts);
    let wide = cx.op("Pad", [&column, &amounts]);
    dims[taken.axis] = Size::fixed(taken.output * step);
    Ok((cx.reshape(&wide, dims)?, taken.output * step))
}

/// The slice of each axis, clamped as the specification says.
fn taken(cx: &Context, x_dims: &[Size], y_dims: &[Size]) -> Result<Vec<Taken>, Refusal> {
    let (starts, axes, steps) = (cx.constant_ints(1)?, cx.optional_ints(3)?, cx.optional_ints(4)?);
    let axes = axes.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()]);
    if axes.len() != starts.len() || steps.len() != starts.len() {
        return Err("starts, axes and steps are not equally many".into());
    }
    let mut taken = Vec::new();
    for ((&start, &axis), &step) in starts.iter().zip(&axes).zip(&steps) {
        let axis = normal_axis(axis, x_dims.len())?;
        if x_dims[axis] == y_dims[axis] && step == 1 {
            continue;
        }
        let (input, output) = (cx.fixed(&[x_dims[axis]])?[0], cx.fixed(&[y_dims[axis]])?[0]);
        let size = input as i64;
        let from_front = if start < 0 { start.saturating_add(size) } else { start };
        let start = if step > 0 { from_front.clamp(0, size) } else { from_front.clamp(0, size - 1) };
        taken.push(Taken { axis, input, output, start, step });
    }
    Ok(taken)
}

/// Constant padding: `dy` without it. Other modes: the padding's elements go back to those they repeat.
/// <https://onnx.ai/onnx/operators/onnx__Pad.html>
pub(crate) fn pad(cx: &mut Context) -> Gradients {
    let (x, mut dx) = (cx.input(0)?, cx.dy()?);
    let dims = cx.dims(&x)?;
    let amounts = cx.constant_ints(1)?;
    let axes = match cx.optional_ints(3)? {
        Some(axes) => axes.iter().map(|&a| normal_axis(a, dims.len())).collect::<Result<Vec<_>, _>>()?,
        None => (0..dims.len()).collect(),
    };
    if amounts.len() != 2 * axes.len() {
        return Err(format!("{} amounts for {} axes", amounts.len(), axes.len()).into());
    }
    let sides: Vec<(usize, i64, i64)> =
        axes.iter().enumerate().map(|(i, &axis)| (axis, amounts[i], amounts[axes.len() + i])).collect();
    let mode = cx.node.string("mode", "constant")?;
    if mode == "constant" {
        let mut negative = vec![0; 2 * dims.len()];
        for (axis, before, behind) in sides {
            (negative[axis], negative[dims.len() + axis]) = (-before, -behind);
        }
        let negative = cx.graph.ints(&negative);
        return Ok(vec![Some(cx.op("Pad", [&dx, &negative]))]);
    }
    for (axis, before, behind) in sides.into_iter().filter(|(_, before, behind)| (*before, *behind) != (0, 0))
    {
        let size = cx.fixed(&dims[axis..=axis])?[0] as i64;
        let padded = size + before + behind;
        if padded.saturating_mul(size) > MAX_MATRIX {
            return Err(format!("padding {size} elements to {padded} takes too large a matrix").into());
        }
        let mut matrix = vec![0.0; (padded * size).max(0) as usize];
        for position in 0..padded {
            let source = source(&mode, position - before, size)?;
            matrix[(position * size + source) as usize] = 1.0;
        }
        dx = along_axis(cx, &dx, axis, &[padded as usize, size as usize], &matrix)?;
    }
    Ok(vec![Some(dx)])
}

/// Elements of the matrix that a padding with repetition is, at most.
const MAX_MATRIX: i64 = 1 << 26;

/// Which element stands at a position of the padded dimension, counted from the unpadded one's first.
fn source(mode: &str, position: i64, size: i64) -> Result<i64, Refusal> {
    let last = (size - 1).max(0);
    match mode {
        "edge" => Ok(position.clamp(0, last)),
        "wrap" => Ok(position.rem_euclid(size.max(1))),
        "reflect" => {
            let around = position.rem_euclid((2 * last).max(1));
            Ok(around.min(2 * last - around))
        }
        other => Err(format!("mode `{other}` is not known").into()),
    }
}

/// Multiplies by a constant matrix `[from, to]` along one axis.
pub(super) fn along_axis(
    cx: &mut Context,
    value: &str,
    axis: usize,
    shape: &[usize; 2],
    matrix: &[f64],
) -> Result<String, Refusal> {
    let data_type = cx.data_type()?;
    let tensor = Tensor::from_f64s(data_type, shape, matrix).map_err(|e| e.to_string())?;
    let matrix = cx.graph.constant("map", tensor);
    let rank = cx.dims(cx.node.required_input(0)?)?.len();
    let mut perm: Vec<usize> = (0..rank).collect();
    perm.swap(axis, rank - 1);
    let last = cx.transpose(value, &perm);
    let mapped = cx.op("MatMul", [&last, &matrix]);
    Ok(cx.transpose(&mapped, &perm))
}
