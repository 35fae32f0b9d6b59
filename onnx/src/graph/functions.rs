//! Model-local functions put in the place of the nodes that call them, for neither rules nor upgrades should know them.
//! <https://github.com/onnx/onnx/blob/main/docs/IR.md#model-local-functions>

use std::collections::HashMap;

use super::body::{Body, MAX_ADDED};
use super::{Graph, GraphError, Node};
use crate::model::is_standard;
use crate::proto::{FunctionProto, GraphProto};

/// More functions than this that call one another, each the next, are a mistake in a file.
const MAX_DEPTH: usize = 100;

/// Domain, name and overload.
type Key = (String, String, String);

struct Inliner<'f> {
    functions: HashMap<Key, &'f FunctionProto>,
    calls: Vec<Key>,
    added: usize,
}

impl Graph {
    /// Replaces every call of a function by the function's nodes, those of other operator sets upgraded to the newest
    /// that the graph or one of the functions has. An error names a function that calls itself, and a call without end.
    pub(super) fn inline_functions(&mut self, functions: &[FunctionProto]) -> Result<(), GraphError> {
        if functions.is_empty() {
            return Ok(());
        }
        let newest = functions.iter().filter_map(standard_opset).chain([self.opset()]).max();
        let oldest = functions.iter().filter_map(standard_opset).chain([self.opset()]).min();
        if let (true, Some(newest)) = (newest != oldest, newest) {
            self.upgrade(newest.max(Self::OLDEST_TARGET))?;
        }
        let mut inliner = Inliner { functions: HashMap::new(), calls: Vec::new(), added: 0 };
        for function in functions {
            let domain = if is_standard(&function.domain) { String::new() } else { function.domain.clone() };
            let key = (domain, function.name.clone(), function.overload.clone());
            inliner.functions.insert(key, function);
            for opset in function.opset_import.iter().filter(|o| !is_standard(&o.domain)) {
                self.opsets.entry(opset.domain.clone()).or_insert(opset.version);
            }
        }
        let nodes = std::mem::take(&mut self.nodes);
        let mut expanded = Vec::with_capacity(nodes.len());
        for node in nodes {
            inliner.expand(self, node, &mut expanded)?;
        }
        self.nodes = expanded;
        self.forget_domains(functions);
        Ok(())
    }

    /// Drops the operator sets that only functions had.
    fn forget_domains(&mut self, functions: &[FunctionProto]) {
        let mut used = std::collections::HashSet::new();
        let mut protos: Vec<_> = self.nodes.iter().map(Node::to_proto).collect();
        while let Some(node) = protos.pop() {
            for graph in node.attribute.into_iter().flat_map(|a| a.g.into_iter().chain(a.graphs)) {
                protos.extend(graph.node);
            }
            used.insert(node.domain);
        }
        let only_functions = |domain: &String| functions.iter().any(|f| f.domain == *domain);
        self.opsets.retain(|domain, _| domain.is_empty() || used.contains(domain) || !only_functions(domain));
    }
}

fn standard_opset(function: &FunctionProto) -> Option<i64> {
    function.opset_import.iter().find(|o| is_standard(&o.domain)).map(|o| o.version)
}

impl Inliner<'_> {
    fn expand(&mut self, graph: &mut Graph, mut node: Node, into: &mut Vec<Node>) -> Result<(), GraphError> {
        for inner in node.attributes.iter_mut().flat_map(|a| a.g.iter_mut().chain(&mut a.graphs)) {
            self.expand_inside(graph, inner)?;
        }
        let key = (node.domain.clone(), node.operator.clone(), node.overload.clone());
        let Some(&function) = self.functions.get(&key) else {
            into.push(node);
            return Ok(());
        };
        if self.calls.contains(&key) || self.calls.len() >= MAX_DEPTH {
            let reason =
                if self.calls.contains(&key) { "calls itself" } else { "is called too deep inside others" };
            return Err(node.error(format!("the function {reason}")));
        }
        if node.inputs.len() > function.input.len() || node.outputs.len() > function.output.len() {
            return Err(node.error(format!(
                "has {} inputs and {} outputs, and the function {} and {}",
                node.inputs.len(),
                node.outputs.len(),
                function.input.len(),
                function.output.len()
            )));
        }
        self.added = self.added.saturating_add(function.node.len());
        if self.added > MAX_ADDED {
            return Err(node.error(format!("functions come to more than {MAX_ADDED} nodes")));
        }
        let mut body = Body::of_function(function, &node)?;
        let own = standard_opset(function).unwrap_or(graph.opset());
        if own != graph.opset() {
            body.upgrade(own, graph.opset())?;
        }
        let place = if node.name.is_empty() { node.output(0).unwrap_or(&node.operator) } else { &node.name };
        let prefix = format!("{place}/");
        graph.hoist(&mut body, &prefix);
        let (nodes, _) = graph.copy_body(&body, &node.inputs, &node.outputs, &prefix);
        self.calls.push(key);
        for node in nodes {
            self.expand(graph, node, into)?;
        }
        self.calls.pop();
        Ok(())
    }

    fn expand_inside(&mut self, graph: &mut Graph, inner: &mut GraphProto) -> Result<(), GraphError> {
        let mut expanded = Vec::with_capacity(inner.node.len());
        for node in &inner.node {
            self.expand(graph, Node::from_proto(node), &mut expanded)?;
        }
        inner.node = expanded.iter().map(Node::to_proto).collect();
        Ok(())
    }
}
