//! `If` with a condition that is always the same: <https://onnx.ai/onnx/operators/onnx__If.html>

use super::answers::{Answers, graph_of};
use super::place;
use crate::graph::{Body, Graph, Node};

/// The nodes of the branch that is always taken.
pub(super) fn inline(graph: &mut Graph, node: &Node, answers: &Answers) -> Result<Option<Vec<Node>>, String> {
    let condition = node.required_input(0).map_err(|e| e.to_string())?;
    let taken = answers.integer(condition, "the condition")? != 0;
    let attribute = if taken { "then_branch" } else { "else_branch" };
    let branch = graph_of(node, attribute).ok_or_else(|| format!("has no {attribute}"))?;
    let mut body = Body::of_graph(branch).map_err(|e| e.to_string())?;
    let prefix = format!("{}/", place(node));
    graph.hoist(&mut body, &prefix);
    Ok(Some(graph.copy_body(&body, &[], &node.outputs, &prefix).0))
}
