//! Normalizations by statistics of their input, and batch normalization by constants.
//!
//! Where `y = s h + b`, `h = (x - mean) r`, `r = 1 / sqrt(variance + epsilon)` over some axes, and `g = dy s`:
//! `dx = r (g - mean(g) - h mean(g h))`. Without centring the term `mean(g)` is not there.

use super::convolution::per_channel;
use crate::gradient::context::{Context, Gradients, KeepDims, Refusal, normal_axis, show};
use crate::graph::attr;
use crate::observe::Size;

/// `h` and `r` of a value over axes that stay as 1.
fn statistics(
    cx: &mut Context,
    x: &str,
    axes: &[i64],
    epsilon: f64,
    centre: Centre,
) -> Result<(String, String), Refusal> {
    let centred = match centre {
        Centre::Mean => {
            let mean = cx.mean(x, axes);
            cx.op("Sub", [x, &mean])
        }
        Centre::Zero => x.to_owned(),
    };
    let square = cx.mul(&centred, &centred);
    let variance = cx.mean(&square, axes);
    let epsilon = cx.number(epsilon)?;
    let sum = cx.op("Add", [&variance, &epsilon]);
    let root = cx.op("Sqrt", [&sum]);
    let r = cx.op("Reciprocal", [&root]);
    Ok((cx.mul(&centred, &r), r))
}

/// Whether the mean is taken off before scaling.
#[derive(Clone, Copy, PartialEq)]
enum Centre {
    Mean,
    Zero,
}

/// `r (g - mean(g) - h mean(g h))`
fn back(cx: &mut Context, g: &str, h: &str, r: &str, axes: &[i64], centre: Centre) -> String {
    let product = cx.mul(g, h);
    let correlation = cx.mean(&product, axes);
    let along = cx.mul(h, &correlation);
    let mut rest = cx.op("Sub", [g, &along]);
    if centre == Centre::Mean {
        let mean = cx.mean(g, axes);
        rest = cx.op("Sub", [&rest, &mean]);
    }
    cx.mul(r, &rest)
}

/// `dscale = sum(dy h)`, `dbias = sum(dy)`, where they are wanted, over the dimensions they lack.
fn parameters(
    cx: &mut Context,
    dy: &str,
    h: &str,
    dims: &[Size],
    shape: &[Size],
) -> Result<[Option<String>; 2], Refusal> {
    let mut gradients = [None, None];
    for (index, gradient) in gradients.iter_mut().enumerate() {
        if cx.wants(index + 1) {
            let product = if index == 0 { cx.mul(dy, h) } else { dy.to_owned() };
            let input = cx.input(index + 1)?;
            let summed = cx.unbroadcast(product, dims, shape);
            *gradient = Some(cx.reshape_like(&summed, &input)?);
        }
    }
    Ok(gradients)
}

/// Over all axes from `axis` on. <https://onnx.ai/onnx/operators/onnx__LayerNormalization.html>
pub(crate) fn layer_normalization(cx: &mut Context) -> Gradients {
    layer(cx, Centre::Mean)
}

/// As layer normalization without taking the mean off. <https://onnx.ai/onnx/operators/onnx__RMSNormalization.html>
pub(crate) fn rms_normalization(cx: &mut Context) -> Gradients {
    layer(cx, Centre::Zero)
}

fn layer(cx: &mut Context, centre: Centre) -> Gradients {
    let (x, scale, dy) = (cx.input(0)?, cx.input(1)?, cx.dy()?);
    let dims = cx.dims(&x)?;
    let first = normal_axis(cx.node.int("axis", -1)?, dims.len())?;
    let axes: Vec<i64> = (first as i64..dims.len() as i64).collect();
    let epsilon = f64::from(cx.node.float("epsilon", 1e-5)?);
    let (h, r) = statistics(cx, &x, &axes, epsilon, centre)?;
    let g = cx.mul(&dy, &scale);
    let dx = back(cx, &g, &h, &r, &axes, centre);
    let shape = cx.dims(&scale)?;
    let [dscale, dbias] = parameters(cx, &dy, &h, &dims, &shape)?;
    Ok(vec![Some(dx), dscale, dbias])
}

/// Over the spatial axes, for each example and channel.
/// <https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html>
pub(crate) fn instance_normalization(cx: &mut Context) -> Gradients {
    let (x, scale, dy) = (cx.input(0)?, cx.input(1)?, cx.dy()?);
    let dims = cx.dims(&x)?;
    let channels = cx.fixed(&dims[1..2])?[0];
    let axes: Vec<i64> = (2..dims.len() as i64).collect();
    let epsilon = f64::from(cx.node.float("epsilon", 1e-5)?);
    let (h, r) = statistics(cx, &x, &axes, epsilon, Centre::Mean)?;
    let shape = per_channel(channels, dims.len());
    let scale = cx.reshape(&scale, &shape)?;
    let g = cx.mul(&dy, &scale);
    let dx = back(cx, &g, &h, &r, &axes, Centre::Mean);
    let [dscale, dbias] = parameters(cx, &dy, &h, &dims, &shape)?;
    Ok(vec![Some(dx), dscale, dbias])
}

/// Over groups of channels and all spatial axes, for each example. Until opset 20 there is a scale a group, later one a
/// channel. <https://onnx.ai/onnx/operators/onnx__GroupNormalization.html>
pub(crate) fn group_normalization(cx: &mut Context) -> Gradients {
    let (x, scale, dy) = (cx.input(0)?, cx.input(1)?, cx.dy()?);
    let dims = cx.dims(&x)?;
    let channels = cx.fixed(&dims[1..2])?[0];
    let groups = usize::try_from(cx.node.int("num_groups", 0)?).ok().filter(|&g| g > 0 && channels % g == 0);
    let groups = groups.ok_or_else(|| format!("`num_groups` does not divide {}", show(&dims[1..2])))?;
    let grouped: Vec<Size> = [dims[0], Size::fixed(groups), Size::fixed(channels / groups)]
        .into_iter()
        .chain(dims[2..].to_vec())
        .collect();
    let axes: Vec<i64> = (2..grouped.len() as i64).collect();
    let epsilon = f64::from(cx.node.float("epsilon", 1e-5)?);
    let wide = cx.reshape(&x, &grouped)?;
    let (h, r) = statistics(cx, &wide, &axes, epsilon, Centre::Mean)?;
    // The scale's place among [group, channel of the group, 1, ...].
    let count = cx.dims(&scale)?.first().and_then(|d| d.as_fixed()).unwrap_or(0);
    let mut shape = vec![Size::fixed(1); grouped.len() - 1];
    shape[0] = Size::fixed(groups);
    if count == channels {
        shape[1] = Size::fixed(channels / groups);
    }
    let scale = cx.reshape(&scale, &shape)?;
    let dy = cx.reshape(&dy, &grouped)?;
    let g = cx.mul(&dy, &scale);
    let dx = back(cx, &g, &h, &r, &axes, Centre::Mean);
    let dx = cx.reshape(&dx, &dims)?;
    let [dscale, dbias] = parameters(cx, &dy, &h, &grouped, &shape)?;
    Ok(vec![Some(dx), dscale, dbias])
}

/// `y = scale (x - mean) / sqrt(variance + epsilon) + bias` with constant parameters; others are written out.
/// <https://onnx.ai/onnx/operators/onnx__BatchNormalization.html>
pub(crate) fn batch_normalization(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let dims = cx.dims(&x)?;
    let channels = cx.fixed(&dims[1..2])?[0];
    let shape = per_channel(channels, dims.len());
    let epsilon = f64::from(cx.node.float("epsilon", 1e-5)?);
    let parameter =
        |cx: &Context, index| Ok::<_, Refusal>(cx.constant(index)?.to_f64s().map_err(|e| e.to_string())?);
    let (scale, variance) = (parameter(cx, 1)?, parameter(cx, 4)?);
    let factors: Vec<f64> = scale.iter().zip(&variance).map(|(s, v)| s / (v + epsilon).sqrt()).collect();
    let sizes = cx.fixed(&shape)?;
    if factors.len() != channels {
        return Err(format!("{} scales for {channels} channels", factors.len()).into());
    }
    let data_type = cx.data_type()?;
    let tensor = crate::tensor::Tensor::from_f64s(data_type, &sizes, &factors).map_err(|e| e.to_string())?;
    let factors = cx.graph.constant("scale", tensor);
    Ok(vec![Some(cx.mul(&dy, &factors))])
}

/// `y = h`, over the given axes; epsilon is 1e-9, added to the standard deviation.
/// <https://onnx.ai/onnx/operators/onnx__MeanVarianceNormalization.html>
pub(crate) fn mean_variance_normalization(cx: &mut Context) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let axes = cx.node.ints("axes")?.map_or(vec![0, 2, 3], <[i64]>::to_vec);
    let (_, r) = statistics(cx, &x, &axes, 0.0, Centre::Mean)?;
    Ok(vec![Some(back(cx, &dy, &y, &r, &axes, Centre::Mean))])
}

/// `y = x / |x|_p` along an axis: `dx = (dy - n' sum(dy y)) / |x|_p`, with `n' = sign(x)` for p = 1 and `y` for p = 2.
/// <https://onnx.ai/onnx/operators/onnx__LpNormalization.html>
pub(crate) fn lp_normalization(cx: &mut Context) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let axis = cx.node.int("axis", -1)?;
    let p = cx.node.int("p", 2)?;
    let slope = if p == 1 { cx.op("Sign", [&x]) } else { y.clone() };
    let axes = cx.graph.ints(&[axis]);
    let norm_operator = if p == 1 { "ReduceL1" } else { "ReduceL2" };
    let norm = cx.op_with(norm_operator, [&x, &axes], [attr("keepdims", 1)]);
    let product = cx.mul(&dy, &y);
    let total = cx.sum(&product, &[axis], KeepDims::Yes);
    let along = cx.mul(&slope, &total);
    let rest = cx.op("Sub", [&dy, &along]);
    Ok(vec![Some(cx.op("Div", [&rest, &norm]))])
}

/// `y = x d^-beta`, `d = bias + alpha/size * sum of squares over near channels`:
/// `dx = dy d^-beta - 2 alpha beta / size * x * sum over near channels of (dy y / d)`.
/// <https://onnx.ai/onnx/operators/onnx__LRN.html>
pub(crate) fn lrn(cx: &mut Context) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let dims = cx.dims(&x)?;
    let size = cx.node.int("size", 0)?;
    let alpha = f64::from(cx.node.float("alpha", 1e-4)?);
    let beta = f64::from(cx.node.float("beta", 0.75)?);
    let bias = f64::from(cx.node.float("bias", 1.0)?);
    let channels = cx.fixed(&dims[1..2])?[0];
    if size < 1 {
        return Err(format!("size {size} is not positive").into());
    }
    let (before, behind) = ((size - 1) / 2, size - 1 - (size - 1) / 2);
    let square = cx.mul(&x, &x);
    let sums = near(cx, &square, channels, before, behind)?;
    let scaled = cx.scale(&sums, alpha / size as f64)?;
    let bias = cx.number(bias)?;
    let d = cx.op("Add", [&bias, &scaled]);
    let exponent = cx.number(-beta)?;
    let power = cx.op("Pow", [&d, &exponent]);
    let direct = cx.mul(&dy, &power);
    let product = cx.mul(&dy, &y);
    let quotient = cx.op("Div", [&product, &d]);
    let spread = near(cx, &quotient, channels, behind, before)?;
    let through = cx.mul(&x, &spread);
    let through = cx.scale(&through, 2.0 * alpha * beta / size as f64)?;
    Ok(vec![Some(cx.op("Sub", [&direct, &through]))])
}

/// Sums over channels from `before` ahead to `behind` after each one.
fn near(cx: &mut Context, value: &str, channels: usize, before: i64, behind: i64) -> Result<String, Refusal> {
    let count = channels as i64;
    let matrix: Vec<f64> = (0..count * count)
        .map(|i| (i / count, i % count))
        .map(|(from, to)| if from >= to - before && from <= to + behind { 1.0 } else { 0.0 })
        .collect();
    super::padding::along_axis(cx, value, 1, &[channels, channels], &matrix)
}
