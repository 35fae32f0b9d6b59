//! Operators that only move elements, as slices and padding.

use crate::gradient::context::{Context, normal_axis};
use crate::gradient::lower::Lowered;
use crate::graph::attr;

/// Cut and padded on both sides, the odd element cut or added behind.
/// <https://onnx.ai/onnx/operators/onnx__CenterCropPad.html>
pub(crate) fn center_crop_pad(cx: &mut Context) -> Lowered {
    let mut value = cx.input(0)?;
    let dims = cx.dims(&value)?;
    let wanted = cx.constant_ints(1)?;
    let axes = match cx.node.ints("axes")? {
        Some(axes) => axes.iter().map(|&a| normal_axis(a, dims.len())).collect::<Result<Vec<_>, _>>()?,
        None => (0..dims.len()).collect(),
    };
    for (&axis, &to) in axes.iter().zip(&wanted) {
        let from = cx.fixed(&dims[axis..=axis])?[0] as i64;
        if from > to {
            let start = (from - to) / 2;
            value = super::recurrent_cells::slice(cx, &value, axis as i64, start, start + to);
        } else if from < to {
            let before = (to - from) / 2;
            let mut amounts = vec![0; 2 * dims.len()];
            amounts[axis] = before;
            amounts[dims.len() + axis] = to - from - before;
            let amounts = cx.graph.ints(&amounts);
            value = cx.op_with("Pad", [&value, &amounts], [attr("mode", "constant")]);
        }
    }
    Ok(vec![Some(value)])
}
