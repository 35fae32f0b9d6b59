//! Activations with a bend or with parameters. At a bend the derivative is libtorch's.
//! Formulas: <https://onnx.ai/onnx/operators/>

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, SQRT_2};

use crate::gradient::context::{Context, Gradients, Refusal};

/// `a > b` for a value and a number.
fn above(cx: &mut Context, value: &str, bound: f64) -> Result<String, Refusal> {
    let bound = cx.number(bound)?;
    Ok(cx.op("Greater", [value, &bound]))
}

fn below(cx: &mut Context, value: &str, bound: f64) -> Result<String, Refusal> {
    let bound = cx.number(bound)?;
    Ok(cx.op("Less", [value, &bound]))
}

fn attribute(cx: &Context, name: &str, default: f32) -> Result<f64, Refusal> {
    Ok(f64::from(cx.node.float(name, default)?))
}

/// Where the condition holds `dy`, else 0.
fn only_where(cx: &mut Context, condition: &str, dy: &str) -> Result<String, Refusal> {
    let zero = cx.number(0.0)?;
    Ok(cx.op("Where", [condition, dy, &zero]))
}

/// Where `x > 0` `dy`, else `dy * slope`.
fn two_slopes(cx: &mut Context, x: &str, dy: &str, slope: &str) -> Result<String, Refusal> {
    let positive = above(cx, x, 0.0)?;
    let scaled = cx.mul(dy, slope);
    Ok(cx.op("Where", [&positive, dy, &scaled]))
}

/// `dx = dy` where `y > 0`, else 0. The output is its own mask, and is there anyway.
pub(crate) fn relu(cx: &mut Context) -> Gradients {
    let (y, dy) = (cx.output()?, cx.dy()?);
    let positive = above(cx, &y, 0.0)?;
    Ok(vec![Some(only_where(cx, &positive, &dy)?)])
}

/// `dx = dy` where `x > 0`, else `alpha dy`
pub(crate) fn leaky_relu(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let alpha = attribute(cx, "alpha", 0.01)?;
    let slope = cx.number(alpha)?;
    Ok(vec![Some(two_slopes(cx, &x, &dy, &slope)?)])
}

/// `dx = dy` where `x > 0`, else `slope dy`; `dslope = x dy` where `x <= 0`
pub(crate) fn prelu(cx: &mut Context) -> Gradients {
    let (x, slope, dy) = (cx.input(0)?, cx.input(1)?, cx.dy()?);
    let dx = two_slopes(cx, &x, &dy, &slope)?;
    let positive = above(cx, &x, 0.0)?;
    let (zero, product) = (cx.number(0.0)?, cx.mul(&x, &dy));
    let dslope = cx.op("Where", [&positive, &zero, &product]);
    Ok(vec![Some(dx), Some(dslope)])
}

/// `dx = dy` where `x > 0`, else `(y + alpha) dy`, for `y = alpha (exp(x) - 1)`
pub(crate) fn elu(cx: &mut Context) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let alpha = attribute(cx, "alpha", 1.0)?;
    let alpha = cx.number(alpha)?;
    let slope = cx.op("Add", [&y, &alpha]);
    Ok(vec![Some(two_slopes(cx, &x, &dy, &slope)?)])
}

/// `dx = dy` where `x > 0`, else `exp(x / alpha) dy`
pub(crate) fn celu(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let alpha = attribute(cx, "alpha", 1.0)?;
    let scaled = cx.scale(&x, 1.0 / alpha)?;
    let slope = cx.op("Exp", [&scaled]);
    Ok(vec![Some(two_slopes(cx, &x, &dy, &slope)?)])
}

/// `dx = gamma dy` where `x > 0`, else `(y + gamma alpha) dy`
pub(crate) fn selu(cx: &mut Context) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let alpha = attribute(cx, "alpha", 1.673_263_2)?;
    let gamma = attribute(cx, "gamma", 1.050_701)?;
    let positive = above(cx, &x, 0.0)?;
    let (steep, offset) = (cx.number(gamma)?, cx.number(gamma * alpha)?);
    let flat = cx.op("Add", [&y, &offset]);
    let slope = cx.op("Where", [&positive, &steep, &flat]);
    Ok(vec![Some(cx.mul(&dy, &slope))])
}

/// `dx = alpha dy` where `0 < y < 1`, else 0
pub(crate) fn hard_sigmoid(cx: &mut Context) -> Gradients {
    let (y, dy) = (cx.output()?, cx.dy()?);
    let alpha = attribute(cx, "alpha", 0.2)?;
    let (positive, under) = (above(cx, &y, 0.0)?, below(cx, &y, 1.0)?);
    let inside = cx.op("And", [&positive, &under]);
    let scaled = cx.scale(&dy, alpha)?;
    Ok(vec![Some(only_where(cx, &inside, &scaled)?)])
}

/// `y = x max(0, min(1, x / 6 + 1/2))`: `dx = 0` up to -3, `dy` from 3 on, `(x / 3 + 1/2) dy` between
pub(crate) fn hard_swish(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let third = cx.scale(&x, 1.0 / 3.0)?;
    let half = cx.number(0.5)?;
    let slope = cx.op("Add", [&third, &half]);
    let middle = cx.mul(&dy, &slope);
    let under = below(cx, &x, 3.0)?;
    let upper = cx.op("Where", [&under, &middle, &dy]);
    let over = above(cx, &x, -3.0)?;
    Ok(vec![Some(only_where(cx, &over, &upper)?)])
}

/// `dx = dy` where `x > alpha`, else 0
pub(crate) fn thresholded_relu(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let alpha = attribute(cx, "alpha", 1.0)?;
    let over = above(cx, &x, alpha)?;
    Ok(vec![Some(only_where(cx, &over, &dy)?)])
}

/// `dx = dy` where `|x| > lambd`, else 0
pub(crate) fn shrink(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let bound = attribute(cx, "lambd", 0.5)?;
    let size = cx.op("Abs", [&x]);
    let over = above(cx, &size, bound)?;
    Ok(vec![Some(only_where(cx, &over, &dy)?)])
}

/// `dx = dy` where `min <= x <= max`, else 0
pub(crate) fn clip(cx: &mut Context) -> Gradients {
    let (x, mut dx) = (cx.input(0)?, cx.dy()?);
    for (index, comparison) in [(1, "GreaterOrEqual"), (2, "LessOrEqual")] {
        if let Some(bound) = cx.node.input(index).map(str::to_owned) {
            let inside = cx.op(comparison, [&x, &bound]);
            dx = only_where(cx, &inside, &dx)?;
        }
    }
    Ok(vec![Some(dx)])
}

/// `y = x s(alpha x)`, s the sigmoid: `dx = s (1 + alpha x (1 - s)) dy`
pub(crate) fn swish(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let alpha = attribute(cx, "alpha", 1.0)?;
    let scaled = cx.scale(&x, alpha)?;
    let s = cx.op("Sigmoid", [&scaled]);
    let one = cx.number(1.0)?;
    let rest = cx.op("Sub", [&one, &s]);
    let product = cx.mul(&scaled, &rest);
    let sum = cx.op("Add", [&one, &product]);
    let slope = cx.mul(&s, &sum);
    Ok(vec![Some(cx.mul(&dy, &slope))])
}

/// `y = x t`, `t = tanh(softplus(x))`: `dx = (t + x (1 - t^2) sigmoid(x)) dy`
pub(crate) fn mish(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let soft = cx.op("Softplus", [&x]);
    let t = cx.op("Tanh", [&soft]);
    let (square, one) = (cx.mul(&t, &t), cx.number(1.0)?);
    let rest = cx.op("Sub", [&one, &square]);
    let s = cx.op("Sigmoid", [&x]);
    let inner = cx.mul(&rest, &s);
    let product = cx.mul(&x, &inner);
    let slope = cx.op("Add", [&t, &product]);
    Ok(vec![Some(cx.mul(&dy, &slope))])
}

/// `y = x P(x)`: with the error function `dx = (P + x p) dy`, P and p the normal distribution and its density; with
/// `P = (1 + t) / 2`, `t = tanh(u)`, `u = sqrt(2/pi) (x + 0.044715 x^3)`: `dx = ((1 + t) / 2 + x (1 - t^2) u' / 2) dy`
pub(crate) fn gelu(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let slope = match cx.node.string("approximate", "none")?.as_str() {
        "none" => gelu_exact(cx, &x)?,
        "tanh" => gelu_tanh(cx, &x)?,
        other => return Err(format!("approximate `{other}` is not known").into()),
    };
    Ok(vec![Some(cx.mul(&dy, &slope))])
}

fn gelu_exact(cx: &mut Context, x: &str) -> Result<String, Refusal> {
    let scaled = cx.scale(x, FRAC_1_SQRT_2)?;
    let erf = cx.op("Erf", [&scaled]);
    let (one, square) = (cx.number(1.0)?, cx.mul(&scaled, &scaled));
    let twice = cx.op("Add", [&one, &erf]);
    let distribution = cx.scale(&twice, 0.5)?;
    let negative = cx.op("Neg", [&square]);
    let bell = cx.op("Exp", [&negative]);
    // The density is exp(-x^2 / 2) / sqrt(2 pi).
    let density = cx.scale(&bell, FRAC_2_SQRT_PI / 2.0 / SQRT_2)?;
    let product = cx.mul(x, &density);
    Ok(cx.op("Add", [&distribution, &product]))
}

fn gelu_tanh(cx: &mut Context, x: &str) -> Result<String, Refusal> {
    let root = FRAC_2_SQRT_PI * FRAC_1_SQRT_2;
    let square = cx.mul(x, x);
    let one = cx.number(1.0)?;
    let scaled = cx.scale(&square, 0.044_715)?;
    let sum = cx.op("Add", [&one, &scaled]);
    let product = cx.mul(x, &sum);
    let u = cx.scale(&product, root)?;
    let t = cx.op("Tanh", [&u]);
    let steeper = cx.scale(&square, 3.0 * 0.044_715)?;
    let slope = cx.op("Add", [&one, &steeper]);
    let du = cx.scale(&slope, root)?;
    let t_square = cx.mul(&t, &t);
    let rest = cx.op("Sub", [&one, &t_square]);
    let inner = cx.mul(&rest, &du);
    let second = cx.mul(x, &inner);
    let first = cx.op("Add", [&one, &t]);
    let twice = cx.op("Add", [&first, &second]);
    cx.scale(&twice, 0.5)
}
