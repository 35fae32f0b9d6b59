//! Composite operators written out in simpler ones before the walk: what is then differentiated, by the rules of those, is
//! what is computed. Only nodes that carry a gradient are written out.

use super::activity::Activity;
use super::context::{Context, Refusal};
use super::registry::find;
use super::target::Target;
use crate::graph::Graph;
use crate::observe::Observed;

/// Values that stand for a node's outputs, by position; none for one that is not asked for.
pub(super) type Lowered = Result<Vec<Option<String>>, Refusal>;

/// Writes out what can be, and says whether there was anything. What an operator refuses is left for the walk to report.
pub(super) fn lower(graph: &mut Graph, observed: &Observed, activity: &Activity) -> bool {
    let mut gone = Vec::new();
    for index in 0..graph.nodes.len() {
        let node = graph.nodes[index].clone();
        let Some(lowering) = find(&node).and_then(|operator| operator.lowering(&node)) else { continue };
        if !node.outputs.iter().any(|output| activity.contains(output)) {
            continue;
        }
        let wanted = node.inputs.iter().map(|input| activity.contains(input)).collect();
        let before = graph.nodes.len();
        let mut context = Context {
            graph,
            observed,
            index,
            node: node.clone(),
            output_gradients: Vec::new(),
            wanted,
            target: Target::Any,
        };
        match lowering(&mut context) {
            Ok(values) => {
                for (output, value) in node.outputs.iter().zip(values) {
                    if let (false, Some(value)) = (output.is_empty(), value) {
                        graph.push("Identity", [&value], vec![output.clone()], []);
                    }
                }
                gone.push(index);
            }
            Err(_) => graph.nodes.truncate(before),
        }
    }
    let mut index = 0;
    graph.nodes.retain(|_| {
        index += 1;
        !gone.contains(&(index - 1))
    });
    !gone.is_empty()
}
