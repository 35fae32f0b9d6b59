//! Putting elements at indices, over what is there or together with it. Where several elements meet in one place the
//! specification leaves it open who wins without a reduction; with one, all take part.

use crate::gradient::context::{Context, Gradients};
use crate::graph::attr;

/// Without reduction: what was replaced has no gradient, the replacement's is `dy` where it stands.
/// <https://onnx.ai/onnx/operators/onnx__ScatterElements.html>
pub(crate) fn scatter_elements(cx: &mut Context) -> Gradients {
    let (data, indices, updates, dy) = (cx.input(0)?, cx.input(1)?, cx.input(2)?, cx.dy()?);
    let places = Places { indices, axis: cx.node.int("axis", 0)? };
    match cx.node.string("reduction", "none")?.as_str() {
        "none" => {
            let zeros = cx.zeros_like(&updates)?;
            let dx = places.put(cx, &dy, &zeros, "none");
            Ok(vec![Some(dx), None, Some(places.take(cx, &dy))])
        }
        "add" => Ok(vec![Some(dy.clone()), None, Some(places.take(cx, &dy))]),
        "mul" => product(cx, &places, &data, &updates, &dy),
        "max" | "min" => extremum(cx, &places, &data, &updates, &dy),
        other => Err(format!("reduction `{other}` is not known").into()),
    }
}

/// As [`scatter_elements`] without a reduction; with one it is written out as that.
/// <https://onnx.ai/onnx/operators/onnx__ScatterND.html>
pub(crate) fn scatter_nd(cx: &mut Context) -> Gradients {
    let (indices, updates, dy) = (cx.input(1)?, cx.input(2)?, cx.dy()?);
    let dx = if cx.wants(0) {
        let zeros = cx.zeros_like(&updates)?;
        Some(cx.op("ScatterND", [&dy, &indices, &zeros]))
    } else {
        None
    };
    let dupdates = cx.op("GatherND", [&dy, &indices]);
    Ok(vec![dx, None, Some(dupdates)])
}

/// Where the elements stand.
struct Places {
    indices: String,
    axis: i64,
}

impl Places {
    fn take(&self, cx: &mut Context, value: &str) -> String {
        cx.op_with("GatherElements", [value, &self.indices], [attr("axis", self.axis)])
    }

    fn put(&self, cx: &mut Context, onto: &str, values: &str, reduction: &str) -> String {
        let attributes = [attr("axis", self.axis), attr("reduction", reduction)];
        cx.op_with("ScatterElements", [onto, &self.indices, values], attributes)
    }
}

/// The factor at a place is the product of all others there: `y / u`, unless a zero is among them; the only zero's is
/// the product of the rest, and with two zeros all are 0.
fn product(cx: &mut Context, places: &Places, data: &str, updates: &str, dy: &str) -> Gradients {
    let (zero, one) = (cx.number(0.0)?, cx.number(1.0)?);
    let number = cx.data_type()?.number();
    let mut nonzero = Vec::new();
    let mut is_zero = Vec::new();
    for value in [data, updates] {
        let empty = cx.op("Equal", [value, &zero]);
        nonzero.push(cx.op("Where", [&empty, &one, value]));
        is_zero.push(empty);
    }
    let counts: Vec<String> =
        is_zero.iter().map(|mask| cx.op_with("Cast", [mask], [attr("to", number)])).collect();
    let zeros = places.put(cx, &counts[0], &counts[1], "add");
    let rest = places.put(cx, &nonzero[0], &nonzero[1], "mul");
    let none = cx.op("Equal", [&zeros, &zero]);
    let single = cx.op("Equal", [&zeros, &one]);
    let with_all = cx.op("Where", [&none, &rest, &zero]);
    let with_one = cx.op("Where", [&single, &rest, &zero]);
    let factor = |cx: &mut Context, with_all: &str, with_one: &str, which: usize| -> String {
        let others = cx.op("Div", [with_all, &nonzero[which]]);
        cx.op("Where", [&is_zero[which], with_one, &others])
    };
    let dx = factor(cx, &with_all, &with_one, 0);
    let dx = cx.mul(&dx, dy);
    let (all, one) = (places.take(cx, &with_all), places.take(cx, &with_one));
    let du = factor(cx, &all, &one, 1);
    let dy = places.take(cx, dy);
    Ok(vec![Some(dx), None, Some(cx.mul(&du, &dy))])
}

/// `dy` at all that are equal to the result, in equal parts.
fn extremum(cx: &mut Context, places: &Places, data: &str, updates: &str, dy: &str) -> Gradients {
    let y = cx.output()?;
    let number = cx.data_type()?.number();
    let mask = |cx: &mut Context, value: &str, result: &str| -> String {
        let equal = cx.op("Equal", [value, result]);
        cx.op_with("Cast", [&equal], [attr("to", number)])
    };
    let own = mask(cx, data, &y);
    let result = places.take(cx, &y);
    let others = mask(cx, updates, &result);
    let count = places.put(cx, &own, &others, "add");
    let one = cx.number(1.0)?;
    let count = cx.op("Max", [&count, &one]);
    let share = cx.op("Div", [dy, &count]);
    let dx = cx.mul(&own, &share);
    let share = places.take(cx, &share);
    Ok(vec![Some(dx), None, Some(cx.mul(&others, &share))])
}
