//! Where a classifier's logits are: its output, or what goes into its last Softmax or Sigmoid.

use crate::export::OutputKind;
use crate::graph::{Graph, GraphError, Node, attr};
use crate::model::ValueInfo;

/// How many scores the output has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scores {
    /// One for each class.
    PerClass,
    /// One alone, that of the second of two classes.
    Single,
}

/// Cuts the graph so that its only output is logits, and gives that value's name. What was guessed goes to `notes`.
pub(super) fn logits_of(
    graph: &mut Graph,
    output: &ValueInfo,
    scores: Scores,
    said: Option<OutputKind>,
    notes: &mut Vec<String>,
) -> Result<String, GraphError> {
    let value = match scores {
        Scores::PerClass => per_class(graph, output, said, notes)?,
        Scores::Single => {
            let logit = single(graph, output, said, notes)?;
            notes.push("one score: the logit of the second of two classes, the first one's is 0".into());
            let column = graph.ints(&[-1, 1]);
            let logit = graph.node("Reshape", [logit, column], []);
            let zero = graph.node("Sub", [&logit, &logit], []);
            graph.node("Concat", [zero, logit], [attr("axis", 1)])
        }
    };
    graph.cut(vec![ValueInfo { name: value.clone(), dims: None, ..output.clone() }])?;
    Ok(value)
}

fn per_class(
    graph: &mut Graph,
    output: &ValueInfo,
    said: Option<OutputKind>,
    notes: &mut Vec<String>,
) -> Result<String, GraphError> {
    if said == Some(OutputKind::Logits) {
        return Ok(output.name.clone());
    }
    if let Some(node) = last(graph, &output.name).filter(|node| is_softmax(graph, node)) {
        if said.is_none() {
            notes.push(format!(
                "probabilities guessed, since {} comes last; its input is used as logits",
                node.operator
            ));
        }
        return Ok(node.required_input(0)?.to_owned());
    }
    if said == Some(OutputKind::Probabilities) {
        notes.push("no Softmax comes last; the logarithm of the probabilities is used as logits".into());
        return Ok(graph.node("Log", [&output.name], []));
    }
    notes.push("logits assumed, since no Softmax comes last".into());
    Ok(output.name.clone())
}

fn single(
    graph: &mut Graph,
    output: &ValueInfo,
    said: Option<OutputKind>,
    notes: &mut Vec<String>,
) -> Result<String, GraphError> {
    if said == Some(OutputKind::Logits) {
        return Ok(output.name.clone());
    }
    if let Some(node) = last(graph, &output.name).filter(|node| node.is("Sigmoid")) {
        if said.is_none() {
            notes.push("a probability guessed, since Sigmoid comes last; its input is used as logit".into());
        }
        return Ok(node.required_input(0)?.to_owned());
    }
    if said == Some(OutputKind::Probabilities) {
        notes.push("no Sigmoid comes last; log(p / (1 - p)) is used as logit".into());
        let one = graph.number(output.data_type, 1.0);
        let other = graph.node("Sub", [&one, &output.name], []);
        let odds = graph.node("Div", [&output.name, &other], []);
        return Ok(graph.node("Log", [odds], []));
    }
    notes.push("a logit assumed, since no Sigmoid comes last".into());
    Ok(output.name.clone())
}

/// The node that makes a value, with nothing but `Identity` behind it.
fn last<'a>(graph: &'a Graph, value: &str) -> Option<&'a Node> {
    let mut node = &graph.nodes[graph.producer(value)?];
    while node.is("Identity") {
        node = &graph.nodes[graph.producer(node.input(0)?)?];
    }
    Some(node)
}

/// Whether this is a Softmax or LogSoftmax over the classes.
fn is_softmax(graph: &Graph, node: &Node) -> bool {
    let default = if graph.opset() < 13 { 1 } else { -1 };
    let over_classes = node.int("axis", default).is_ok_and(|axis| matches!(axis, 1 | -1));
    (node.is("Softmax") || node.is("LogSoftmax")) && over_classes
}
