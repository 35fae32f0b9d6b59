//! `RNN`, `GRU` and `LSTM`, step by step: weights, directions, sequence lengths and layout. What one step computes is for
//! the cells to know.

use super::recurrent_cells::{Cell, State, cell};
use crate::gradient::context::{Context, Refusal};
use crate::gradient::lower::Lowered;
use crate::graph::attr;

/// <https://onnx.ai/onnx/operators/onnx__RNN.html>, <https://onnx.ai/onnx/operators/onnx__GRU.html>,
/// <https://onnx.ai/onnx/operators/onnx__LSTM.html>
pub(crate) fn recurrent(cx: &mut Context) -> Lowered {
    let batch_first = cx.node.flag("layout", false)?;
    let mut x = cx.input(0)?;
    let dims = cx.dims(&x)?;
    if dims.len() != 3 {
        return Err(format!("the input has {} dimensions, expected 3", dims.len()).into());
    }
    let time = usize::from(batch_first);
    let steps = cx.fixed(&dims[time..=time])?[0];
    if batch_first {
        x = cx.transpose(&x, &[1, 0, 2]);
    }
    let direction = cx.node.string("direction", "forward")?;
    let backwards: &[bool] = match direction.as_str() {
        "forward" => &[false],
        "reverse" => &[true],
        "bidirectional" => &[false, true],
        other => return Err(format!("direction `{other}` is not known").into()),
    };
    let mut ends = Vec::new();
    for (index, &backward) in backwards.iter().enumerate() {
        let cell = cell(cx, index)?;
        ends.push(run(cx, &cell, &x, steps, index, backward, batch_first)?);
    }
    outputs(cx, &ends, batch_first)
}

/// What one direction leaves: the hidden state of each step in the input's order, and the last states.
struct End {
    hidden: Vec<String>,
    last: State,
}

fn run(
    cx: &mut Context,
    cell: &Cell,
    x: &str,
    steps: usize,
    direction: usize,
    backward: bool,
    batch_first: bool,
) -> Result<End, Refusal> {
    // The input's share of all steps' gates at once: [time, batch, gates * hidden].
    let weights = part(cx, 1, direction)?;
    let weights = cx.op_with("Transpose", [&weights], [attr("perm", [1, 0])]);
    let gates = cx.op("MatMul", [x, &weights]);
    let initial = |cx: &mut Context, input: usize| -> Result<String, Refusal> {
        if cx.node.input(input).is_none() {
            let zero =
                crate::tensor::Tensor::from_f64s(cx.data_type()?, &[1, cell.hidden], &vec![0.0; cell.hidden]);
            return Ok(cx.graph.constant("state", zero.map_err(|e| e.to_string())?));
        }
        let axis = i64::from(batch_first);
        let (value, at) = (cx.input(input)?, cx.graph.scalar(direction as i64));
        Ok(cx.op_with("Gather", [&value, &at], [attr("axis", axis)]))
    };
    let hidden = initial(cx, 5)?;
    let memory = if cell.has_memory() { Some(initial(cx, 6)?) } else { None };
    let mut state = State { hidden, memory };
    let mut all = vec![String::new(); steps];
    for turn in 0..steps {
        let step = if backward { steps - 1 - turn } else { turn };
        let at = cx.graph.scalar(step as i64);
        let gates = cx.op_with("Gather", [&gates, &at], [attr("axis", 0)]);
        let mut next = cell.step(cx, &gates, &state)?;
        all[step].clone_from(&next.hidden);
        if let Some(live) = live(cx, step)? {
            let zero = cx.number(0.0)?;
            all[step] = cx.op("Where", [&live, &next.hidden, &zero]);
            next.hidden = cx.op("Where", [&live, &next.hidden, &state.hidden]);
            if let (Some(new), Some(old)) = (&mut next.memory, &state.memory) {
                *new = cx.op("Where", [&live, new, old]);
            }
        }
        state = next;
    }
    Ok(End { hidden: all, last: state })
}

/// `[batch, 1]`, whether a step lies within each sequence; none where there are no lengths.
fn live(cx: &mut Context, step: usize) -> Result<Option<String>, Refusal> {
    if cx.node.input(4).is_none() {
        return Ok(None);
    }
    let lengths = cx.input(4)?;
    let data_type = cx.seen(&lengths)?.data_type;
    let (step, axis) = (cx.graph.number(data_type, step as f64), cx.graph.ints(&[1]));
    let longer = cx.op("Greater", [&lengths, &step]);
    Ok(Some(cx.op("Unsqueeze", [&longer, &axis])))
}

/// One direction's part of an input `[directions, ...]`.
pub(super) fn part(cx: &mut Context, input: usize, direction: usize) -> Result<String, Refusal> {
    let (value, at) = (cx.input(input)?, cx.graph.scalar(direction as i64));
    Ok(cx.op_with("Gather", [&value, &at], [attr("axis", 0)]))
}

/// `Y` `[time, directions, batch, hidden]`, `Y_h` and `Y_c` `[directions, batch, hidden]`; with the batch first, the
/// first two axes and the batch change places.
fn outputs(cx: &mut Context, ends: &[End], batch_first: bool) -> Lowered {
    let stack = |cx: &mut Context, values: &[String], axis: i64| -> String {
        let at = cx.graph.ints(&[axis]);
        let wide: Vec<String> = values.iter().map(|value| cx.op("Unsqueeze", [value, &at])).collect();
        if wide.len() == 1 { wide[0].clone() } else { cx.op_with("Concat", &wide, [attr("axis", axis)]) }
    };
    let mut sequences = Vec::new();
    for end in ends {
        sequences.push(stack(cx, &end.hidden, 0));
    }
    let mut y = stack(cx, &sequences, 1);
    let hidden: Vec<String> = ends.iter().map(|end| end.last.hidden.clone()).collect();
    let mut last = stack(cx, &hidden, 0);
    let memory: Option<Vec<String>> = ends.iter().map(|end| end.last.memory.clone()).collect();
    let mut memory = memory.map(|values| stack(cx, &values, 0));
    if batch_first {
        y = cx.op_with("Transpose", [&y], [attr("perm", [2, 0, 1, 3])]);
        last = cx.op_with("Transpose", [&last], [attr("perm", [1, 0, 2])]);
        memory = memory.map(|value| cx.op_with("Transpose", [&value], [attr("perm", [1, 0, 2])]));
    }
    Ok(vec![Some(y), Some(last), memory])
}
