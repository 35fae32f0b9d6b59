//! Control flow that does not depend on the data, written out: `If` becomes its branch, `Loop` and `Scan` become their
//! turns, sequences become their elements. Knows graphs and what observation says; nothing of gradients.

mod answers;
mod branch;
mod sequences;
mod turns;

use std::collections::BTreeMap;

use crate::graph::{Graph, MAX_ADDED, Node};
use crate::observe::{ObserveError, ObserveOptions};
use answers::Answers;

/// By first output, why a node could not be written out.
pub(crate) type Reasons = BTreeMap<String, String>;

/// Writes out all control flow that can be, and says of what is left why it cannot.
pub(crate) fn unroll(graph: &mut Graph, options: &ObserveOptions) -> Result<Reasons, ObserveError> {
    let mut room = MAX_ADDED;
    loop {
        let mut reasons = Reasons::new();
        if !graph.nodes.iter().any(is_control) {
            return Ok(reasons);
        }
        graph.sort()?;
        graph.remove_dead();
        let answers = Answers::of(graph, options, room)?;
        let mut changed = false;
        for node in std::mem::take(&mut graph.nodes) {
            let written = match node.operator.as_str() {
                _ if !node.domain.is_empty() => Ok(None),
                "If" => branch::inline(graph, &node, &answers),
                "Loop" if !answers.is_static(&node) => turns::unroll_loop(graph, &node, &answers, room),
                "Scan" if !answers.is_static(&node) => turns::unroll_scan(graph, &node, &answers, room),
                _ => Ok(None),
            };
            match written {
                Ok(Some(nodes)) => {
                    changed = true;
                    room = room.saturating_sub(nodes.len());
                    graph.nodes.extend(nodes);
                }
                Ok(None) => graph.nodes.push(node),
                Err(reason) => {
                    reasons.insert(key(&node), reason);
                    graph.nodes.push(node);
                }
            }
        }
        changed |= sequences::resolve(graph, &answers, &mut reasons)?;
        if !changed {
            return Ok(reasons);
        }
    }
}

/// What a node is called in [`Reasons`] and [`Answers`].
fn key(node: &Node) -> String {
    node.outputs.iter().find(|o| !o.is_empty()).cloned().unwrap_or_default()
}

fn is_control(node: &Node) -> bool {
    const SEQUENCES: [&str; 5] =
        ["ConcatFromSequence", "SequenceAt", "SequenceLength", "SequenceErase", "SequenceInsert"];
    let operator = node.operator.as_str();
    node.domain.is_empty() && (matches!(operator, "If" | "Loop" | "Scan") || SEQUENCES.contains(&operator))
}

/// Where new names of a node's body begin.
fn place(node: &Node) -> String {
    if node.name.is_empty() { key(node) } else { node.name.clone() }
}
