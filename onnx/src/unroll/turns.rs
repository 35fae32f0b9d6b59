//! `Loop` and `Scan` with a known number of turns, one copy of the body a turn:
//! <https://onnx.ai/onnx/operators/onnx__Loop.html>, <https://onnx.ai/onnx/operators/onnx__Scan.html>

use super::answers::{Answers, graph_of};
use super::place;
use crate::graph::{Body, Graph, MAX_ADDED, Node, attr};
use crate::tensor::Tensor;

type Written = Result<Option<Vec<Node>>, String>;

/// A body and what it has gathered so far.
struct Turns {
    body: Body,
    place: String,
    nodes: Vec<Node>,
    carried: Vec<String>,
    /// For each result that has an element a turn, these elements.
    gathered: Vec<Vec<String>>,
}

impl Turns {
    fn new(
        graph: &mut Graph,
        node: &Node,
        carried: Vec<String>,
        turns: usize,
        room: usize,
    ) -> Result<Self, String> {
        let proto = graph_of(node, "body").ok_or("has no body")?;
        let mut body = Body::of_graph(proto).map_err(|e| e.to_string())?;
        if turns.saturating_mul(body.nodes.len().max(1)) > room {
            let (size, most) = (body.nodes.len(), MAX_ADDED);
            return Err(format!(
                "{turns} turns of {size} nodes are more than the {most} that may be written out"
            ));
        }
        let place = place(node);
        graph.hoist(&mut body, &format!("{place}/"));
        Ok(Self { body, place, nodes: Vec::new(), carried, gathered: Vec::new() })
    }

    /// One more turn; `outputs` are those of the body from the first carried one on.
    fn turn(
        &mut self,
        graph: &mut Graph,
        number: usize,
        arguments: &[String],
        skip: usize,
    ) -> Result<(), String> {
        if arguments.len() != self.body.inputs.len() {
            let (given, wanted) = (arguments.len(), self.body.inputs.len());
            return Err(format!("gives its body {given} values, and the body has {wanted} inputs"));
        }
        let prefix = format!("{}/{number}/", self.place);
        let (nodes, outputs) = graph.copy_body(&self.body, arguments, &[], &prefix);
        let carried = self.carried.len();
        let gathered =
            outputs.get(skip + carried..).ok_or("the body has fewer outputs than values to carry")?;
        self.carried = outputs[skip..skip + carried].to_vec();
        self.gathered.resize(gathered.len(), Vec::new());
        for (list, output) in self.gathered.iter_mut().zip(gathered) {
            list.push(output.clone());
        }
        self.nodes.extend(nodes);
        Ok(())
    }

    /// Gives the node's outputs: what is carried last, and what was gathered, joined along a new axis.
    fn finish(mut self, graph: &mut Graph, node: &Node, axis_of: impl Fn(usize) -> (i64, bool)) -> Written {
        for (at, output) in node.outputs.iter().enumerate().filter(|(_, o)| !o.is_empty()) {
            if let Some(value) = self.carried.get(at) {
                self.nodes.push(Node::plain("Identity", [value], output.clone()));
                continue;
            }
            let number = at - self.carried.len();
            let (axis, backward) = axis_of(number);
            let mut list = self.gathered.get(number).cloned().unwrap_or_default();
            if list.is_empty() {
                return Err(format!("output `{output}` has no elements, as there are no turns"));
            }
            if backward {
                list.reverse();
            }
            let axes = graph.ints(&[axis]);
            let mut parts = Vec::with_capacity(list.len());
            for value in list {
                let part = graph.fresh(&format!("{output}_part"));
                self.nodes.push(Node::plain("Unsqueeze", [&value, &axes], part.clone()));
                parts.push(part);
            }
            let mut joined = Node::plain("Concat", parts, output.clone());
            joined.attributes.push(attr("axis", axis));
            self.nodes.push(joined);
        }
        Ok(Some(self.nodes))
    }
}

/// Inputs of the body are the turn's number, a condition that is always true, and what is carried.
pub(super) fn unroll_loop(graph: &mut Graph, node: &Node, answers: &Answers, room: usize) -> Written {
    let count = answers.turns(node)?;
    let carried = node.inputs.get(2..).unwrap_or_default().to_vec();
    let mut turns = Turns::new(graph, node, carried, count, room)?;
    let yes = graph.scalar(true);
    for number in 0..count {
        let number_value = graph.scalar(number as i64);
        let arguments = [&[number_value, yes.clone()], turns.carried.as_slice()].concat();
        turns.turn(graph, number, &arguments, 1)?;
    }
    turns.finish(graph, node, |_| (0, false))
}

/// Inputs of the body are what is carried and a slice of each scanned input.
pub(super) fn unroll_scan(graph: &mut Graph, node: &Node, answers: &Answers, room: usize) -> Written {
    let told = |e: crate::graph::GraphError| e.to_string();
    let scanned = usize::try_from(node.int("num_scan_inputs", 0).map_err(told)?).unwrap_or(usize::MAX);
    let first = node.inputs.len().checked_sub(scanned).filter(|_| scanned > 0);
    let first = first.ok_or("`num_scan_inputs` is not a number of its inputs")?;
    let list = |name: &str| node.ints(name).map(|l| l.map(<[i64]>::to_vec).unwrap_or_default());
    let (axes, directions) =
        (list("scan_input_axes").map_err(told)?, list("scan_input_directions").map_err(told)?);
    let (out_axes, out_directions) =
        (list("scan_output_axes").map_err(told)?, list("scan_output_directions").map_err(told)?);
    let at = |list: &[i64], i: usize| list.get(i).copied().unwrap_or(0);
    let mut sizes = Vec::with_capacity(scanned);
    for (i, input) in node.inputs[first..].iter().enumerate() {
        sizes.push(answers.size(input, at(&axes, i))?.1);
    }
    let count = sizes[0];
    if sizes.iter().any(|&s| s != count) {
        return Err(format!("its scanned inputs have {sizes:?} slices, expected equally many"));
    }
    let mut turns = Turns::new(graph, node, node.inputs[..first].to_vec(), count, room)?;
    let mut slices = Vec::with_capacity(scanned);
    for (i, input) in node.inputs[first..].iter().enumerate() {
        let (nodes, mut parts) = split(graph, input, at(&axes, i), &vec![1; count], Keep::No);
        turns.nodes.extend(nodes);
        if at(&directions, i) == 1 {
            parts.reverse();
        }
        slices.push(parts);
    }
    for number in 0..count {
        let now = slices.iter().map(|parts| parts[number].clone());
        let arguments: Vec<String> = turns.carried.iter().cloned().chain(now).collect();
        turns.turn(graph, number, &arguments, 0)?;
    }
    turns.finish(graph, node, |k| (at(&out_axes, k), at(&out_directions, k) == 1))
}

/// Whether a split axis stays as a dimension.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    Yes,
    No,
}

/// Nodes that cut a value into parts of these lengths along an axis, and the parts.
pub(super) fn split(
    graph: &mut Graph,
    value: &str,
    axis: i64,
    lengths: &[usize],
    keep: Keep,
) -> (Vec<Node>, Vec<String>) {
    let mut nodes = Vec::new();
    let mut parts = vec![value.to_owned()];
    if lengths.len() > 1 {
        parts = lengths.iter().map(|_| graph.fresh(&format!("{value}_part"))).collect();
        let lengths: Vec<i64> = lengths.iter().map(|&n| n as i64).collect();
        let lengths = graph.constant("lengths", Tensor::ints(&lengths));
        let mut cut = Node::plain("Split", [value, &lengths], parts[0].clone());
        cut.outputs.clone_from(&parts);
        cut.attributes.push(attr("axis", axis));
        nodes.push(cut);
    }
    if keep == Keep::No {
        let axes = graph.ints(&[axis]);
        for part in &mut parts {
            let slice = graph.fresh(&format!("{value}_slice"));
            nodes.push(Node::plain("Squeeze", [part.as_str(), &axes], slice.clone()));
            *part = slice;
        }
    }
    (nodes, parts)
}
