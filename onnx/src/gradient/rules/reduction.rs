//! Reductions over axes and running sums. `dy` is first given its reduced dimensions back as 1, then repeated.
//! Formulas: <https://onnx.ai/onnx/operators/>

use crate::gradient::context::{Context, Gradients, KeepDims, Refusal, normal_axes};
use crate::graph::attr;
use crate::observe::Size;

/// What every reduction's rule needs.
struct Reduced {
    x: String,
    /// Output and its gradient with reduced dimensions kept as 1.
    y: String,
    dy: String,
    /// Shape of both.
    dims: Vec<Size>,
    axes: Vec<i64>,
    /// Elements each result was made of; none where that depends on the batch.
    count: Option<usize>,
}

fn reduced(cx: &mut Context) -> Result<Reduced, Refusal> {
    let (x, y, dy) = (cx.input(0)?, cx.output()?, cx.dy()?);
    let x_dims = cx.dims(&x)?;
    let given = cx.optional_ints(1)?.filter(|axes| !axes.is_empty());
    let axes = match given {
        Some(axes) => normal_axes(&axes, x_dims.len())?,
        None if cx.node.flag("noop_with_empty_axes", false)? => vec![],
        None => (0..x_dims.len()).collect(),
    };
    let one = Size::fixed(1);
    let dims: Vec<Size> =
        x_dims.iter().enumerate().map(|(i, d)| if axes.contains(&i) { one } else { *d }).collect();
    let count = axes.iter().map(|&a| x_dims[a].as_fixed()).product();
    let keep = cx.node.flag("keepdims", true)?;
    let (y, dy) = if keep { (y, dy) } else { (cx.reshape(&y, &dims)?, cx.reshape(&dy, &dims)?) };
    Ok(Reduced { x, y, dy, dims, axes: axes.into_iter().map(|a| a as i64).collect(), count })
}

impl Reduced {
    fn expanded(&self, cx: &mut Context, value: &str) -> Gradients {
        Ok(vec![Some(cx.expand_like(value, &self.dims, &self.x)?)])
    }
}

/// `dx = dy`
pub(crate) fn sum(cx: &mut Context) -> Gradients {
    let r = reduced(cx)?;
    r.expanded(cx, &r.dy)
}

/// `dx = dy / n`
pub(crate) fn mean(cx: &mut Context) -> Gradients {
    let r = reduced(cx)?;
    let share = match r.count {
        Some(count) => cx.scale(&r.dy, 1.0 / count.max(1) as f64)?,
        None => {
            // How many there are is only known as the graph runs.
            let number = cx.data_type()?.number();
            let [many, few] = [&r.x, &r.y].map(|value| {
                let count = cx.op("Size", [value]);
                cx.op_with("Cast", [&count], [attr("to", number)])
            });
            let share = cx.op("Div", [&few, &many]);
            cx.mul(&r.dy, &share)
        }
    };
    r.expanded(cx, &share)
}

/// `dx = dy` at the greatest or least elements, in equal parts
pub(crate) fn extremum(cx: &mut Context) -> Gradients {
    let r = reduced(cx)?;
    let equal = cx.op("Equal", [&r.x, &r.y]);
    let data_type = cx.data_type()?;
    let mask = cx.op_with("Cast", [&equal], [attr("to", data_type.number())]);
    let count = cx.sum(&mask, &r.axes, KeepDims::Yes);
    let share = cx.op("Div", [&r.dy, &count]);
    Ok(vec![Some(cx.mul(&mask, &share))])
}

/// `dx = dy` times the product of all others: `y / x` unless there are zeros; the only zero's is the product of the
/// rest, and with two zeros all are 0
pub(crate) fn product(cx: &mut Context) -> Gradients {
    let r = reduced(cx)?;
    let (zero, one) = (cx.number(0.0)?, cx.number(1.0)?);
    let is_zero = cx.op("Equal", [&r.x, &zero]);
    let safe = cx.op("Where", [&is_zero, &one, &r.x]);
    let axes = cx.graph.ints(&r.axes);
    let rest = cx.op_with("ReduceProd", [&safe, &axes], [attr("keepdims", 1)]);
    let data_type = cx.data_type()?;
    let mask = cx.op_with("Cast", [&is_zero], [attr("to", data_type.number())]);
    let zeros = cx.sum(&mask, &r.axes, KeepDims::Yes);
    let (none, single) = (cx.op("Equal", [&zeros, &zero]), cx.op("Equal", [&zeros, &one]));
    let quotient = cx.op("Div", [&rest, &safe]);
    let at_others = cx.op("Where", [&none, &quotient, &zero]);
    let at_zero = cx.op("Where", [&single, &rest, &zero]);
    let slope = cx.op("Where", [&is_zero, &at_zero, &at_others]);
    Ok(vec![Some(cx.mul(&r.dy, &slope))])
}

/// `dx = dy sign(x)`
pub(crate) fn l1(cx: &mut Context) -> Gradients {
    let r = reduced(cx)?;
    let sign = cx.op("Sign", [&r.x]);
    Ok(vec![Some(cx.mul(&r.dy, &sign))])
}

/// `dx = dy x / y`, and 0 where y is 0
pub(crate) fn l2(cx: &mut Context) -> Gradients {
    let r = reduced(cx)?;
    let (zero, one) = (cx.number(0.0)?, cx.number(1.0)?);
    let empty = cx.op("Equal", [&r.y, &zero]);
    let safe = cx.op("Where", [&empty, &one, &r.y]);
    let share = cx.op("Div", [&r.dy, &safe]);
    Ok(vec![Some(cx.mul(&r.x, &share))])
}

/// `y = log(sum(x))`: `dx = dy exp(-y)`
pub(crate) fn log_sum(cx: &mut Context) -> Gradients {
    let r = reduced(cx)?;
    let negative = cx.op("Neg", [&r.y]);
    let inverse = cx.op("Exp", [&negative]);
    let share = cx.mul(&r.dy, &inverse);
    r.expanded(cx, &share)
}

/// `y = log(sum(exp(x)))`: `dx = dy exp(x - y)`
pub(crate) fn log_sum_exp(cx: &mut Context) -> Gradients {
    let r = reduced(cx)?;
    let difference = cx.op("Sub", [&r.x, &r.y]);
    let share = cx.op("Exp", [&difference]);
    Ok(vec![Some(cx.mul(&r.dy, &share))])
}

/// `dx = 2 x dy`
pub(crate) fn sum_square(cx: &mut Context) -> Gradients {
    let r = reduced(cx)?;
    let twice = cx.op("Add", [&r.dy, &r.dy]);
    Ok(vec![Some(cx.mul(&r.x, &twice))])
}

/// A running sum's gradient runs the other way.
pub(crate) fn cumulative_sum(cx: &mut Context) -> Gradients {
    let (axis, dy) = (cx.input(1)?, cx.dy()?);
    let (reverse, exclusive) = (cx.node.flag("reverse", false)?, cx.node.flag("exclusive", false)?);
    let attributes = [attr("reverse", !reverse), attr("exclusive", exclusive)];
    Ok(vec![Some(cx.op_with("CumSum", [&dy, &axis], attributes))])
}
