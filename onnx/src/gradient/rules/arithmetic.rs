//! Operators that broadcast their inputs against each other. Rules give gradients of the output's shape; the walk adds
//! them up to each input's. Formulas: <https://onnx.ai/onnx/operators/>

use crate::gradient::context::{Context, Gradients, Refusal};

/// `da = dy`, `db = dy`
pub(crate) fn add(cx: &mut Context) -> Gradients {
    let dy = cx.dy()?;
    Ok(vec![Some(dy.clone()), Some(dy)])
}

/// `da = dy`, `db = -dy`
pub(crate) fn sub(cx: &mut Context) -> Gradients {
    let dy = cx.dy()?;
    let db = if cx.wants(1) { Some(cx.op("Neg", [&dy])) } else { None };
    Ok(vec![Some(dy), db])
}

/// `da = dy b`, `db = dy a`
pub(crate) fn mul(cx: &mut Context) -> Gradients {
    let (a, b, dy) = (cx.input(0)?, cx.input(1)?, cx.dy()?);
    let da = if cx.wants(0) { Some(cx.mul(&dy, &b)) } else { None };
    let db = if cx.wants(1) { Some(cx.mul(&dy, &a)) } else { None };
    Ok(vec![da, db])
}

/// `da = dy / b`, `db = -dy y / b`
pub(crate) fn div(cx: &mut Context) -> Gradients {
    let (b, y, dy) = (cx.input(1)?, cx.output()?, cx.dy()?);
    let da = cx.op("Div", [&dy, &b]);
    if !cx.wants(1) {
        return Ok(vec![Some(da)]);
    }
    let product = cx.mul(&da, &y);
    let db = cx.op("Neg", [&product]);
    Ok(vec![Some(da), Some(db)])
}

/// `y = a^b`: `da = dy b a^(b-1)`, and 0 where `b = 0`; `db = dy y log(a)`, and 0 where `a = 0`
pub(crate) fn pow(cx: &mut Context) -> Gradients {
    let (a, b, y, dy) = (cx.input(0)?, cx.input(1)?, cx.output()?, cx.dy()?);
    let own = cx.data_type()?;
    let b = if cx.seen(&b)?.data_type == own {
        b
    } else {
        cx.op_with("Cast", [&b], [crate::graph::attr("to", own.number())])
    };
    let (zero, one) = (cx.number(0.0)?, cx.number(1.0)?);
    let mut gradients = vec![None, None];
    if cx.wants(0) {
        let less = cx.op("Sub", [&b, &one]);
        let power = cx.op("Pow", [&a, &less]);
        let slope = cx.mul(&b, &power);
        let flat = cx.op("Equal", [&b, &zero]);
        let safe = cx.op("Where", [&flat, &zero, &slope]);
        gradients[0] = Some(cx.mul(&dy, &safe));
    }
    if cx.wants(1) {
        let at_zero = cx.op("Equal", [&a, &zero]);
        let positive = cx.op("Where", [&at_zero, &one, &a]);
        let log = cx.op("Log", [&positive]);
        let slope = cx.mul(&y, &log);
        gradients[1] = Some(cx.mul(&dy, &slope));
    }
    Ok(gradients)
}

/// `y = a - b q`, q the quotient rounded toward zero (`fmod = 1`): `da = dy`, `db = -dy q`
pub(crate) fn modulo(cx: &mut Context) -> Gradients {
    let (a, b, y, dy) = (cx.input(0)?, cx.input(1)?, cx.output()?, cx.dy()?);
    if !cx.wants(1) {
        return Ok(vec![Some(dy)]);
    }
    let difference = cx.op("Sub", [&y, &a]);
    let negative_quotient = cx.op("Div", [&difference, &b]);
    let whole = cx.op("Round", [&negative_quotient]);
    let db = cx.mul(&dy, &whole);
    Ok(vec![Some(dy), Some(db)])
}

/// `y` is the greatest or least of the inputs: `dy` goes to the inputs equal to it, in equal parts where there are several.
pub(crate) fn extremum(cx: &mut Context) -> Gradients {
    let (y, dy) = (cx.output()?, cx.dy()?);
    let data_type = cx.data_type()?;
    let mut masks = Vec::new();
    for index in 0..cx.node.inputs.len() {
        let input = cx.input(index)?;
        let equal = cx.op("Equal", [&input, &y]);
        masks.push(cx.op_with("Cast", [&equal], [crate::graph::attr("to", data_type.number())]));
    }
    if let [_] = masks.as_slice() {
        return Ok(vec![Some(dy)]);
    }
    let count = cx.op("Sum", &masks);
    let share = cx.op("Div", [&dy, &count]);
    Ok(masks.iter().map(|mask| Some(cx.mul(&share, mask))).collect())
}

/// `dx_i = dy`
pub(crate) fn sum(cx: &mut Context) -> Gradients {
    let dy = cx.dy()?;
    Ok(vec![Some(dy); cx.node.inputs.len()])
}

/// `dx_i = dy / n`
pub(crate) fn mean(cx: &mut Context) -> Gradients {
    let dy = cx.dy()?;
    let count = cx.node.inputs.len();
    let share = cx.scale(&dy, 1.0 / count as f64)?;
    Ok(vec![Some(share); count])
}

/// `da = dy` where the condition holds, `db = dy` where it does not, else 0
pub(crate) fn select(cx: &mut Context) -> Gradients {
    let (condition, dy, zero) = (cx.input(0)?, cx.dy()?, cx.number(0.0)?);
    let da = pick(cx, 1, [&condition, &dy, &zero])?;
    let db = pick(cx, 2, [&condition, &zero, &dy])?;
    Ok(vec![None, da, db])
}

fn pick(cx: &mut Context, index: usize, inputs: [&String; 3]) -> Result<Option<String>, Refusal> {
    Ok(if cx.wants(index) { Some(cx.op("Where", inputs)) } else { None })
}
