//! Where a classifier's logits are: its output, or what goes into its last Softmax.

use crate::export::OutputKind;
use crate::graph::{Graph, GraphError, Node};
use crate::model::ValueInfo;

/// Cuts the graph so that its only output is logits, and gives that value's name. What was guessed goes to `notes`.
pub(super) fn logits_of(
    graph: &mut Graph,
    output: &ValueInfo,
    said: Option<OutputKind>,
    notes: &mut Vec<String>,
) -> Result<String, GraphError> {
    if said == Some(OutputKind::Logits) {
        return Ok(output.name.clone());
    }
    if let Some(node) = softmax(graph, &output.name) {
        let (operator, input) = (node.operator.clone(), node.required_input(0)?.to_owned());
        if said.is_none() {
            notes.push(format!(
                "probabilities guessed, since {operator} comes last; its input is used as logits"
            ));
        }
        graph.cut(vec![ValueInfo { name: input.clone(), ..output.clone() }])?;
        return Ok(input);
    }
    if said == Some(OutputKind::Probabilities) {
        notes.push("no Softmax comes last; the logarithm of the probabilities is used as logits".into());
        let logits = graph.node("Log", [&output.name], []);
        graph.cut(vec![ValueInfo { name: logits.clone(), ..output.clone() }])?;
        return Ok(logits);
    }
    notes.push("logits assumed, since no Softmax comes last".into());
    Ok(output.name.clone())
}

/// The Softmax or LogSoftmax over the classes that makes a value, with nothing but `Identity` behind it.
fn softmax<'a>(graph: &'a Graph, value: &str) -> Option<&'a Node> {
    let mut node = &graph.nodes[graph.producer(value)?];
    while node.is("Identity") {
        node = &graph.nodes[graph.producer(node.input(0)?)?];
    }
    let last = if graph.opset() < 13 { 1 } else { -1 };
    let over_classes = matches!(node.int("axis", last).ok()?, 1 | -1);
    ((node.is("Softmax") || node.is("LogSoftmax")) && over_classes).then_some(node)
}
