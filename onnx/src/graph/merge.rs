//! Putting one graph into another, such as a classifier behind a generator.

use std::collections::BTreeMap;

use super::{Graph, GraphError};
use crate::proto::GraphProto;

impl Graph {
    /// Copies `other`'s nodes and constants into this graph, their names beginning with `prefix`, and gives for each of
    /// `other`'s values its name here. `connect` says which value of this graph an input of `other` is; inputs not
    /// named there become inputs of this graph, in their order. Outputs are left for the caller to declare.
    pub fn merge(
        &mut self,
        other: &Graph,
        prefix: &str,
        connect: &BTreeMap<String, String>,
    ) -> Result<BTreeMap<String, String>, GraphError> {
        self.join_opsets(other)?;
        if let Some(unknown) = connect.keys().find(|name| other.input(name).is_none()) {
            return Err(GraphError::Undefined {
                user: "the joined graph's caller".into(),
                value: unknown.clone(),
            });
        }
        let mut names: BTreeMap<String, String> = connect.clone();
        for input in &other.inputs {
            if names.contains_key(&input.name) {
                continue;
            }
            let name = self.fresh(&format!("{prefix}{}", input.name));
            names.insert(input.name.clone(), name.clone());
            self.inputs.push(crate::model::ValueInfo { name, ..input.clone() });
        }
        for (name, tensor) in &other.constants {
            let new = self.constant(&format!("{prefix}{name}"), tensor.clone());
            names.insert(name.clone(), new);
        }
        for output in other.nodes.iter().flat_map(|n| &n.outputs).filter(|o| !o.is_empty()) {
            let new = self.fresh(&format!("{prefix}{output}"));
            names.insert(output.clone(), new);
        }
        let renamed = |list: &[String]| -> Vec<String> {
            list.iter().map(|value| names.get(value).unwrap_or(value).clone()).collect()
        };
        for node in &other.nodes {
            let mut node = node.clone();
            node.inputs = renamed(&node.inputs);
            node.outputs = renamed(&node.outputs);
            if !node.name.is_empty() {
                node.name = self.fresh(&format!("{prefix}{}/node", node.name));
            }
            for graph in node.attributes.iter_mut().flat_map(|a| a.g.iter_mut().chain(&mut a.graphs)) {
                rename_free(graph, &names);
                self.reserve_inside_of(graph);
            }
            self.nodes.push(node);
        }
        Ok(names)
    }

    fn join_opsets(&mut self, other: &Graph) -> Result<(), GraphError> {
        for (domain, &version) in &other.opsets {
            let own = *self.opsets.entry(domain.clone()).or_insert(version);
            if own != version {
                return Err(GraphError::Opset { domain: domain.clone(), own, other: version });
            }
        }
        Ok(())
    }

    fn reserve_inside_of(&mut self, graph: &GraphProto) {
        for output in graph.node.iter().flat_map(|n| &n.output) {
            self.names.insert(output.clone());
        }
    }
}

/// Renames what a graph inside a node reads from outside; names of its own hide those.
pub(super) fn rename_free(graph: &mut GraphProto, names: &BTreeMap<String, String>) {
    let mut names = names.clone();
    for own in graph.input.iter().map(|i| &i.name).chain(graph.initializer.iter().map(|t| &t.name)) {
        names.remove(own);
    }
    for own in graph.node.iter().flat_map(|n| &n.output) {
        names.remove(own);
    }
    let rename = |value: &mut String| {
        if let Some(new) = names.get(value) {
            value.clone_from(new);
        }
    };
    for node in &mut graph.node {
        node.input.iter_mut().for_each(rename);
        for inner in node.attribute.iter_mut().flat_map(|a| a.g.iter_mut().chain(&mut a.graphs)) {
            rename_free(inner, &names);
        }
    }
    graph.output.iter_mut().for_each(|o| rename(&mut o.name));
}
