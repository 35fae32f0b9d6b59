//! Convolutions with respect to their input, and to their weights where those are not constant.

use super::windows::{Window, each, pads, windows};
use crate::gradient::context::{Context, Gradients, KeepDims, Refusal};
use crate::gradient::target::Target;
use crate::graph::attr;
use crate::observe::Size;
use crate::tensor::Tensor;

/// `dX` is the transposed convolution of `dY` with the same weights; where the stride is 1 that is a convolution with
/// the weights turned around and input and output channels swapped, which runs faster. `db = sum(dY)`.
/// <https://onnx.ai/onnx/operators/onnx__Conv.html>
pub(crate) fn conv(cx: &mut Context) -> Gradients {
    let (x, w, y, dy) = (cx.input(0)?, cx.input(1)?, cx.output()?, cx.dy()?);
    let kernel = kernel(cx, &w)?;
    let windows = windows(cx, &x, &y, &kernel)?;
    let group = group(cx)?;
    let mut gradients = vec![None, None, None];
    if cx.wants(0) {
        let turned = windows.iter().all(|w| w.stride == 1 && pads_of_turned(w).is_some());
        // ONNX Runtime's CPU provider convolves to blocks of eight channels; to fewer, transposed is faster.
        let narrow = cx.target == Target::Cpu && channels(cx, [&x, &y]).is_ok_and(|(_, [c, _])| c < 8);
        let constant = cx.graph.constants.get(&w).cloned();
        gradients[0] = Some(match constant {
            Some(weights) if turned && !(narrow && group == 1) => {
                convolve_turned(cx, &dy, &w, &weights, &windows, group)
            }
            _ => transposed(cx, &dy, &w, &windows, group)?,
        });
    }
    if cx.wants(1) {
        let channels = channels(cx, [&x, &y])?;
        gradients[1] = Some(weight_gradient(cx, [&x, &dy], channels, &windows, group)?);
    }
    if cx.wants(2) {
        gradients[2] = Some(bias_gradient(cx, &dy, kernel.len()));
    }
    Ok(gradients)
}

/// `dX` is the convolution of `dY` with the same weights. <https://onnx.ai/onnx/operators/onnx__ConvTranspose.html>
pub(crate) fn conv_transpose(cx: &mut Context) -> Gradients {
    let (x, w, y, dy) = (cx.input(0)?, cx.input(1)?, cx.output()?, cx.dy()?);
    let kernel = kernel(cx, &w)?;
    let mut windows = windows(cx, &y, &x, &kernel)?;
    let group = group(cx)?;
    // Padding may be given by the output's shape; what windows do not reach of the output has no gradient.
    for (i, window) in windows.iter_mut().enumerate() {
        if cx.node.attribute("output_shape").is_some() || cx.node.string("auto_pad", "NOTSET")? != "NOTSET" {
            let total = (window.reach() as i64 - window.input as i64).max(0);
            let upper = cx.node.string("auto_pad", "NOTSET")? == "SAME_UPPER";
            let begin = if upper { total / 2 } else { total - total / 2 };
            (window.begin, window.end) = (begin, total - begin);
        }
        if window.begin < 0 {
            return Err(format!("negative padding of dimension {i} is not supported").into());
        }
        // Exactly as many windows as the input has elements, whatever the output padding was.
        window.end = window.reach() as i64 - window.input as i64 - window.begin;
    }
    let (dy, windows) = crop_negative_end(cx, dy, windows);
    let mut gradients = vec![None, None, None];
    if cx.wants(1) {
        // The same sums as for a convolution from the output to the input.
        let channels = channels(cx, [&y, &x])?;
        gradients[1] = Some(weight_gradient(cx, [&dy, &x], channels, &windows, group)?);
    }
    if cx.wants(0) {
        let attributes = [
            attr("strides", each(&windows, |w| w.stride)),
            attr("dilations", each(&windows, |w| w.dilation)),
            attr("pads", pads(&windows)),
            attr("group", group),
        ];
        gradients[0] = Some(cx.op_with("Conv", [&dy, &w], attributes));
    }
    if cx.wants(2) {
        let dy = cx.dy()?;
        gradients[2] = Some(bias_gradient(cx, &dy, kernel.len()));
    }
    Ok(gradients)
}

/// Elements behind the last window are cut off, for a convolution has no negative padding.
fn crop_negative_end(cx: &mut Context, dy: String, mut windows: Vec<Window>) -> (String, Vec<Window>) {
    let mut cropped = dy;
    for (i, window) in windows.iter_mut().enumerate().filter(|(_, w)| w.end < 0) {
        let length = window.input as i64 + window.end;
        let bounds = [[0], [length], [i as i64 + 2]].map(|v| cx.graph.ints(&v));
        cropped = cx.op("Slice", [&cropped, &bounds[0], &bounds[1], &bounds[2]]);
        (window.input, window.end) = (length as usize, 0);
    }
    (cropped, windows)
}

fn kernel(cx: &Context, weights: &str) -> Result<Vec<usize>, Refusal> {
    let dims = cx.dims(weights)?;
    let dims = cx.fixed(&dims)?;
    if dims.len() < 3 { Err("weights have no spatial dimension".into()) } else { Ok(dims[2..].to_vec()) }
}

fn group(cx: &Context) -> Result<usize, Refusal> {
    let group = cx.node.int("group", 1)?;
    usize::try_from(group).ok().filter(|&g| g > 0).ok_or_else(|| format!("{group} groups").into())
}

/// Padding of the convolution that undoes one of stride 1, where it is not negative.
fn pads_of_turned(window: &Window) -> Option<(i64, i64)> {
    let begin = window.extent() as i64 - 1 - window.begin;
    let end = window.input as i64 - window.output as i64 + window.extent() as i64 - 1 - begin;
    (begin >= 0 && end >= 0).then_some((begin, end))
}

fn convolve_turned(
    cx: &mut Context,
    dy: &str,
    name: &str,
    weights: &Tensor,
    windows: &[Window],
    group: usize,
) -> String {
    let turned = cx.graph.constant(&format!("{name}_turned"), turn(weights, group));
    let (begin, end): (Vec<i64>, Vec<i64>) = windows.iter().filter_map(pads_of_turned).unzip();
    let attributes = [
        attr("dilations", each(windows, |w| w.dilation)),
        attr("pads", [begin, end].concat()),
        attr("group", group),
    ];
    cx.op_with("Conv", [dy, &turned], attributes)
}

/// `[group out, in, kernel]` to `[group in, out, kernel]`, the kernel from last to first.
fn turn(weights: &Tensor, group: usize) -> Tensor {
    let shape = weights.shape();
    let (out, input, kernel) = (shape[0] / group, shape[1], &shape[2..]);
    let grouped = [&[group, out, input], kernel].concat();
    let mut perm: Vec<usize> = (0..grouped.len()).collect();
    perm.swap(1, 2);
    let swapped = weights.reshaped(&grouped).transposed(&perm).flipped(3..grouped.len());
    swapped.reshaped(&[&[group * input, out], kernel].concat())
}

fn transposed(
    cx: &mut Context,
    dy: &str,
    weights: &str,
    windows: &[Window],
    group: usize,
) -> Result<String, Refusal> {
    // What lies behind the last window is reached by output padding, which must be less than the stride; negative
    // padding there would be more than the windows give.
    let behind = |w: &Window| w.input as i64 + w.begin - w.reach() as i64;
    if windows.iter().any(|w| w.begin < 0) {
        return Err("negative padding is not supported".into());
    }
    let end: Vec<i64> = windows.iter().map(|w| (-behind(w)).max(0)).collect();
    let begin: Vec<i64> = windows.iter().map(|w| w.begin).collect();
    let within = |w: &Window| behind(w) < w.stride as i64;
    let output_padding: Vec<i64> =
        windows.iter().map(|w| if within(w) { behind(w).max(0) } else { 0 }).collect();
    let attributes = [
        attr("strides", each(windows, |w| w.stride)),
        attr("dilations", each(windows, |w| w.dilation)),
        attr("pads", [begin, end].concat()),
        attr("output_padding", output_padding),
        attr("group", group),
    ];
    let dx = cx.op_with("ConvTranspose", [dy, weights], attributes);
    if windows.iter().all(within) {
        return Ok(dx);
    }
    let missing: Vec<i64> = windows.iter().map(|w| if within(w) { 0 } else { behind(w) }).collect();
    let zeros = vec![0; windows.len() + 2];
    let amounts = cx.graph.ints(&[zeros.as_slice(), &[0, 0], &missing].concat());
    Ok(cx.op("Pad", [&dx, &amounts]))
}

/// `dW[o, i, k] = sum over n and positions of X[n, i, ...] dY[n, o, ...]`: a convolution in which examples and channels
/// change places and stride and dilation as well. Groups stay groups: their examples stand where channels do.
fn weight_gradient(
    cx: &mut Context,
    [x, dy]: [&str; 2],
    (batch, channels): (Size, [usize; 2]),
    windows: &[Window],
    group: usize,
) -> Result<String, Refusal> {
    let spatial = windows.len();
    let large: Vec<Size> = windows.iter().map(|w| Size::fixed(w.input)).collect();
    let small: Vec<Size> = windows.iter().map(|w| Size::fixed(w.output)).collect();
    let [of_x, of_dy] = channels.map(|count| Size::fixed(count / group));
    // Examples, groups and the channels of a group change places.
    let moved = |cx: &mut Context, value: &str, of: Size, sizes: &[Size], order: [usize; 3]| {
        let split = cx.reshape(value, &[&[batch, Size::fixed(group), of], sizes].concat())?;
        let perm: Vec<usize> = order.into_iter().chain(3..spatial + 3).collect();
        Ok::<_, Refusal>(cx.transpose(&split, &perm))
    };
    let x = moved(cx, x, of_x, &large, [2, 1, 0])?;
    let dy = moved(cx, dy, of_dy, &small, [1, 2, 0])?;
    let examples = Size { per_batch: batch.per_batch * group as i64, fixed: batch.fixed * group as i64 };
    let x = cx.reshape(&x, &[&[of_x, examples], large.as_slice()].concat())?;
    let dy = cx.reshape(&dy, &[&[Size::fixed(channels[1]), batch], small.as_slice()].concat())?;
    let attributes = [
        attr("strides", each(windows, |w| w.dilation)),
        attr("dilations", each(windows, |w| w.stride)),
        attr("pads", pads(windows)),
        attr("group", group),
    ];
    let mut dw = cx.op_with("Conv", [&x, &dy], attributes);
    for (i, window) in windows.iter().enumerate() {
        let bounds = [[0], [window.kernel as i64], [i as i64 + 2]].map(|v| cx.graph.ints(&v));
        dw = cx.op("Slice", [&dw, &bounds[0], &bounds[1], &bounds[2]]);
    }
    let mut perm: Vec<usize> = (0..spatial + 2).collect();
    perm.swap(0, 1);
    Ok(cx.transpose(&dw, &perm))
}

/// The batch and the numbers of channels of two values.
fn channels(cx: &Context, values: [&str; 2]) -> Result<(Size, [usize; 2]), Refusal> {
    let [a, b] = [cx.dims(values[0])?, cx.dims(values[1])?];
    Ok((a[0], [cx.fixed(&a[1..2])?[0], cx.fixed(&b[1..2])?[0]]))
}

fn bias_gradient(cx: &mut Context, dy: &str, spatial: usize) -> String {
    let axes: Vec<i64> = std::iter::once(0).chain(2..spatial as i64 + 2).collect();
    cx.sum(dy, &axes, KeepDims::No)
}

/// Shape of a value with channels in dimension 1, for numbers a channel.
pub(in crate::gradient) fn per_channel(channels: usize, rank: usize) -> Vec<Size> {
    let mut dims = vec![Size::fixed(1); rank.saturating_sub(1)];
    if let Some(first) = dims.first_mut() {
        *first = Size::fixed(channels);
    }
    dims
}
