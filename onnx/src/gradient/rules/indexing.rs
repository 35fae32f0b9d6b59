//! Picking elements by indices. Gradients are gathered by products with zeros and ones, or scattered where no index can
//! occur twice: a scatter that adds duplicates is not exact on every provider.

use super::padding::along_axis;
use crate::gradient::context::{Context, Gradients, Refusal, normal_axis};
use crate::gradient::linear_index::{product, rows};
use crate::graph::attr;
use crate::observe::Known;

/// Elements of a matrix of zeros and ones at most; beyond it a scatter costs less, wherever it runs.
const MAX_MATRIX: usize = 1 << 24;

/// Indices known beforehand: one makes a padding, a permutation its inverse, others a matrix of zeros and ones.
/// <https://onnx.ai/onnx/operators/onnx__Gather.html>
pub(crate) fn gather(cx: &mut Context) -> Gradients {
    let (x, indices, dy) = (cx.input(0)?, cx.input(1)?, cx.dy()?);
    let (dims, index_dims) = (cx.dims(&x)?, cx.dims(&indices)?);
    let axis = normal_axis(cx.node.int("axis", 0)?, dims.len())?;
    let count = product(&index_dims).ok_or("indices depend on the batch in more than one dimension")?;
    let known = matches!(cx.seen(&indices)?.known, Known::Constant(_));
    // All indices as one dimension in the axis's place.
    let mut flat = dims.clone();
    flat[axis] = count;
    let dy = if index_dims.len() == 1 { dy } else { cx.reshape(&dy, &flat)? };
    let (Some(size), Some(count)) = (dims[axis].as_fixed(), count.as_fixed()) else {
        return scattered(cx, &x, &dy, &indices, axis);
    };
    if !known {
        return one_hot(cx, &dy, &indices, axis, size).map(|dx| vec![Some(dx)]);
    }
    let wrapped = cx.constant_ints(1)?.into_iter().map(|i| if i < 0 { i + size as i64 } else { i });
    let chosen: Vec<usize> = wrapped.map(|i| usize::try_from(i).unwrap_or(size)).collect();
    if chosen.iter().any(|&i| i >= size) {
        return Err(format!("an index is outside of dimension {axis} of size {size}").into());
    }
    let consecutive = chosen.windows(2).all(|w| w[1] == w[0] + 1);
    if let (true, Some(&first)) = (consecutive, chosen.first()) {
        let mut amounts = vec![0; 2 * dims.len()];
        amounts[axis] = first as i64;
        amounts[dims.len() + axis] = (size - first - count) as i64;
        let amounts = cx.graph.ints(&amounts);
        return Ok(vec![Some(cx.op("Pad", [&dy, &amounts]))]);
    }
    let mut place = vec![None; size];
    for (position, &index) in chosen.iter().enumerate().rev() {
        place[index] = Some(position as i64);
    }
    let inverse: Option<Vec<i64>> = place.into_iter().collect();
    if let (true, Some(inverse)) = (count == size, inverse) {
        let inverse = cx.graph.ints(&inverse);
        return Ok(vec![Some(cx.op_with("Gather", [&dy, &inverse], [attr("axis", axis)]))]);
    }
    if count.saturating_mul(size) > MAX_MATRIX {
        return scattered(cx, &x, &dy, &indices, axis);
    }
    let mut matrix = vec![0.0; count * size];
    for (row, column) in chosen.into_iter().enumerate() {
        matrix[row * size + column] = 1.0;
    }
    Ok(vec![Some(along_axis(cx, &dy, axis, &[count, size], &matrix)?)])
}

/// Along a dimension that grows with the batch, or is very long: added up one after the other.
fn scattered(cx: &mut Context, x: &str, dy: &str, indices: &str, axis: usize) -> Gradients {
    let mut shape = vec![1; cx.dims(x)?.len()];
    shape[axis] = -1;
    let shape = cx.graph.ints(&shape);
    let numbers = cx.op("Reshape", [indices, &shape]);
    let whole = cx.op("Shape", [dy]);
    let numbers = cx.op("Expand", [&numbers, &whole]);
    let zeros = cx.zeros_like(x)?;
    let attributes = [attr("axis", axis), attr("reduction", "add")];
    Ok(vec![Some(cx.op_with("ScatterElements", [&zeros, &numbers, dy], attributes))])
}

/// The same with a matrix made as the graph runs.
fn one_hot(cx: &mut Context, dy: &str, indices: &str, axis: usize, size: usize) -> Result<String, Refusal> {
    let data_type = cx.data_type()?;
    let flat = cx.graph.ints(&[-1]);
    let row = cx.op("Reshape", [indices, &flat]);
    let values = crate::tensor::Tensor::from_f64s(data_type, &[2], &[0.0, 1.0]).map_err(|e| e.to_string())?;
    let values = cx.graph.constant("off_on", values);
    let depth = cx.graph.scalar(size as i64);
    let matrix = cx.op_with("OneHot", [&row, &depth, &values], [attr("axis", -1)]);
    let rank = cx.dims(cx.node.required_input(0)?)?.len();
    let mut perm: Vec<usize> = (0..rank).collect();
    perm.swap(axis, rank - 1);
    let last = cx.transpose(dy, &perm);
    let mapped = cx.op("MatMul", [&last, &matrix]);
    Ok(cx.transpose(&mapped, &perm))
}

/// `dy` is added up where each element came from, in the order of the indices.
/// <https://onnx.ai/onnx/operators/onnx__GatherElements.html>
pub(crate) fn gather_elements(cx: &mut Context) -> Gradients {
    let (x, indices, dy) = (cx.input(0)?, cx.input(1)?, cx.dy()?);
    let zeros = cx.zeros_like(&x)?;
    let attributes = [attr("axis", cx.node.int("axis", 0)?), attr("reduction", "add")];
    Ok(vec![Some(cx.op_with("ScatterElements", [&zeros, &indices, &dy], attributes))])
}

/// The same, of rows with a number each. <https://onnx.ai/onnx/operators/onnx__GatherND.html>
pub(crate) fn gather_nd(cx: &mut Context) -> Gradients {
    let (x, indices, dy) = (cx.input(0)?, cx.input(1)?, cx.dy()?);
    let shared = usize::try_from(cx.node.int("batch_dims", 0)?).map_err(|_| "`batch_dims` is negative")?;
    let rows = rows(cx, &x, &indices, shared)?;
    let zeros = cx.zeros_like(&x)?;
    let zeros = cx.reshape(&zeros, &rows.data_dims())?;
    let dy = cx.reshape(&dy, &rows.update_dims())?;
    let attributes = [attr("axis", 1), attr("reduction", "add")];
    let numbers = rows.numbers(cx, &dy);
    let dx = cx.op_with("ScatterElements", [&zeros, &numbers, &dy], attributes);
    Ok(vec![Some(cx.reshape_like(&dx, &x)?)])
}

/// The chosen elements' gradients go back to their places, which differ. <https://onnx.ai/onnx/operators/onnx__TopK.html>
pub(crate) fn top_k(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let indices = cx.extra_output(1);
    let axis = cx.node.int("axis", -1)?;
    let zeros = cx.zeros_like(&x)?;
    Ok(vec![Some(cx.op_with("ScatterElements", [&zeros, &indices, &dy], [attr("axis", axis)]))])
}

/// Reversing is its own inverse. <https://onnx.ai/onnx/operators/onnx__ReverseSequence.html>
pub(crate) fn reverse_sequence(cx: &mut Context) -> Gradients {
    let (lengths, dy) = (cx.input(1)?, cx.dy()?);
    let attributes = cx.node.attributes.clone();
    Ok(vec![Some(cx.op_with("ReverseSequence", [&dy, &lengths], attributes))])
}

/// With respect to the two values: `dy` where the vectors are off, and where they are on.
/// <https://onnx.ai/onnx/operators/onnx__OneHot.html>
pub(crate) fn one_hot_values(cx: &mut Context) -> Gradients {
    let (indices, depth, dy) = (cx.input(0)?, cx.input(1)?, cx.dy()?);
    let data_type = cx.data_type()?;
    let values = crate::tensor::Tensor::from_f64s(data_type, &[2], &[0.0, 1.0]).map_err(|e| e.to_string())?;
    let values = cx.graph.constant("off_on", values);
    let mask = cx.op_with("OneHot", [&indices, &depth, &values], cx.node.attributes.clone());
    let at_on = cx.mul(&dy, &mask);
    let on = cx.op_with("ReduceSum", [&at_on], [attr("keepdims", 0)]);
    let all = cx.op_with("ReduceSum", [&dy], [attr("keepdims", 0)]);
    let off = cx.op("Sub", [&all, &on]);
    let axis = cx.graph.ints(&[0]);
    let (off, on) = (cx.op("Unsqueeze", [&off, &axis]), cx.op("Unsqueeze", [&on, &axis]));
    Ok(vec![None, None, Some(cx.op_with("Concat", [&off, &on], [attr("axis", 0)]))])
}

/// What lies under a true condition; the chosen ones stand in order, so their places are those of the condition.
/// <https://onnx.ai/onnx/operators/onnx__Compress.html>
pub(crate) fn compress(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let chosen: Vec<i64> = (cx.constant_ints(1)?.iter().zip(0_i64..))
        .filter_map(|(&condition, place)| (condition != 0).then_some(place))
        .collect();
    let dims = cx.dims(&x)?;
    let zeros = cx.zeros_like(&x)?;
    // Without an axis it is the flattened input that is compressed.
    let (zeros, axis) = match cx.node.attribute("axis") {
        Some(_) => (zeros, normal_axis(cx.node.int("axis", 0)?, dims.len())?),
        None => {
            let flat = cx.graph.ints(&[-1]);
            (cx.op("Reshape", [&zeros, &flat]), 0)
        }
    };
    let y_dims = cx.dims(&cx.output()?)?;
    let mut shape = vec![1; y_dims.len()];
    shape[axis] = chosen.len() as i64;
    let (chosen, shape) = (cx.graph.ints(&chosen), cx.graph.ints(&shape));
    let numbers = cx.op("Reshape", [&chosen, &shape]);
    let lengths = cx.op("Shape", [&dy]);
    let numbers = cx.op("Expand", [&numbers, &lengths]);
    let dx = cx.op_with("ScatterElements", [&zeros, &numbers, &dy], [attr("axis", axis)]);
    Ok(vec![Some(cx.reshape_like(&dx, &x)?)])
}
