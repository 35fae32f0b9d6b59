//! The order in which nodes can run.

use std::collections::{HashMap, HashSet};

use super::{Graph, GraphError};

impl Graph {
    /// Indices of the nodes, each after those whose results it reads; otherwise as they stand. An error names a value
    /// that nothing gives, or a cycle.
    pub fn order(&self) -> Result<Vec<usize>, GraphError> {
        let mut producers = HashMap::new();
        for (index, node) in self.nodes.iter().enumerate() {
            for output in node.outputs.iter().filter(|o| !o.is_empty()) {
                producers.insert(output.as_str(), index);
            }
        }
        let mut given: HashSet<&str> = self.inputs.iter().map(|i| i.name.as_str()).collect();
        given.extend(self.constants.keys().map(String::as_str));
        let defined = |value: &str| given.contains(value) || producers.contains_key(value);
        let mut waiting_for = vec![0_usize; self.nodes.len()];
        let mut readers = vec![Vec::new(); self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            for value in node.reads() {
                if let Some(&producer) = producers.get(value.as_str()) {
                    waiting_for[index] += 1;
                    readers[producer].push(index);
                } else if !given.contains(value.as_str()) {
                    return Err(GraphError::Undefined { user: node.to_string(), value });
                }
            }
        }
        if let Some(output) = self.outputs.iter().find(|o| !defined(&o.name)) {
            return Err(GraphError::Undefined { user: "the output".into(), value: output.name.clone() });
        }
        // The lowest index first keeps files close to how they were written.
        let mut ready: std::collections::BTreeSet<usize> =
            (0..self.nodes.len()).filter(|&i| waiting_for[i] == 0).collect();
        let mut order = Vec::with_capacity(self.nodes.len());
        while let Some(index) = ready.pop_first() {
            order.push(index);
            for &reader in &readers[index] {
                waiting_for[reader] -= 1;
                if waiting_for[reader] == 0 {
                    ready.insert(reader);
                }
            }
        }
        if order.len() < self.nodes.len() {
            let stuck = (0..self.nodes.len()).filter(|&i| waiting_for[i] > 0);
            let nodes: Vec<_> = stuck.take(4).map(|i| self.nodes[i].to_string()).collect();
            return Err(GraphError::Cycle { nodes: nodes.join(", ") });
        }
        Ok(order)
    }

    /// Puts the nodes into an order that can be run.
    pub fn sort(&mut self) -> Result<(), GraphError> {
        let order = self.order()?;
        let mut nodes: Vec<_> = std::mem::take(&mut self.nodes).into_iter().map(Some).collect();
        self.nodes = order.into_iter().map(|i| nodes[i].take().expect("each index once")).collect();
        Ok(())
    }

    pub(super) fn check_order(&self) -> Result<(), GraphError> {
        self.order().map(|_| ())
    }
}
