//! Normalizations whose statistics are outputs too.

use crate::gradient::context::{Context, Refusal, normal_axis};
use crate::gradient::lower::Lowered;
use crate::gradient::rules::per_channel;

/// `(x - mean) / sqrt(variance + epsilon)`, mean, variance and the inverse standard deviation over axes that stay as 1.
fn normalized(
    cx: &mut Context,
    x: &str,
    axes: &[i64],
    epsilon: f64,
) -> Result<(String, [String; 3]), Refusal> {
    let mean = cx.mean(x, axes);
    let centred = cx.op("Sub", [x, &mean]);
    let square = cx.mul(&centred, &centred);
    let variance = cx.mean(&square, axes);
    let epsilon = cx.number(epsilon)?;
    let sum = cx.op("Add", [&variance, &epsilon]);
    let root = cx.op("Sqrt", [&sum]);
    let inverse = cx.op("Reciprocal", [&root]);
    Ok((cx.mul(&centred, &inverse), [mean, variance, inverse]))
}

/// With mean and inverse standard deviation as outputs.
/// <https://onnx.ai/onnx/operators/onnx__LayerNormalization.html>
pub(crate) fn layer_normalization(cx: &mut Context) -> Lowered {
    let (x, scale) = (cx.input(0)?, cx.input(1)?);
    let rank = cx.dims(&x)?.len();
    let first = normal_axis(cx.node.int("axis", -1)?, rank)?;
    let axes: Vec<i64> = (first as i64..rank as i64).collect();
    let epsilon = f64::from(cx.node.float("epsilon", 1e-5)?);
    let (h, [mean, _, inverse]) = normalized(cx, &x, &axes, epsilon)?;
    let mut y = cx.mul(&h, &scale);
    if cx.node.input(2).is_some() {
        let bias = cx.input(2)?;
        y = cx.op("Add", [&y, &bias]);
    }
    Ok(vec![Some(y), Some(mean), Some(inverse)])
}

/// In training mode by the statistics of the batch itself; else where scale, bias, mean or variance carry a gradient. With
/// constant ones there is a rule. <https://onnx.ai/onnx/operators/onnx__BatchNormalization.html>
pub(crate) fn batch_normalization(cx: &mut Context) -> Lowered {
    let x = cx.input(0)?;
    let dims = cx.dims(&x)?;
    let channels = cx.fixed(&dims[1..2])?[0];
    let axes: Vec<i64> = std::iter::once(0).chain(2..dims.len() as i64).collect();
    let epsilon = f64::from(cx.node.float("epsilon", 1e-5)?);
    let shape = per_channel(channels, dims.len());
    let training = cx.node.flag("training_mode", false)?;
    if !training && (1..5).all(|input| cx.constant(input).is_ok()) {
        return Err("scale, bias, mean and variance are constant".into());
    }
    let mut parameter = |input: usize| -> Result<String, Refusal> {
        let value = cx.input(input)?;
        cx.reshape(&value, &shape)
    };
    let (scale, bias) = (parameter(1)?, parameter(2)?);
    if !training {
        let (mean, variance) = (parameter(3)?, parameter(4)?);
        let centred = cx.op("Sub", [&x, &mean]);
        let epsilon = cx.number(epsilon)?;
        let sum = cx.op("Add", [&variance, &epsilon]);
        let root = cx.op("Sqrt", [&sum]);
        let h = cx.op("Div", [&centred, &root]);
        let scaled = cx.mul(&h, &scale);
        return Ok(vec![Some(cx.op("Add", [&scaled, &bias]))]);
    }
    let (h, [mean, variance, _]) = normalized(cx, &x, &axes, epsilon)?;
    let scaled = cx.mul(&h, &scale);
    let y = cx.op("Add", [&scaled, &bias]);
    let momentum = f64::from(cx.node.float("momentum", 0.9)?);
    let mut outputs = vec![Some(y)];
    for (input, current) in [(3, &mean), (4, &variance)] {
        let old = cx.input(input)?;
        let current = cx.reshape_like(current, &old)?;
        let (kept, new) = (cx.scale(&old, momentum)?, cx.scale(&current, 1.0 - momentum)?);
        outputs.push(Some(cx.op("Add", [&kept, &new])));
    }
    Ok(outputs)
}
