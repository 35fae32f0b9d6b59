//! Functions of one number: `dx = dy * f'(x)`, with y used where it makes f' cheaper.
//! Formulas: <https://onnx.ai/onnx/operators/> for f, and calculus.

use std::f64::consts::PI;

use crate::gradient::context::{Context, Gradients, Refusal};
use crate::graph::attr;

/// `dx = dy * derivative(x, y)`
fn times(
    cx: &mut Context,
    derivative: impl FnOnce(&mut Context, &str, &str) -> Result<String, Refusal>,
) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let factor = derivative(cx, &x, &y)?;
    Ok(vec![Some(cx.mul(&dy, &factor))])
}

/// `dx = dy / derivative(x, y)`
fn over(
    cx: &mut Context,
    derivative: impl FnOnce(&mut Context, &str, &str) -> Result<String, Refusal>,
) -> Gradients {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let divisor = derivative(cx, &x, &y)?;
    Ok(vec![Some(cx.op("Div", [&dy, &divisor]))])
}

/// `offset + sign * v^2`
fn square_plus(cx: &mut Context, v: &str, sign: f64, offset: f64) -> Result<String, Refusal> {
    let square = cx.mul(v, v);
    let offset = cx.number(offset)?;
    Ok(if sign > 0.0 { cx.op("Add", [&offset, &square]) } else { cx.op("Sub", [&offset, &square]) })
}

/// `|x|' = sign(x)`
pub(crate) fn abs(cx: &mut Context) -> Gradients {
    times(cx, |cx, x, _| Ok(cx.op("Sign", [x])))
}

/// `acos' = -1 / sqrt(1 - x^2)`
pub(crate) fn acos(cx: &mut Context) -> Gradients {
    over(cx, |cx, x, _| {
        let square = square_plus(cx, x, -1.0, 1.0)?;
        let root = cx.op("Sqrt", [&square]);
        Ok(cx.op("Neg", [&root]))
    })
}

/// `acosh' = 1 / sqrt(x^2 - 1)`
pub(crate) fn acosh(cx: &mut Context) -> Gradients {
    over(cx, |cx, x, _| {
        let square = square_plus(cx, x, 1.0, -1.0)?;
        Ok(cx.op("Sqrt", [&square]))
    })
}

/// `asin' = 1 / sqrt(1 - x^2)`
pub(crate) fn asin(cx: &mut Context) -> Gradients {
    over(cx, |cx, x, _| {
        let square = square_plus(cx, x, -1.0, 1.0)?;
        Ok(cx.op("Sqrt", [&square]))
    })
}

/// `asinh' = 1 / sqrt(1 + x^2)`
pub(crate) fn asinh(cx: &mut Context) -> Gradients {
    over(cx, |cx, x, _| {
        let square = square_plus(cx, x, 1.0, 1.0)?;
        Ok(cx.op("Sqrt", [&square]))
    })
}

/// `atan' = 1 / (1 + x^2)`
pub(crate) fn atan(cx: &mut Context) -> Gradients {
    over(cx, |cx, x, _| square_plus(cx, x, 1.0, 1.0))
}

/// `atanh' = 1 / (1 - x^2)`
pub(crate) fn atanh(cx: &mut Context) -> Gradients {
    over(cx, |cx, x, _| square_plus(cx, x, -1.0, 1.0))
}

/// `cos' = -sin(x)`
pub(crate) fn cos(cx: &mut Context) -> Gradients {
    times(cx, |cx, x, _| {
        let sin = cx.op("Sin", [x]);
        Ok(cx.op("Neg", [&sin]))
    })
}

/// `cosh' = sinh(x)`
pub(crate) fn cosh(cx: &mut Context) -> Gradients {
    times(cx, |cx, x, _| Ok(cx.op("Sinh", [x])))
}

/// `erf' = 2 / sqrt(pi) * exp(-x^2)`
pub(crate) fn erf(cx: &mut Context) -> Gradients {
    times(cx, |cx, x, _| {
        let square = cx.mul(x, x);
        let negative = cx.op("Neg", [&square]);
        let bell = cx.op("Exp", [&negative]);
        cx.scale(&bell, 2.0 / PI.sqrt())
    })
}

/// `exp' = y`
pub(crate) fn exp(cx: &mut Context) -> Gradients {
    times(cx, |_, _, y| Ok(y.to_owned()))
}

/// `dx = dy` in the input's type
pub(crate) fn cast(cx: &mut Context) -> Gradients {
    let (x, dy) = (cx.input(0)?, cx.dy()?);
    let own = cx.seen(&x)?.data_type;
    Ok(vec![Some(cx.op_with("Cast", [&dy], [attr("to", own.number())]))])
}

/// `dx = dy`
pub(crate) fn identity(cx: &mut Context) -> Gradients {
    Ok(vec![Some(cx.dy()?)])
}

/// `dx = dy` where nothing is dropped. What is dropped when the input says so is drawn anew in every run:
/// <https://onnx.ai/onnx/operators/onnx__Dropout.html>
pub(crate) fn dropout(cx: &mut Context) -> Gradients {
    let none = |cx: &Context, at: usize| {
        cx.node.input(at).is_none() || cx.constant(at).is_ok_and(|t| t.bytes().iter().all(|&byte| byte == 0))
    };
    // A ratio that is left out is 0.5.
    let keeps_all = cx.node.input(1).is_some() && none(cx, 1);
    if !none(cx, 2) && !keeps_all {
        return Err("`training_mode` is on, or not known: what is dropped is drawn at random in every run; export the \
                    model for inference"
            .into());
    }
    identity(cx)
}

/// `log' = 1 / x`
pub(crate) fn log(cx: &mut Context) -> Gradients {
    over(cx, |_, x, _| Ok(x.to_owned()))
}

/// `dx = -dy`
pub(crate) fn neg(cx: &mut Context) -> Gradients {
    let dy = cx.dy()?;
    Ok(vec![Some(cx.op("Neg", [&dy]))])
}

/// `(1 / x)' = -y^2`
pub(crate) fn reciprocal(cx: &mut Context) -> Gradients {
    times(cx, |cx, _, y| {
        let square = cx.mul(y, y);
        Ok(cx.op("Neg", [&square]))
    })
}

/// `sigmoid' = y (1 - y)`
pub(crate) fn sigmoid(cx: &mut Context) -> Gradients {
    times(cx, |cx, _, y| {
        let one = cx.number(1.0)?;
        let rest = cx.op("Sub", [&one, y]);
        Ok(cx.mul(y, &rest))
    })
}

/// `sin' = cos(x)`
pub(crate) fn sin(cx: &mut Context) -> Gradients {
    times(cx, |cx, x, _| Ok(cx.op("Cos", [x])))
}

/// `sinh' = cosh(x)`
pub(crate) fn sinh(cx: &mut Context) -> Gradients {
    times(cx, |cx, x, _| Ok(cx.op("Cosh", [x])))
}

/// `softplus' = sigmoid(x)`
pub(crate) fn softplus(cx: &mut Context) -> Gradients {
    times(cx, |cx, x, _| Ok(cx.op("Sigmoid", [x])))
}

/// `softsign' = 1 / (1 + |x|)^2`
pub(crate) fn softsign(cx: &mut Context) -> Gradients {
    over(cx, |cx, x, _| {
        let (one, size) = (cx.number(1.0)?, cx.op("Abs", [x]));
        let sum = cx.op("Add", [&one, &size]);
        Ok(cx.mul(&sum, &sum))
    })
}

/// `sqrt' = 1 / (2 y)`
pub(crate) fn sqrt(cx: &mut Context) -> Gradients {
    over(cx, |cx, _, y| Ok(cx.op("Add", [y, y])))
}

/// `tan' = 1 + y^2`
pub(crate) fn tan(cx: &mut Context) -> Gradients {
    times(cx, |cx, _, y| square_plus(cx, y, 1.0, 1.0))
}

/// `tanh' = 1 - y^2`
pub(crate) fn tanh(cx: &mut Context) -> Gradients {
    times(cx, |cx, _, y| square_plus(cx, y, -1.0, 1.0))
}
