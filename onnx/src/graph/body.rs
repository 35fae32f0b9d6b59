//! Nodes that stand for another node: the body of a function, the branch of an `If`, a turn of a `Loop`. Brought into a
//! graph with names of its own, once or many times. Knows names; which body goes where is for others.

use std::collections::{BTreeMap, HashSet};

use super::convert::constant;
use super::{Graph, GraphError, Node};
use crate::proto::{AttributeProto, FunctionProto, GraphProto};
use crate::tensor::Tensor;

/// Most nodes that inlining or unrolling may add to a graph.
pub(crate) const MAX_ADDED: usize = 100_000;

/// A body as its file has it.
#[derive(Clone, Debug)]
pub(crate) struct Body {
    pub(crate) inputs: Vec<String>,
    pub(crate) outputs: Vec<String>,
    pub(crate) nodes: Vec<Node>,
    pub(crate) constants: BTreeMap<String, Tensor>,
}

impl Body {
    /// Of a graph inside a node.
    pub(crate) fn of_graph(proto: &GraphProto) -> Result<Self, GraphError> {
        let mut body = Self {
            inputs: proto.input.iter().map(|i| i.name.clone()).collect(),
            outputs: proto.output.iter().map(|o| o.name.clone()).collect(),
            nodes: Vec::new(),
            constants: BTreeMap::new(),
        };
        for tensor in &proto.initializer {
            let value = Tensor::from_proto(tensor)
                .map_err(|source| GraphError::Tensor { tensor: tensor.name.clone(), source })?;
            body.constants.insert(tensor.name.clone(), value);
        }
        body.take_constants(proto.node.iter().map(Node::from_proto).collect())?;
        Ok(body)
    }

    /// Of a function, its attributes as the call gives them.
    pub(super) fn of_function(function: &FunctionProto, call: &Node) -> Result<Self, GraphError> {
        let mut given: BTreeMap<&str, &AttributeProto> =
            function.attribute_proto.iter().map(|a| (a.name.as_str(), a)).collect();
        given.extend(call.attributes.iter().map(|a| (a.name.as_str(), a)));
        let mut nodes: Vec<Node> = function.node.iter().map(Node::from_proto).collect();
        nodes.iter_mut().for_each(|node| resolve(&mut node.attributes, &given));
        let mut body = Self {
            inputs: function.input.clone(),
            outputs: function.output.clone(),
            nodes: Vec::new(),
            constants: BTreeMap::new(),
        };
        body.take_constants(nodes)?;
        Ok(body)
    }

    fn take_constants(&mut self, nodes: Vec<Node>) -> Result<(), GraphError> {
        for node in nodes {
            match (node.is("Constant"), node.output(0)) {
                (true, Some(output)) => {
                    let value = constant(&node)?;
                    self.constants.insert(output.to_owned(), value);
                }
                _ => self.nodes.push(node),
            }
        }
        Ok(())
    }

    fn is_input(&self, value: &str) -> bool {
        self.inputs.iter().any(|i| i == value)
    }
}

/// Puts the call's attributes where the body refers to them; one that the call leaves out is left out.
fn resolve(attributes: &mut Vec<AttributeProto>, given: &BTreeMap<&str, &AttributeProto>) {
    attributes.retain_mut(|attribute| {
        if attribute.ref_attr_name.is_empty() {
            let inner = attribute.g.iter_mut().chain(&mut attribute.graphs);
            inner.flat_map(|g| &mut g.node).for_each(|node| resolve(&mut node.attribute, given));
            return true;
        }
        let Some(&value) = given.get(attribute.ref_attr_name.as_str()) else { return false };
        let name = std::mem::take(&mut attribute.name);
        *attribute = AttributeProto { name, ref_attr_name: String::new(), ..value.clone() };
        true
    });
}

impl Graph {
    /// Makes a body's constants the graph's, so that several copies of the body share them.
    pub(crate) fn hoist(&mut self, body: &mut Body, prefix: &str) {
        let mut names = BTreeMap::new();
        for (name, tensor) in std::mem::take(&mut body.constants) {
            let new = self.constant(&format!("{prefix}{name}"), tensor);
            names.insert(name, new);
        }
        let rename = |value: &mut String| {
            if let Some(new) = names.get(value) {
                value.clone_from(new);
            }
        };
        for node in &mut body.nodes {
            node.inputs.iter_mut().for_each(rename);
            for graph in node.attributes.iter_mut().flat_map(|a| a.g.iter_mut().chain(&mut a.graphs)) {
                super::merge::rename_free(graph, &names);
            }
        }
        body.outputs.iter_mut().for_each(rename);
    }

    /// A copy of a body whose constants have been hoisted: its inputs are `arguments` ("" for one left out), its outputs
    /// `results` (new names where there are none), everything else has a new name that begins with `prefix`.
    /// Gives the nodes and the names of the outputs; what the body reads from outside stays what it is.
    pub(crate) fn copy_body(
        &mut self,
        body: &Body,
        arguments: &[String],
        results: &[String],
        prefix: &str,
    ) -> (Vec<Node>, Vec<String>) {
        let missing = String::new();
        let mut names: BTreeMap<String, String> = (body.inputs.iter().enumerate())
            .map(|(i, input)| (input.clone(), arguments.get(i).unwrap_or(&missing).clone()))
            .collect();
        let made: HashSet<&str> = body.nodes.iter().flat_map(|n| &n.outputs).map(String::as_str).collect();
        for (output, result) in body.outputs.iter().zip(results) {
            if !result.is_empty() && made.contains(output.as_str()) && !body.is_input(output) {
                names.entry(output.clone()).or_insert_with(|| result.clone());
            }
        }
        for output in body.nodes.iter().flat_map(|n| &n.outputs).filter(|o| !o.is_empty()) {
            if !names.contains_key(output) {
                let new = self.fresh(&format!("{prefix}{output}"));
                names.insert(output.clone(), new);
            }
        }
        let new_name = |value: &String| names.get(value).unwrap_or(value).clone();
        let mut nodes = Vec::with_capacity(body.nodes.len());
        for node in &body.nodes {
            let mut node = node.clone();
            node.inputs = node.inputs.iter().map(new_name).collect();
            node.outputs = node.outputs.iter().map(new_name).collect();
            if !node.name.is_empty() {
                node.name = self.fresh(&format!("{prefix}{}", node.name));
            }
            for graph in node.attributes.iter_mut().flat_map(|a| a.g.iter_mut().chain(&mut a.graphs)) {
                self.rename_all(graph, &names, prefix);
            }
            nodes.push(node);
        }
        let mut outputs = Vec::with_capacity(body.outputs.len());
        for (i, output) in body.outputs.iter().enumerate() {
            let name = new_name(output);
            match results.get(i).filter(|r| !r.is_empty() && **r != name) {
                None => outputs.push(name),
                Some(result) => {
                    nodes.push(Node::plain("Identity", [name], result.clone()));
                    outputs.push(result.clone());
                }
            }
        }
        (nodes, outputs)
    }

    /// Gives everything that a graph inside a node defines a new name, and what it reads from outside the name in `names`.
    fn rename_all(&mut self, graph: &mut GraphProto, names: &BTreeMap<String, String>, prefix: &str) {
        let mut names = names.clone();
        let inputs = graph.input.iter().map(|i| &i.name).chain(graph.initializer.iter().map(|t| &t.name));
        let own: HashSet<&String> = inputs.chain(graph.node.iter().flat_map(|n| &n.output)).collect();
        let mut own: Vec<String> = own.into_iter().filter(|o| !o.is_empty()).cloned().collect();
        own.sort();
        for name in own {
            let new = self.fresh(&format!("{prefix}{name}"));
            names.insert(name, new);
        }
        let rename = |value: &mut String| {
            if let Some(new) = names.get(value) {
                value.clone_from(new);
            }
        };
        graph.input.iter_mut().chain(&mut graph.output).for_each(|info| rename(&mut info.name));
        graph.initializer.iter_mut().for_each(|tensor| rename(&mut tensor.name));
        graph.value_info.clear();
        for node in &mut graph.node {
            node.input.iter_mut().chain(&mut node.output).for_each(rename);
            if !node.name.is_empty() {
                node.name = self.fresh(&format!("{prefix}{}", node.name));
            }
            for inner in node.attribute.iter_mut().flat_map(|a| a.g.iter_mut().chain(&mut a.graphs)) {
                self.rename_all(inner, &names, prefix);
            }
        }
    }
}
