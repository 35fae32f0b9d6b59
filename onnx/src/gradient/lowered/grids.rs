//! Sampling an image at given places, and the places of an affine map. Gathers and weights, so that both the image and the
//! grid have gradients.

use crate::gradient::context::{Context, Refusal};
use crate::gradient::lower::Lowered;
use crate::graph::attr;
use crate::observe::Size;
use crate::tensor::{DataType, Tensor};

/// Places `theta (x, y, 1)` over the centres, or with aligned corners the corners, of an image's elements.
/// <https://onnx.ai/onnx/operators/onnx__AffineGrid.html>
pub(crate) fn affine_grid(cx: &mut Context) -> Lowered {
    let (theta, y) = (cx.input(0)?, cx.output()?);
    let dims = cx.dims(&y)?;
    let sizes = cx.fixed(&dims[1..dims.len() - 1])?;
    let aligned = cx.node.flag("align_corners", false)?;
    let at = |i: usize, n: usize| match (aligned, n) {
        (true, 1) => 0.0,
        (true, _) => 2.0 * i as f64 / (n - 1) as f64 - 1.0,
        (false, _) => (2 * i + 1) as f64 / n as f64 - 1.0,
    };
    let count: usize = sizes.iter().product();
    let mut base = Vec::with_capacity(count * (sizes.len() + 1));
    for mut place in 0..count {
        let mut coordinates = Vec::new();
        // The last dimension, x, comes first.
        for &size in sizes.iter().rev() {
            coordinates.push(at(place % size, size));
            place /= size;
        }
        base.extend(coordinates);
        base.push(1.0);
    }
    let shape = [1, count, sizes.len() + 1];
    let base = Tensor::from_f64s(cx.data_type()?, &shape, &base).map_err(|e| e.to_string())?;
    let base = cx.graph.constant("base_grid", base);
    let turned = cx.op_with("Transpose", [&theta], [attr("perm", [0, 2, 1])]);
    let flat = cx.op("MatMul", [&base, &turned]);
    Ok(vec![Some(cx.reshape_like(&flat, &y)?)])
}

/// What happens outside of the image.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Outside {
    Zeros,
    Border,
    Reflection,
}

/// One spatial axis of the sampled image.
pub(super) struct Axis {
    size: usize,
    aligned: bool,
    outside: Outside,
}

/// An element that takes part: its number along the axis and its weight, `[batch, places]` each.
pub(super) struct Tap {
    pub(super) number: String,
    pub(super) weight: Option<String>,
}

/// <https://onnx.ai/onnx/operators/onnx__GridSample.html>
pub(crate) fn grid_sample(cx: &mut Context) -> Lowered {
    let (x, grid, y) = (cx.input(0)?, cx.input(1)?, cx.output()?);
    let (dims, out) = (cx.dims(&x)?, cx.dims(&y)?);
    if dims.len() != 4 {
        return Err(
            format!("images of {} spatial dimensions, expected 2", dims.len().saturating_sub(2)).into()
        );
    }
    let sizes = cx.fixed(&dims[1..])?;
    let places: usize = cx.fixed(&out[2..])?.iter().product();
    let outside = match cx.node.string("padding_mode", "zeros")?.as_str() {
        "zeros" => Outside::Zeros,
        "border" => Outside::Border,
        "reflection" => Outside::Reflection,
        other => return Err(format!("padding mode `{other}` is not known").into()),
    };
    let aligned = cx.node.flag("align_corners", false)?;
    let mode = cx.node.string("mode", "linear")?;
    let mut taps = Vec::new();
    for (index, size) in [(0_i64, sizes[2]), (1, sizes[1])] {
        let axis = Axis { size, aligned, outside };
        let at = cx.graph.scalar(index);
        let coordinate = cx.op_with("Gather", [&grid, &at], [attr("axis", -1)]);
        let coordinate = cx.reshape(&coordinate, &[dims[0], Size::fixed(places)])?;
        let coordinate = axis.scaled(cx, &coordinate)?;
        taps.push(match mode.as_str() {
            "linear" | "bilinear" => axis.linear(cx, &coordinate)?,
            "nearest" => axis.nearest(cx, &coordinate)?,
            "cubic" | "bicubic" => axis.cubic(cx, &coordinate)?,
            other => return Err(format!("mode `{other}` is not known").into()),
        });
    }
    let flat = cx.reshape(&x, &[dims[0], dims[1], Size::fixed(sizes[1] * sizes[2])])?;
    let mut parts = Vec::new();
    for row in &taps[1] {
        for column in &taps[0] {
            parts.push(sampled(cx, &flat, row, column, &sizes)?);
        }
    }
    let sum = if parts.len() == 1 { parts.swap_remove(0) } else { cx.op("Sum", &parts) };
    Ok(vec![Some(cx.reshape_like(&sum, &y)?)])
}

/// `[batch, channels, places]`: the elements at a row and a column, weighted.
fn sampled(
    cx: &mut Context,
    flat: &str,
    row: &Tap,
    column: &Tap,
    sizes: &[usize],
) -> Result<String, Refusal> {
    let width = cx.graph.scalar(sizes[2] as i64);
    let start = cx.op("Mul", [&row.number, &width]);
    let number = cx.op("Add", [&start, &column.number]);
    let axis = cx.graph.ints(&[1]);
    let number = cx.op("Unsqueeze", [&number, &axis]);
    let shape = cx.graph.ints(&[1, sizes[0] as i64, 1]);
    let number = cx.op("Expand", [&number, &shape]);
    let mut value = cx.op_with("GatherElements", [flat, &number], [attr("axis", 2)]);
    for weight in [&row.weight, &column.weight].into_iter().flatten() {
        let wide = cx.op("Unsqueeze", [weight, &axis]);
        value = cx.mul(&value, &wide);
    }
    Ok(value)
}

impl Axis {
    /// An axis whose places are given as numbers of elements.
    pub(super) fn new(size: usize, outside: Outside) -> Self {
        Self { size, aligned: true, outside }
    }

    fn last(&self) -> f64 {
        self.size as f64 - 1.0
    }

    /// From -1..1 to numbers of elements: `(g + 1) / 2 (n - 1)`, or `((g + 1) n - 1) / 2` without aligned corners.
    fn scaled(&self, cx: &mut Context, g: &str) -> Result<String, Refusal> {
        let size = self.size as f64;
        let (factor, shift) = if self.aligned {
            (self.last() / 2.0, self.last() / 2.0)
        } else {
            (size / 2.0, (size - 1.0) / 2.0)
        };
        let scaled = cx.scale(g, factor)?;
        let shift = cx.number(shift)?;
        Ok(cx.op("Add", [&scaled, &shift]))
    }

    /// Brings a place into the image, where that is what happens outside.
    fn brought_in(&self, cx: &mut Context, place: &str) -> Result<String, Refusal> {
        let inner = match self.outside {
            Outside::Zeros => return Ok(place.to_owned()),
            Outside::Border => place.to_owned(),
            Outside::Reflection => self.reflected(cx, place)?,
        };
        self.clamped(cx, &inner)
    }

    fn clamped(&self, cx: &mut Context, place: &str) -> Result<String, Refusal> {
        let (low, high) = (cx.number(0.0)?, cx.number(self.last())?);
        Ok(cx.op("Clip", [place, &low, &high]))
    }

    /// Mirrored at both ends as often as it takes: at the outermost elements, or without aligned corners at their rims.
    fn reflected(&self, cx: &mut Context, place: &str) -> Result<String, Refusal> {
        let low = if self.aligned { 0.0 } else { -0.5 };
        let span = if self.aligned { self.last() } else { self.size as f64 };
        if span == 0.0 {
            return cx.scale(place, 0.0);
        }
        let (start, one) = (cx.number(low)?, cx.number(1.0)?);
        let from_start = cx.op("Sub", [place, &start]);
        let distance = cx.op("Abs", [&from_start]);
        let turns = cx.scale(&distance, 1.0 / span)?;
        let turns = cx.op("Floor", [&turns]);
        let whole = cx.scale(&turns, span)?;
        let rest = cx.op("Sub", [&distance, &whole]);
        let half = cx.scale(&turns, 0.5)?;
        let half = cx.op("Floor", [&half]);
        let even = cx.scale(&half, 2.0)?;
        let odd = cx.op("Sub", [&turns, &even]);
        let odd = cx.op("Equal", [&odd, &one]);
        let end = cx.number(span)?;
        let back = cx.op("Sub", [&end, &rest]);
        let folded = cx.op("Where", [&odd, &back, &rest]);
        Ok(cx.op("Add", [&folded, &start]))
    }

    /// An element by its whole number, given as a float; outside of the image its weight is 0 where nothing is there.
    fn tap(&self, cx: &mut Context, place: &str, weight: Option<String>) -> Result<Tap, Refusal> {
        let weight = match (self.outside, weight) {
            (Outside::Zeros, weight) => {
                let (low, high) = (cx.number(-0.5)?, cx.number(self.last() + 0.5)?);
                let (above, below) = (cx.op("Greater", [place, &low]), cx.op("Less", [place, &high]));
                let inside = cx.op("And", [&above, &below]);
                let (zero, one) = (cx.number(0.0)?, cx.number(1.0)?);
                Some(cx.op("Where", [&inside, weight.as_ref().unwrap_or(&one), &zero]))
            }
            (_, weight) => weight,
        };
        let inner = self.clamped(cx, place)?;
        let number = cx.op_with("Cast", [&inner], [attr("to", DataType::Int64.number())]);
        Ok(Tap { number, weight })
    }

    fn nearest(&self, cx: &mut Context, place: &str) -> Result<Vec<Tap>, Refusal> {
        let place = self.brought_in(cx, place)?;
        let rounded = cx.op("Round", [&place]);
        Ok(vec![self.tap(cx, &rounded, None)?])
    }

    /// Two neighbours, weighted by `1 - t` and `t`.
    pub(super) fn linear(&self, cx: &mut Context, place: &str) -> Result<Vec<Tap>, Refusal> {
        let place = self.brought_in(cx, place)?;
        let one = cx.number(1.0)?;
        let below = cx.op("Floor", [&place]);
        let above = cx.op("Add", [&below, &one]);
        let t = cx.op("Sub", [&place, &below]);
        let rest = cx.op("Sub", [&one, &t]);
        Ok(vec![self.tap(cx, &below, Some(rest))?, self.tap(cx, &above, Some(t))?])
    }

    /// Four neighbours, weighted by Keys' cubic with a = -0.75.
    fn cubic(&self, cx: &mut Context, place: &str) -> Result<Vec<Tap>, Refusal> {
        const A: f64 = -0.75;
        let near = [1.0, 0.0, -(A + 3.0), A + 2.0];
        let far = [-4.0 * A, 8.0 * A, -5.0 * A, A];
        let below = cx.op("Floor", [place]);
        let t = cx.op("Sub", [place, &below]);
        let mut taps = Vec::new();
        for (offset, coefficients) in [(-1.0, far), (0.0, near), (1.0, near), (2.0, far)] {
            let shift = cx.number(offset)?;
            let number = cx.op("Add", [&below, &shift]);
            let difference = cx.op("Sub", [&t, &shift]);
            // t lies between 0 and 1, so the sign of the distance is known.
            let distance = if offset > 0.0 { cx.op("Neg", [&difference]) } else { difference };
            let weight = polynomial(cx, &distance, &coefficients)?;
            let number = self.brought_in(cx, &number)?;
            taps.push(self.tap(cx, &number, Some(weight))?);
        }
        Ok(taps)
    }
}

/// `c0 + c1 x + c2 x^2 + c3 x^3`
fn polynomial(cx: &mut Context, x: &str, coefficients: &[f64; 4]) -> Result<String, Refusal> {
    let mut sum = cx.number(coefficients[3])?;
    for &coefficient in coefficients[..3].iter().rev() {
        let product = cx.mul(&sum, x);
        let number = cx.number(coefficient)?;
        sum = cx.op("Add", [&product, &number]);
    }
    Ok(sum)
}
