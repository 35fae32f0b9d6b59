//! Softmax and its logarithm, along one axis (the form from opset 13 on).

use crate::gradient::context::{Context, Gradients, KeepDims};

fn axis(cx: &Context) -> Result<i64, crate::gradient::context::Refusal> {
    Ok(cx.node.int("axis", -1)?)
}

/// `dx = y (dy - sum(dy y))`: <https://onnx.ai/onnx/operators/onnx__Softmax.html>
pub(crate) fn softmax(cx: &mut Context) -> Gradients {
    let (y, dy, axis) = (cx.output()?, cx.dy()?, axis(cx)?);
    let product = cx.mul(&dy, &y);
    let total = cx.sum(&product, &[axis], KeepDims::Yes);
    let rest = cx.op("Sub", [&dy, &total]);
    Ok(vec![Some(cx.mul(&y, &rest))])
}

/// `dx = dy - exp(y) sum(dy)`: <https://onnx.ai/onnx/operators/onnx__LogSoftmax.html>
pub(crate) fn log_softmax(cx: &mut Context) -> Gradients {
    let (y, dy, axis) = (cx.output()?, cx.dy()?, axis(cx)?);
    let total = cx.sum(&dy, &[axis], KeepDims::Yes);
    let probability = cx.op("Exp", [&y]);
    let share = cx.mul(&probability, &total);
    Ok(vec![Some(cx.op("Sub", [&dy, &share]))])
}
