//! Deformable convolution: every element of the kernel looks at a place of its own, moved by an offset.

use super::grids::{Axis, Outside, Tap};
use crate::gradient::context::{Context, Refusal};
use crate::gradient::lower::Lowered;
use crate::observe::Size;
use crate::tensor::Tensor;

/// Elements sampled linearly, zeros outside, times the mask, then a product with the weights.
/// <https://onnx.ai/onnx/operators/onnx__DeformConv.html>
pub(crate) fn deform_conv(cx: &mut Context) -> Lowered {
    let (x, w, offset, y) = (cx.input(0)?, cx.input(1)?, cx.input(2)?, cx.output()?);
    let (dims, w_dims, y_dims) = (cx.dims(&x)?, cx.dims(&w)?, cx.dims(&y)?);
    if dims.len() != 4 {
        return Err(format!("{} spatial dimensions, expected 2", dims.len().saturating_sub(2)).into());
    }
    let (sizes, weights, out) = (cx.fixed(&dims[1..])?, cx.fixed(&w_dims)?, cx.fixed(&y_dims[1..])?);
    let positive = |name: &str| -> Result<usize, Refusal> {
        let number = cx.node.int(name, 1)?;
        usize::try_from(number).ok().filter(|&n| n > 0).ok_or_else(|| format!("`{name}` is {number}").into())
    };
    let (groups, offset_groups) = (positive("group")?, positive("offset_group")?);
    let (kernel, places) = (weights[2] * weights[3], out[1] * out[2]);
    let moved = Size::fixed(kernel * places);
    let by = [dims[0], Size::fixed(offset_groups), Size::fixed(kernel), Size::fixed(2), Size::fixed(places)];
    let offsets = cx.reshape(&offset, &by)?;
    let mut taps = Vec::new();
    for axis in 0..2 {
        let at = cx.graph.scalar(axis as i64);
        let change = cx.op_with("Gather", [&offsets, &at], [crate::graph::attr("axis", 3)]);
        let base = base(cx, axis, &weights, &out)?;
        let place = cx.op("Add", [&change, &base]);
        let place = cx.reshape(&place, &[dims[0], Size::fixed(offset_groups), moved])?;
        taps.push(Axis::new(sizes[axis + 1], Outside::Zeros).linear(cx, &place)?);
    }
    let per_group = sizes[0] / offset_groups;
    let flat =
        [dims[0], Size::fixed(offset_groups), Size::fixed(per_group), Size::fixed(sizes[1] * sizes[2])];
    let flat = cx.reshape(&x, &flat)?;
    let mut parts = Vec::new();
    for row in &taps[0] {
        for column in &taps[1] {
            parts.push(sampled(cx, &flat, row, column, sizes[2], per_group));
        }
    }
    let mut value = cx.op("Sum", &parts);
    if cx.node.input(4).is_some() {
        let mask = cx.input(4)?;
        let mask = cx.reshape(&mask, &[dims[0], Size::fixed(offset_groups), Size::fixed(1), moved])?;
        value = cx.mul(&value, &mask);
    }
    let columns =
        [dims[0], Size::fixed(groups), Size::fixed(sizes[0] / groups * kernel), Size::fixed(places)];
    let columns = cx.reshape(&value, &columns)?;
    let rows = [groups, weights[0] / groups, weights[1] * kernel].map(Size::fixed);
    let rows = cx.reshape(&w, &rows)?;
    let product = cx.op("MatMul", [&rows, &columns]);
    let mut result = cx.reshape_like(&product, &y)?;
    if cx.node.input(3).is_some() {
        let bias = cx.input(3)?;
        let bias = cx.reshape(&bias, &[Size::fixed(weights[0]), Size::fixed(1), Size::fixed(1)])?;
        result = cx.op("Add", [&result, &bias]);
    }
    Ok(vec![Some(result)])
}

/// Where the kernel's elements lie along an axis without an offset, `[kernel, places]`.
fn base(cx: &mut Context, axis: usize, weights: &[usize], out: &[usize]) -> Result<String, Refusal> {
    let number = |name: &str, at: usize, default: i64| -> Result<i64, Refusal> {
        Ok(cx.node.ints(name)?.and_then(|values| values.get(at).copied()).unwrap_or(default))
    };
    let (stride, dilation) = (number("strides", axis, 1)?, number("dilations", axis, 1)?);
    let begin = number("pads", axis, 0)?;
    let (kernel, places) = (weights[2] * weights[3], out[1] * out[2]);
    let coordinate = |index: usize, width: usize| if axis == 0 { index / width } else { index % width };
    let values: Vec<f64> = (0..kernel * places)
        .map(|i| (coordinate(i / places, weights[3]) as i64, coordinate(i % places, out[2]) as i64))
        .map(|(k, p)| (p * stride - begin + k * dilation) as f64)
        .collect();
    let tensor = Tensor::from_f64s(cx.data_type()?, &[kernel, places], &values).map_err(|e| e.to_string())?;
    Ok(cx.graph.constant("kernel_places", tensor))
}

/// `[batch, offset groups, channels of one, kernel * places]`
fn sampled(cx: &mut Context, flat: &str, row: &Tap, column: &Tap, width: usize, channels: usize) -> String {
    let width = cx.graph.scalar(width as i64);
    let start = cx.op("Mul", [&row.number, &width]);
    let number = cx.op("Add", [&start, &column.number]);
    let axis = cx.graph.ints(&[2]);
    let number = cx.op("Unsqueeze", [&number, &axis]);
    let shape = cx.graph.ints(&[1, 1, channels as i64, 1]);
    let number = cx.op("Expand", [&number, &shape]);
    let mut value = cx.op_with("GatherElements", [flat, &number], [crate::graph::attr("axis", 3)]);
    for weight in [&row.weight, &column.weight].into_iter().flatten() {
        let wide = cx.op("Unsqueeze", [weight, &axis]);
        value = cx.mul(&value, &wide);
    }
    value
}
