//! Which values lie between the floating-point inputs and outputs, and which nodes there have no rule.

use std::collections::HashSet;

use super::registry::{Rule, find};
use super::{GradientError, Obstacle};
use crate::graph::{Graph, Node};
use crate::observe::Statics;
use crate::proto::AttributeType;
use crate::tensor::DataType;
use crate::unroll::Reasons;

/// Values that carry a gradient: they depend on an input and an output depends on them.
pub(super) struct Activity {
    values: HashSet<String>,
}

impl Activity {
    /// Marks forward from the inputs and back from the outputs. The error lists every node in between that the registry
    /// does not know, with one of the `reasons` why control flow is left, and every use of a value where its operator cannot be differentiated.
    pub(super) fn of(graph: &Graph, reasons: &Reasons) -> Result<Self, GradientError> {
        let order = graph.order()?;
        let inputs = graph.inputs.iter().filter(|i| i.data_type.is_float()).map(|i| i.name.clone());
        let mut forward: HashSet<String> = inputs.collect();
        for &index in &order {
            let node = &graph.nodes[index];
            if carriers(node).iter().any(|value| forward.contains(value)) && passes(node) {
                forward.extend(node.outputs.iter().filter(|o| !o.is_empty()).cloned());
            }
        }
        let outputs = graph.outputs.iter().filter(|o| o.data_type.is_float()).map(|o| o.name.clone());
        let mut values: HashSet<String> = outputs.filter(|o| forward.contains(o)).collect();
        if values.is_empty() {
            return Err(GradientError::Nothing);
        }
        let mut obstacles = Vec::new();
        let statics = Statics::of(graph)?;
        for &index in order.iter().rev() {
            let node = &graph.nodes[index];
            if !node.outputs.iter().any(|o| values.contains(o)) {
                continue;
            }
            let moves =
                |values: &[String]| values.iter().any(|v| forward.contains(v) && statics.is_unstable(v));
            if moves(&node.outputs) && !moves(&node.inputs) && !reasons.contains_key(&node.outputs[0]) {
                obstacles.push(obstacle(node, "the shape of its output depends on the data"));
                values.extend(carriers(node).into_iter().filter(|value| forward.contains(value)));
                continue;
            }
            match find(node) {
                None => {
                    let reason = node.output(0).and_then(|y| reasons.get(y)).map(String::as_str);
                    let reason = reason.unwrap_or("there is no gradient rule for this operator");
                    obstacles.push(obstacle(node, reason));
                }
                Some(operator) => {
                    for (at, input) in node.inputs.iter().enumerate().filter(|(_, i)| forward.contains(*i)) {
                        if !operator.differentiates(at) && !operator.ignores(at) {
                            let reason = format!("no gradient with respect to input {at} (`{input}`)");
                            obstacles.push(obstacle(node, &reason));
                        }
                    }
                }
            }
            values.extend(carriers(node).into_iter().filter(|value| forward.contains(value)));
        }
        if obstacles.is_empty() {
            return Ok(Self { values });
        }
        obstacles.reverse();
        Err(GradientError::Obstacles(obstacles))
    }

    /// Follows a value to its new name.
    pub(super) fn rename(&mut self, old: &str, new: &str) {
        if self.values.remove(old) {
            self.values.insert(new.to_owned());
        }
    }

    pub(super) fn contains(&self, value: &str) -> bool {
        self.values.contains(value)
    }
}

/// The values a node reads, without those that carry no gradient into it.
fn carriers(node: &Node) -> Vec<String> {
    let Some(operator) = find(node) else { return node.reads() };
    let inputs = node.inputs.iter().enumerate().filter(|(at, i)| !i.is_empty() && !operator.ignores(*at));
    inputs.map(|(_, i)| i.clone()).collect()
}

/// Whether results of a node can carry a gradient of what it reads.
fn passes(node: &Node) -> bool {
    if node.is("Cast") {
        return cast_target(node).is_none_or(DataType::is_float);
    }
    find(node).is_none_or(|operator| !matches!(operator.rule, Rule::Blocks))
}

fn cast_target(node: &Node) -> Option<DataType> {
    let to = node.attribute("to").filter(|a| a.r#type() == AttributeType::Int)?;
    DataType::from_number(i32::try_from(to.i).ok()?)
}

/// An obstacle at a node.
pub(super) fn obstacle(node: &Node, reason: &str) -> Obstacle {
    let domain = if node.domain.is_empty() { String::new() } else { format!("{}::", node.domain) };
    Obstacle {
        operator: format!("{domain}{}", node.operator),
        node: node.name.clone(),
        output: node.output(0).unwrap_or_default().to_owned(),
        reason: reason.to_owned(),
    }
}
