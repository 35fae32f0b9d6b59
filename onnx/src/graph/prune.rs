//! Removing what no output needs, and cutting a graph at a value.

use std::collections::{HashMap, HashSet};

use super::{Graph, GraphError};
use crate::model::ValueInfo;

impl Graph {
    /// Removes nodes and constants that no output depends on. Inputs stay: they are the graph's signature.
    pub fn remove_dead(&mut self) {
        let mut producers = HashMap::new();
        for (index, node) in self.nodes.iter().enumerate() {
            for output in node.outputs.iter().filter(|o| !o.is_empty()) {
                producers.insert(output.clone(), index);
            }
        }
        let mut needed_nodes = vec![false; self.nodes.len()];
        let mut needed: HashSet<String> = HashSet::new();
        let mut queue: Vec<String> = self.outputs.iter().map(|o| o.name.clone()).collect();
        while let Some(value) = queue.pop() {
            if let Some(&index) = producers.get(&value)
                && !std::mem::replace(&mut needed_nodes[index], true)
            {
                queue.extend(self.nodes[index].reads());
            }
            needed.insert(value);
        }
        let mut keep = needed_nodes.into_iter();
        self.nodes.retain(|_| keep.next().expect("one flag per node"));
        self.constants.retain(|name, _| needed.contains(name));
    }

    /// Makes these values the only outputs and removes what they do not need.
    pub fn cut(&mut self, outputs: Vec<ValueInfo>) -> Result<(), GraphError> {
        self.outputs = outputs;
        self.check_order()?;
        self.remove_dead();
        Ok(())
    }

    /// Makes every reader of `old`, outputs aside, read `new` instead.
    pub fn replace_uses(&mut self, old: &str, new: &str) {
        for input in self.nodes.iter_mut().flat_map(|n| &mut n.inputs).filter(|i| *i == old) {
            new.clone_into(input);
        }
        self.rename_inside(old, new);
    }

    /// Renames a value in the graphs inside nodes that read it from outside.
    fn rename_inside(&mut self, old: &str, new: &str) {
        let names = [(old.to_owned(), new.to_owned())].into();
        for attribute in self.nodes.iter_mut().flat_map(|n| &mut n.attributes) {
            for graph in attribute.g.iter_mut().chain(&mut attribute.graphs) {
                super::merge::rename_free(graph, &names);
            }
        }
    }

    /// Gives an inner value another name, freeing its own, and says which.
    pub fn rename(&mut self, value: &str) -> String {
        let new = self.fresh(&format!("{value}_"));
        for name in self.nodes.iter_mut().flat_map(|n| n.inputs.iter_mut().chain(&mut n.outputs)) {
            if name == value {
                name.clone_from(&new);
            }
        }
        for node in self.nodes.iter_mut().filter(|n| n.name == value) {
            node.name.clone_from(&new);
        }
        self.rename_inside(value, &new);
        if let Some(tensor) = self.constants.remove(value) {
            self.constants.insert(new.clone(), tensor);
        }
        new
    }
}
