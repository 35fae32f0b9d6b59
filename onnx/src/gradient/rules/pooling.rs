//! Pools. Where several elements of a window are greatest, the first gets the gradient, as in libtorch.

use super::windows::{Window, each, pads, windows};
use crate::gradient::context::{Context, Gradients, Refusal};
use crate::gradient::target::Target;
use crate::graph::attr;
use crate::observe::Size;
use crate::tensor::{DataType, Tensor};

fn kernel_shape(cx: &Context) -> Result<Vec<usize>, Refusal> {
    let kernel = cx.node.required_ints("kernel_shape")?;
    let kernel: Option<Vec<usize>> = kernel.iter().map(|&k| usize::try_from(k).ok()).collect();
    kernel.ok_or_else(|| "attribute `kernel_shape` is negative".into())
}

/// The second output says where each maximum lies in the flattened input; `dY` goes there. Windows that overlap may share
/// a maximum, so they are taken in groups of windows that do not, one scatter after the other: the order of additions
/// is fixed. <https://onnx.ai/onnx/operators/onnx__MaxPool.html>
pub(crate) fn max_pool(cx: &mut Context) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let windows = windows(cx, &x, &y, &kernel_shape(cx)?)?;
    let indices = row_major_indices(cx, &x)?;
    if let Some(dx) = unpooled(cx, [&x, &dy, &indices], &windows)? {
        return Ok(vec![Some(dx)]);
    }
    let zeros = cx.zeros_like(&x)?;
    let flat = cx.graph.ints(&[-1]);
    let mut dx = cx.op("Reshape", [&zeros, &flat]);
    let reduction = windows.iter().any(|w| groups(w) > 1).then(|| attr("reduction", "add"));
    for offsets in offsets(&windows) {
        let part = |cx: &mut Context, value: &str| -> String {
            let taken = every(cx, value, &windows, &offsets);
            cx.op("Reshape", [&taken, &flat])
        };
        let (indices, dy) = (part(cx, &indices), part(cx, &dy));
        let attributes = [attr("axis", 0)].into_iter().chain(reduction.clone());
        dx = cx.op_with("ScatterElements", [&dx, &indices, &dy], attributes);
    }
    Ok(vec![Some(cx.reshape_like(&dx, &x)?)])
}

/// What does the same in one operator where windows do not overlap: ONNX Runtime has it on the CPU, for float32.
fn unpooled(
    cx: &mut Context,
    [x, dy, indices]: [&str; 3],
    windows: &[Window],
) -> Result<Option<String>, Refusal> {
    // The operator refuses an output shorter than its windows.
    let fits = |w: &Window| groups(w) == 1 && w.reach() as i64 <= w.input as i64 + w.begin + w.end;
    if cx.target != Target::Cpu || cx.data_type()? != DataType::Float || !windows.iter().all(fits) {
        return Ok(None);
    }
    let shape = cx.op("Shape", [x]);
    let attributes = [
        attr("kernel_shape", each(windows, |w| w.kernel)),
        attr("strides", each(windows, |w| w.stride)),
        attr("pads", pads(windows)),
    ];
    Ok(Some(cx.op_with("MaxUnpool", [dy, indices, &shape], attributes)))
}

/// Where the maxima lie, counted row by row. A pool that counts column by column for others is asked a second time.
fn row_major_indices(cx: &mut Context, x: &str) -> Result<String, Refusal> {
    if cx.node.int("storage_order", 0)? == 0 {
        return Ok(cx.extra_output(1));
    }
    let plain = cx.node.attributes.iter().filter(|a| a.name != "storage_order").cloned().collect::<Vec<_>>();
    let outputs = cx.graph.nodes("MaxPool", [x], 2, plain);
    Ok(outputs[1].clone())
}

/// The gradient of what was put at the maxima's places. <https://onnx.ai/onnx/operators/onnx__MaxUnpool.html>
pub(crate) fn max_unpool(cx: &mut Context) -> Gradients {
    let (indices, dy) = (cx.input(1)?, cx.dy()?);
    let flat = cx.graph.ints(&[-1]);
    let flat = cx.op("Reshape", [&dy, &flat]);
    Ok(vec![Some(cx.op_with("Gather", [&flat, &indices], [attr("axis", 0)]))])
}

/// Into how many groups windows along a dimension fall so that those of one group do not overlap.
fn groups(window: &Window) -> usize {
    window.extent().div_ceil(window.stride).min(window.output)
}

/// The first window of each group, in each dimension.
fn offsets(windows: &[Window]) -> Vec<Vec<usize>> {
    windows.iter().fold(vec![vec![]], |all, window| {
        let extended =
            |offsets: Vec<usize>| (0..groups(window)).map(move |o| [offsets.clone(), vec![o]].concat());
        all.into_iter().flat_map(extended).collect()
    })
}

/// The elements of one group of windows.
fn every(cx: &mut Context, value: &str, windows: &[Window], offsets: &[usize]) -> String {
    let split: Vec<usize> = (0..windows.len()).filter(|&i| groups(&windows[i]) > 1).collect();
    if split.is_empty() {
        return value.to_owned();
    }
    let numbers =
        |number: &dyn Fn(usize) -> usize| split.iter().map(|&i| number(i) as i64).collect::<Vec<_>>();
    let starts = cx.graph.ints(&numbers(&|i| offsets[i]));
    let ends = cx.graph.ints(&numbers(&|i| windows[i].output));
    let axes = cx.graph.ints(&numbers(&|i| i + 2));
    let steps = cx.graph.ints(&numbers(&|i| groups(&windows[i])));
    cx.op("Slice", [value, &starts, &ends, &axes, &steps])
}

/// Each element of `dY`, divided by the number of elements its window counts, goes to all of them: repetition where
/// windows tile the input, a transposed convolution with ones where they do not.
/// <https://onnx.ai/onnx/operators/onnx__AveragePool.html>
pub(crate) fn average_pool(cx: &mut Context) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let windows = windows(cx, &x, &y, &kernel_shape(cx)?)?;
    let padding_counts = cx.node.flag("count_include_pad", false)?;
    let shares = shares(&windows, padding_counts);
    let data_type = cx.data_type()?;
    let shape: Vec<usize> = [1, 1].into_iter().chain(windows.iter().map(|w| w.output)).collect();
    let shares = match shares.iter().all(|s| *s == shares[0]) {
        true => cx.graph.number(data_type, shares[0]),
        false => {
            let tensor = Tensor::from_f64s(data_type, &shape, &shares).map_err(|e| e.to_string())?;
            cx.graph.constant("shares", tensor)
        }
    };
    let dy = cx.mul(&dy, &shares);
    spread(cx, &dy, &x, &windows).map(|dx| vec![Some(dx)])
}

/// What one element of each window counts, over all windows in row-major order.
fn shares(windows: &[Window], padding_counts: bool) -> Vec<f64> {
    let counts = |window: &Window| -> Vec<usize> {
        (0..window.output)
            .map(|i| {
                let first = (i * window.stride) as i64 - window.begin;
                // What ceil_mode adds behind the padding never counts.
                let low = if padding_counts { -window.begin } else { 0 };
                let high = window.input as i64 + if padding_counts { window.end } else { 0 };
                let at = |k: usize| first + (k * window.dilation) as i64;
                (0..window.kernel).filter(|&k| at(k) >= low && at(k) < high).count()
            })
            .collect()
    };
    let all = windows.iter().fold(vec![1_usize], |all, window| {
        let counts = counts(window);
        all.iter().flat_map(|a| counts.iter().map(move |c| a * c)).collect()
    });
    all.into_iter().map(|count| 1.0 / count.max(1) as f64).collect()
}

/// Adds each element of `dy` to all elements of its window.
fn spread(cx: &mut Context, dy: &str, x: &str, windows: &[Window]) -> Result<String, Refusal> {
    let dims = cx.dims(x)?;
    let tiles = |w: &Window| w.kernel == w.stride && w.dilation == 1 && w.begin == 0 && w.input == w.reach();
    if windows.iter().all(tiles) {
        return repeat(cx, dy, &dims, windows);
    }
    // Channels are examples to a convolution of one channel.
    let merged = |spatial: Vec<usize>| -> Vec<i64> {
        [-1, 1].into_iter().chain(spatial.into_iter().map(|n| n as i64)).collect()
    };
    let shape = cx.graph.ints(&merged(windows.iter().map(|w| w.output).collect()));
    let flat = cx.op("Reshape", [dy, &shape]);
    let data_type = cx.data_type()?;
    let kernel: Vec<usize> = [1, 1].into_iter().chain(windows.iter().map(|w| w.kernel)).collect();
    let count = kernel.iter().product();
    let ones = Tensor::from_f64s(data_type, &kernel, &vec![1.0; count]).map_err(|e| e.to_string())?;
    let ones = cx.graph.constant("ones", ones);
    let attributes =
        [attr("strides", each(windows, |w| w.stride)), attr("dilations", each(windows, |w| w.dilation))];
    let full = cx.op_with("ConvTranspose", [&flat, &ones], attributes);
    // Negative padding cuts off what fell on padding, positive reaches what no window did.
    let begin = windows.iter().map(|w| -w.begin);
    let end = windows.iter().map(|w| w.input as i64 + w.begin - w.reach() as i64);
    let amounts: Vec<i64> = [0, 0].into_iter().chain(begin).chain([0, 0]).chain(end).collect();
    let padded = if amounts.iter().all(|&a| a == 0) {
        full
    } else {
        let amounts = cx.graph.ints(&amounts);
        cx.op("Pad", [&full, &amounts])
    };
    cx.reshape_like(&padded, x)
}

fn repeat(cx: &mut Context, dy: &str, dims: &[Size], windows: &[Window]) -> Result<String, Refusal> {
    let mut narrow = dims[..2].to_vec();
    let mut wide = vec![1_i64, 1];
    for window in windows {
        narrow.extend([Size::fixed(window.output), Size::fixed(1)]);
        wide.extend([1, window.kernel as i64]);
    }
    let narrow = cx.reshape(dy, &narrow)?;
    let wide = cx.graph.ints(&wide);
    let expanded = cx.op("Expand", [&narrow, &wide]);
    cx.reshape(&expanded, dims)
}

fn spatial(cx: &Context, x: &str) -> Result<(Vec<Size>, Vec<i64>), Refusal> {
    let dims = cx.dims(x)?;
    let axes = (2..dims.len() as i64).collect();
    Ok((dims, axes))
}

fn narrow(dims: &[Size]) -> Vec<Size> {
    dims.iter().enumerate().map(|(i, d)| if i < 2 { *d } else { Size::fixed(1) }).collect()
}

/// `dx = dy / n` at each of n positions. <https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html>
pub(crate) fn global_average_pool(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let (dims, _) = spatial(cx, &x)?;
    let count: usize = cx.fixed(&dims[2..])?.iter().product();
    let share = cx.scale(&dy, 1.0 / count.max(1) as f64)?;
    Ok(vec![Some(cx.expand_like(&share, &narrow(&dims), &x)?)])
}

/// `dy` at the first of the greatest elements. <https://onnx.ai/onnx/operators/onnx__GlobalMaxPool.html>
pub(crate) fn global_max_pool(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let (dims, _) = spatial(cx, &x)?;
    let count: usize = cx.fixed(&dims[2..])?.iter().product();
    let flat = [dims[0], dims[1], Size::fixed(count)];
    let (column, whole) = (cx.graph.ints(&[0, 0, 1]), cx.zeros_like(&x)?);
    let (values, zeros) = (cx.reshape(&x, &flat)?, cx.reshape(&whole, &flat)?);
    let place = cx.op_with("ArgMax", [&values], [attr("axis", 2), attr("keepdims", 1)]);
    let dy = cx.op("Reshape", [&dy, &column]);
    let dx = cx.op_with("ScatterElements", [&zeros, &place, &dy], [attr("axis", 2)]);
    Ok(vec![Some(cx.reshape_like(&dx, &x)?)])
}

/// `y = (sum |x|^p)^(1/p)` over a window: `dx = sign(x) |x|^(p-1) sum(dy y^(1-p))`, the sum over the windows x is in.
/// <https://onnx.ai/onnx/operators/onnx__LpPool.html>
pub(crate) fn lp_pool(cx: &mut Context) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let windows = windows(cx, &x, &y, &kernel_shape(cx)?)?;
    let scaled = over_power(cx, &y, &dy)?;
    let spread = spread(cx, &scaled, &x, &windows)?;
    lp_inner(cx, &x, &spread).map(|dx| vec![Some(dx)])
}

/// As [`lp_pool`], the window being everything.
pub(crate) fn global_lp_pool(cx: &mut Context) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let scaled = over_power(cx, &y, &dy)?;
    lp_inner(cx, &x, &scaled).map(|dx| vec![Some(dx)])
}

fn power(cx: &Context) -> Result<f64, Refusal> {
    Ok(cx.node.int("p", 2)? as f64)
}

/// `dy / y^(p-1)`, and 0 where y is 0.
fn over_power(cx: &mut Context, y: &str, dy: &str) -> Result<String, Refusal> {
    let exponent = power(cx)? - 1.0;
    let (zero, one, exponent) = (cx.number(0.0)?, cx.number(1.0)?, cx.number(exponent)?);
    let empty = cx.op("Equal", [y, &zero]);
    let safe = cx.op("Where", [&empty, &one, y]);
    let power = cx.op("Pow", [&safe, &exponent]);
    let quotient = cx.op("Div", [dy, &power]);
    Ok(cx.op("Where", [&empty, &zero, &quotient]))
}

/// `sign(x) |x|^(p-1) g`
fn lp_inner(cx: &mut Context, x: &str, g: &str) -> Result<String, Refusal> {
    let exponent = power(cx)? - 1.0;
    let (size, sign) = (cx.op("Abs", [x]), cx.op("Sign", [x]));
    let exponent = cx.number(exponent)?;
    let power = cx.op("Pow", [&size, &exponent]);
    let slope = cx.mul(&sign, &power);
    Ok(cx.mul(&slope, g))
}
