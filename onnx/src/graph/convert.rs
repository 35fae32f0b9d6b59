//! Between a model's message and the editable graph.

use std::collections::BTreeMap;

use super::{Graph, GraphError, Node};
use crate::model::{Model, ValueInfo, is_standard};
use crate::proto::{GraphProto, OperatorSetIdProto};
use crate::tensor::Tensor;

impl Graph {
    /// Reads a model. `Constant` nodes become constants, calls of model-local functions the functions' nodes; declared
    /// types of inner values are dropped.
    pub fn from_model(model: &Model) -> Result<Self, GraphError> {
        let proto = model.graph();
        let mut graph = Self::new(proto.name.clone(), model.opset());
        for opset in &model.proto().opset_import {
            let domain = if is_standard(&opset.domain) { "" } else { opset.domain.as_str() };
            graph.opsets.entry(domain.into()).or_insert(opset.version);
        }
        graph.metadata = model.all_metadata().map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        if let Some(sparse) = proto.sparse_initializer.first() {
            let name = sparse.values.as_ref().map_or("", |v| v.name.as_str());
            return Err(GraphError::Unsupported(format!("sparse initializer `{name}` is not supported")));
        }
        for tensor in &proto.initializer {
            let value = Tensor::from_proto(tensor)
                .map_err(|source| GraphError::Tensor { tensor: tensor.name.clone(), source })?;
            graph.define(&tensor.name)?;
            graph.constants.insert(tensor.name.clone(), value);
        }
        let declared = |e: crate::model::ModelError| GraphError::Declaration(e.to_string());
        for input in model.inputs().map_err(declared)? {
            graph.define(&input.name)?;
            graph.inputs.push(input);
        }
        for node in &proto.node {
            graph.read_node(Node::from_proto(node))?;
        }
        graph.outputs = outputs(proto)?;
        graph.inline_functions(&model.proto().functions)?;
        graph.check_order()?;
        Ok(graph)
    }

    fn define(&mut self, value: &str) -> Result<(), GraphError> {
        if self.reserve(value) { Ok(()) } else { Err(GraphError::Duplicate { value: value.into() }) }
    }

    fn read_node(&mut self, node: Node) -> Result<(), GraphError> {
        for output in node.outputs.iter().filter(|o| !o.is_empty()) {
            self.define(output)?;
        }
        for graph in node.graphs() {
            self.reserve_inside(graph);
        }
        // ONNX Runtime wants nodes' names to differ too, and new nodes are named after their first output.
        self.reserve(&node.name);
        match (node.is("Constant"), node.output(0)) {
            (true, Some(output)) => {
                let value = constant(&node)?;
                self.constants.insert(output.to_owned(), value);
            }
            _ => self.nodes.push(node),
        }
        Ok(())
    }

    /// Names inside a node's graphs shadow nothing, so new names must keep clear of them as well.
    pub(super) fn reserve_inside(&mut self, graph: &GraphProto) {
        let inputs = graph.input.iter().map(|i| &i.name);
        let outputs = graph.node.iter().flat_map(|n| &n.output);
        let names = inputs.chain(graph.initializer.iter().map(|t| &t.name)).chain(outputs);
        self.names.extend(names.filter(|n| !n.is_empty()).cloned());
        for inner in graph.node.iter().flat_map(|n| &n.attribute).flat_map(|a| a.g.iter().chain(&a.graphs)) {
            self.reserve_inside(inner);
        }
    }

    /// The graph as a model, its nodes in an order that can be run.
    pub fn to_model(&self) -> Result<Model, GraphError> {
        let order = self.order()?;
        let graph = GraphProto {
            name: self.name.clone(),
            node: order.into_iter().map(|i| self.nodes[i].to_proto()).collect(),
            initializer: self.constants.iter().map(|(name, tensor)| tensor.to_proto(name)).collect(),
            input: self.inputs.iter().map(ValueInfo::to_proto).collect(),
            output: self.outputs.iter().map(ValueInfo::to_proto).collect(),
            ..Default::default()
        };
        let domains: BTreeMap<_, _> = self.opsets.iter().filter(|(d, _)| !d.is_empty()).collect();
        let mut model = Model::new(graph, self.opset());
        let others = domains
            .into_iter()
            .map(|(domain, &version)| OperatorSetIdProto { domain: domain.clone(), version });
        model.extend(others.collect());
        for (key, value) in &self.metadata {
            model.set_metadata(key, value);
        }
        Ok(model)
    }
}

fn outputs(proto: &GraphProto) -> Result<Vec<ValueInfo>, GraphError> {
    (proto.output.iter())
        .map(|info| {
            ValueInfo::from_proto(info)
                .map_err(|reason| GraphError::Declaration(format!("output `{}` {reason}", info.name)))
        })
        .collect()
}

/// The value of a `Constant` node: <https://onnx.ai/onnx/operators/onnx__Constant.html>
pub(super) fn constant(node: &Node) -> Result<Tensor, GraphError> {
    if let Some(tensor) = node.tensor("value")? {
        return Ok(tensor);
    }
    let Some(attribute) = node.attributes.iter().find(|a| a.name.starts_with("value_")) else {
        return Err(node.error("has no value; sparse constants are not supported"));
    };
    Ok(match attribute.name.as_str() {
        "value_float" => Tensor::scalar(attribute.f),
        "value_int" => Tensor::scalar(attribute.i),
        "value_floats" => Tensor::from_vec(&[attribute.floats.len()], &attribute.floats),
        "value_ints" => Tensor::ints(&attribute.ints),
        other => return Err(node.attribute_error(other, "is not supported")),
    })
}
