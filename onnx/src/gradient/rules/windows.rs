//! Sliding windows as convolutions and pools have them: size, stride, dilation and padding of each spatial dimension.

use crate::gradient::context::{Context, Refusal};

/// One spatial dimension.
#[derive(Clone, Copy, Debug)]
pub(in crate::gradient) struct Window {
    /// Elements of the input along this dimension.
    pub(in crate::gradient) input: usize,
    /// Windows, and so elements of the output.
    pub(in crate::gradient) output: usize,
    /// Elements in a window.
    pub(in crate::gradient) kernel: usize,
    pub(in crate::gradient) stride: usize,
    pub(in crate::gradient) dilation: usize,
    /// Padding before the first element.
    pub(in crate::gradient) begin: i64,
    /// Padding behind the last element.
    pub(in crate::gradient) end: i64,
}

impl Window {
    /// From the first element of a window to its last, both counted.
    pub(in crate::gradient) fn extent(&self) -> usize {
        self.dilation * (self.kernel - 1) + 1
    }

    /// From the first element of the first window to the last of the last one.
    pub(in crate::gradient) fn reach(&self) -> usize {
        self.stride * (self.output - 1) + self.extent()
    }
}

/// Reads a node's windows. `large` is the value whose dimensions the windows slide over and `small` the one with an
/// element a window: input and output of a convolution or pool, output and input of a transposed convolution.
pub(in crate::gradient) fn windows(
    cx: &Context,
    large: &str,
    small: &str,
    kernel: &[usize],
) -> Result<Vec<Window>, Refusal> {
    let (large, small) = (cx.dims(large)?, cx.dims(small)?);
    if large.len() != kernel.len() + 2 || small.len() != large.len() {
        return Err(format!("windows of {} dimensions over a value of {}", kernel.len(), large.len()).into());
    }
    let (input, output) = (cx.fixed(&large[2..])?, cx.fixed(&small[2..])?);
    let numbers = |name: &str, default: i64| -> Result<Vec<usize>, Refusal> {
        let values = cx.node.ints(name)?.map_or(vec![default; kernel.len()], <[i64]>::to_vec);
        let values: Option<Vec<usize>> =
            values.iter().map(|&v| usize::try_from(v).ok().filter(|&v| v > 0)).collect();
        (values.filter(|v| v.len() == kernel.len()))
            .ok_or_else(|| format!("attribute `{name}` does not fit the kernel").into())
    };
    let (strides, dilations) = (numbers("strides", 1)?, numbers("dilations", 1)?);
    let pads = cx.node.ints("pads")?.map_or(vec![0; 2 * kernel.len()], <[i64]>::to_vec);
    if pads.len() != 2 * kernel.len() {
        return Err("attribute `pads` does not fit the kernel".into());
    }
    let auto_pad = cx.node.string("auto_pad", "NOTSET")?;
    let mut windows = Vec::with_capacity(kernel.len());
    for i in 0..kernel.len() {
        let (input, output) = (input[i], output[i]);
        if kernel[i] == 0 || output == 0 || input == 0 {
            return Err("empty dimensions are not supported".into());
        }
        let mut window = Window {
            input,
            output,
            kernel: kernel[i],
            stride: strides[i],
            dilation: dilations[i],
            begin: pads[i],
            end: pads[kernel.len() + i],
        };
        let total = (window.reach() as i64 - input as i64).max(0);
        match auto_pad.as_str() {
            "NOTSET" => {}
            "VALID" => (window.begin, window.end) = (0, 0),
            "SAME_UPPER" => (window.begin, window.end) = (total / 2, total - total / 2),
            "SAME_LOWER" => (window.begin, window.end) = (total - total / 2, total / 2),
            other => return Err(format!("auto_pad `{other}` is not known").into()),
        }
        windows.push(window);
    }
    Ok(windows)
}

/// One number of each window.
pub(in crate::gradient) fn each(windows: &[Window], number: impl Fn(&Window) -> usize) -> Vec<i64> {
    windows.iter().map(|w| number(w) as i64).collect()
}

/// The padding before and behind, as ONNX lists them.
pub(in crate::gradient) fn pads(windows: &[Window]) -> Vec<i64> {
    windows.iter().map(|w| w.begin).chain(windows.iter().map(|w| w.end)).collect()
}
