//! Scatters that combine: `ScatterND` becomes `ScatterElements`, which ONNX Runtime's CPU provider runs in order, where its
//! `ScatterND` loses updates when two threads meet in one cell.

use crate::gradient::context::Context;
use crate::gradient::linear_index::rows;
use crate::gradient::lower::Lowered;
use crate::graph::attr;

/// <https://onnx.ai/onnx/operators/onnx__ScatterND.html>
pub(crate) fn scatter_nd(cx: &mut Context) -> Lowered {
    let (data, indices, updates) = (cx.input(0)?, cx.input(1)?, cx.input(2)?);
    let reduction = cx.node.string("reduction", "none")?;
    let rows = rows(cx, &data, &indices, 0)?;
    let flat = cx.reshape(&data, &rows.data_dims())?;
    let updates = cx.reshape(&updates, &rows.update_dims())?;
    let attributes = [attr("axis", 1), attr("reduction", reduction)];
    let scattered = cx.op_with("ScatterElements", [&flat, &rows.numbers, &updates], attributes);
    Ok(vec![Some(cx.reshape_like(&scattered, &data)?)])
}
