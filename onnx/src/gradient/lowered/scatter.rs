//! Scatters as `ScatterElements`. One that combines must be: `ScatterND` becomes `ScatterElements`, which ONNX Runtime's CPU provider runs in order, where its
//! `ScatterND` loses updates when two threads meet in one cell.

use crate::gradient::context::{Context, normal_axis};
use crate::gradient::linear_index::rows;
use crate::gradient::lower::Lowered;
use crate::graph::attr;
use crate::tensor::Tensor;

/// <https://onnx.ai/onnx/operators/onnx__ScatterND.html>
pub(crate) fn scatter_nd(cx: &mut Context) -> Lowered {
    let (data, indices, updates) = (cx.input(0)?, cx.input(1)?, cx.input(2)?);
    let reduction = cx.node.string("reduction", "none")?;
    let rows = rows(cx, &data, &indices, 0)?;
    let flat = cx.reshape(&data, &rows.data_dims())?;
    let updates = cx.reshape(&updates, &rows.update_dims())?;
    let attributes = [attr("axis", 1), attr("reduction", reduction)];
    let numbers = rows.numbers(cx, &updates);
    let scattered = cx.op_with("ScatterElements", [&flat, &numbers, &updates], attributes);
    Ok(vec![Some(cx.reshape_like(&scattered, &data)?)])
}

/// New keys and values written into a cache, from each example's own place on.
/// <https://onnx.ai/onnx/operators/onnx__TensorScatter.html>
pub(crate) fn tensor_scatter(cx: &mut Context) -> Lowered {
    let (cache, update) = (cx.input(0)?, cx.input(1)?);
    let (dims, update_dims) = (cx.dims(&cache)?, cx.dims(&update)?);
    let axis = normal_axis(cx.node.int("axis", -2)?, dims.len())?;
    let sizes = cx.fixed(&[dims[axis], update_dims[axis]])?;
    let mut shape = vec![1; dims.len()];
    shape[axis] = sizes[1] as i64;
    let steps: Vec<i64> = (0..sizes[1] as i64).collect();
    let shape: Vec<usize> = shape.into_iter().map(|n| n as usize).collect();
    let mut places = cx.graph.constant("steps", Tensor::from_vec(&shape, &steps));
    if cx.node.input(2).is_some() {
        let starts = cx.input(2)?;
        let axes: Vec<i64> = (1..dims.len() as i64).collect();
        let axes = cx.graph.ints(&axes);
        let starts = cx.op("Unsqueeze", [&starts, &axes]);
        places = cx.op("Add", [&starts, &places]);
    }
    match cx.node.string("mode", "linear")?.as_str() {
        "linear" => {}
        "circular" => {
            let size = cx.graph.scalar(sizes[0] as i64);
            places = cx.op("Mod", [&places, &size]);
        }
        other => return Err(format!("mode `{other}` is not known").into()),
    }
    let whole = cx.op("Shape", [&update]);
    let places = cx.op("Expand", [&places, &whole]);
    Ok(vec![Some(cx.op_with("ScatterElements", [&cache, &places, &update], [attr("axis", axis)]))])
}
