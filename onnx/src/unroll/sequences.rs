//! Sequences whose elements are known by name: whoever reads an element reads the tensor instead.
//! <https://onnx.ai/onnx/operators/onnx__SequenceConstruct.html> and its neighbours.

use std::collections::HashMap;

use super::answers::Answers;
use super::turns::{Keep, split};
use super::{Reasons, key};
use crate::graph::{Graph, GraphError, Node, attr};
use crate::tensor::Tensor;

/// More elements than this are not copied from sequence to sequence.
const MAX_COPIED: usize = 1_000_000;

struct Sequences {
    /// Elements of each sequence that is known.
    lists: HashMap<String, Vec<String>>,
    copied: usize,
}

/// Replaces the nodes that read sequences by ones that read tensors. Gives whether there were any.
pub(super) fn resolve(
    graph: &mut Graph,
    answers: &Answers,
    reasons: &mut Reasons,
) -> Result<bool, GraphError> {
    graph.sort()?;
    let uses = graph.use_counts();
    let mut sequences = Sequences { lists: HashMap::new(), copied: 0 };
    let mut changed = false;
    for node in std::mem::take(&mut graph.nodes) {
        let last = node.input(0).is_some_and(|s| uses.get(s) == Some(&1));
        match sequences.visit(graph, &node, answers, last) {
            Ok(Some(nodes)) => {
                changed = true;
                graph.nodes.extend(nodes);
            }
            Ok(None) => graph.nodes.push(node),
            Err(reason) => {
                reasons.entry(key(&node)).or_insert(reason);
                graph.nodes.push(node);
            }
        }
    }
    Ok(changed)
}

impl Sequences {
    /// Nodes in the place of one that reads a sequence; none for a node that makes one or has nothing to do with any.
    fn visit(
        &mut self,
        graph: &mut Graph,
        node: &Node,
        answers: &Answers,
        last: bool,
    ) -> Result<Option<Vec<Node>>, String> {
        let told = |e: GraphError| e.to_string();
        let Some(output) = node.output(0).map(str::to_owned) else { return Ok(None) };
        match node.operator.as_str() {
            _ if !node.domain.is_empty() => {}
            "SequenceEmpty" => drop(self.lists.insert(output, Vec::new())),
            "SequenceConstruct" => drop(self.lists.insert(output, node.inputs.clone())),
            "Identity" if node.input(0).is_some_and(|s| self.lists.contains_key(s)) => {
                let list = self.taken(node, last)?;
                self.lists.insert(output, list);
            }
            "SequenceInsert" => {
                let tensor = node.required_input(1).map_err(told)?.to_owned();
                let mut list = self.taken(node, last)?;
                let at = position(node, 2, answers, list.len(), list.len())?;
                list.insert(at.min(list.len()), tensor);
                self.lists.insert(output, list);
            }
            "SequenceErase" => {
                let mut list = self.taken(node, last)?;
                let at = position(node, 1, answers, list.len(), list.len().saturating_sub(1))?;
                if at >= list.len() {
                    return Err(format!("position {at} is not one of {} elements", list.len()));
                }
                list.remove(at);
                self.lists.insert(output, list);
            }
            "SplitToSequence" => {
                let (nodes, parts) = split_to_sequence(graph, node, answers)?;
                graph.nodes.extend(nodes);
                self.lists.insert(output, parts);
            }
            "SequenceAt" => {
                let list = self.list(node)?;
                let at = position(node, 1, answers, list.len(), usize::MAX)?;
                let element = list
                    .get(at)
                    .ok_or_else(|| format!("position {at} is not one of {} elements", list.len()))?;
                return Ok(Some(vec![Node::plain("Identity", [element], output)]));
            }
            "SequenceLength" => {
                let length = Tensor::scalar(self.list(node)?.len() as i64);
                let length = graph.constant("length", length);
                return Ok(Some(vec![Node::plain("Identity", [length], output)]));
            }
            "ConcatFromSequence" => return self.joined(graph, node, output).map(Some),
            _ => {}
        }
        Ok(None)
    }

    fn list(&self, node: &Node) -> Result<&Vec<String>, String> {
        let sequence = node.required_input(0).map_err(|e| e.to_string())?;
        self.lists.get(sequence).ok_or_else(|| format!("the elements of sequence `{sequence}` are not known"))
    }

    /// The elements of the sequence a node reads, without a copy where nobody else reads it.
    fn taken(&mut self, node: &Node, last: bool) -> Result<Vec<String>, String> {
        let length = self.list(node)?.len();
        if last {
            return Ok(self.lists.remove(&node.inputs[0]).unwrap_or_default());
        }
        self.copied = self.copied.saturating_add(length);
        if self.copied > MAX_COPIED {
            return Err(format!("sequences come to more than {MAX_COPIED} elements"));
        }
        Ok(self.list(node)?.clone())
    }

    fn joined(&self, graph: &mut Graph, node: &Node, output: String) -> Result<Vec<Node>, String> {
        let told = |e: GraphError| e.to_string();
        let axis = node.int("axis", 0).map_err(told)?;
        let new_axis = node.flag("new_axis", false).map_err(told)?;
        let list = self.list(node)?;
        if list.is_empty() {
            return Err("joins no elements".into());
        }
        let (mut nodes, mut parts) = (Vec::new(), list.clone());
        if new_axis {
            let axes = graph.ints(&[axis]);
            for part in &mut parts {
                let wider = graph.fresh(&format!("{output}_part"));
                nodes.push(Node::plain("Unsqueeze", [part.as_str(), &axes], wider.clone()));
                *part = wider;
            }
        }
        let mut concat = Node::plain("Concat", parts, output);
        concat.attributes.push(attr("axis", axis));
        nodes.push(concat);
        Ok(nodes)
    }
}

/// A position in a sequence of some length, counted from the end where negative; `default` where none is given.
fn position(
    node: &Node,
    at: usize,
    answers: &Answers,
    length: usize,
    default: usize,
) -> Result<usize, String> {
    let Some(value) = node.input(at) else { return Ok(default) };
    let number = answers.integer(value, "the position")?;
    let from_front = if number < 0 { number + length as i64 } else { number };
    usize::try_from(from_front).map_err(|_| format!("position {number} is not one of {length} elements"))
}

fn split_to_sequence(
    graph: &mut Graph,
    node: &Node,
    answers: &Answers,
) -> Result<(Vec<Node>, Vec<String>), String> {
    let told = |e: GraphError| e.to_string();
    let axis = node.int("axis", 0).map_err(told)?;
    let keep = if node.flag("keepdims", true).map_err(told)? { Keep::Yes } else { Keep::No };
    let value = node.required_input(0).map_err(told)?;
    let size = answers.size(value, axis)?.1;
    let Some(lengths) = node.input(1) else {
        return check(size).map(|size| split(graph, value, axis, &vec![1; size], keep));
    };
    let tensor = answers.constant(lengths, "the lengths")?;
    let numbers = tensor.to_ints().map_err(|e| e.to_string())?;
    let numbers: Vec<usize> = numbers.iter().map(|&n| usize::try_from(n).unwrap_or(0)).collect();
    let lengths = match (tensor.shape(), numbers.as_slice()) {
        ([], [each]) if *each > 0 => {
            let full = check(size / each)?;
            let rest = size % each;
            let mut lengths = vec![*each; full];
            lengths.extend((rest > 0).then_some(rest));
            lengths
        }
        ([_], numbers) if numbers.iter().sum::<usize>() == size => numbers.to_vec(),
        _ => return Err(format!("the lengths {numbers:?} do not add up to {size}")),
    };
    Ok(split(graph, value, axis, &lengths, Keep::Yes))
}

fn check(parts: usize) -> Result<usize, String> {
    if parts <= crate::graph::MAX_ADDED {
        Ok(parts)
    } else {
        Err(format!("has {parts} parts, too many to write out"))
    }
}
