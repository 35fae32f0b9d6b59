//! Rewriting nodes of older operator sets into their form in a newer one, so that whoever reads a graph needs to know
//! one form of each operator. Changes are those of <https://onnx.ai/onnx/operators/>, from opset 7 on.

mod forms;

use std::collections::HashSet;

use super::{Body, Graph, GraphError, Node};
use crate::model::ValueInfo;
use crate::proto::GraphProto;
use crate::tensor::DataType;

impl Graph {
    /// The oldest opset whose forms are read.
    pub const OLDEST_OPSET: i64 = 7;
    /// The newest opset that ONNX Runtime 1.31 reads.
    pub const NEWEST_OPSET: i64 = 26;
    /// The oldest opset that graphs are brought to.
    pub(super) const OLDEST_TARGET: i64 = 18;

    /// Rewrites the graph to a newer opset of at least 18, graphs inside nodes as well; one that is newer already is left
    /// alone.
    pub fn upgrade(&mut self, opset: i64) -> Result<(), GraphError> {
        let own = self.opset();
        if own < Self::OLDEST_OPSET {
            return Err(GraphError::Unsupported(format!(
                "opset {own} is older than {}, the oldest that is read; convert the model with onnx.version_converter",
                Self::OLDEST_OPSET
            )));
        }
        if own.max(opset) > Self::NEWEST_OPSET {
            return Err(GraphError::Unsupported(format!(
                "opset {} is newer than {}, the newest that ONNX Runtime 1.31 reads; export the model with an older one",
                own.max(opset),
                Self::NEWEST_OPSET
            )));
        }
        if own < opset {
            self.upgrade_nodes(own, opset)?;
            self.opsets.insert(String::new(), opset);
        }
        Ok(())
    }

    fn upgrade_nodes(&mut self, own: i64, opset: i64) -> Result<(), GraphError> {
        for index in 0..self.nodes.len() {
            if self.nodes[index].graphs().next().is_some() {
                let mut attributes = std::mem::take(&mut self.nodes[index].attributes);
                for graph in attributes.iter_mut().flat_map(|a| a.g.iter_mut().chain(&mut a.graphs)) {
                    self.upgrade_inside(graph, own, opset)?;
                }
                self.nodes[index].attributes = attributes;
            }
            let node = &self.nodes[index];
            let changed = |form: &&forms::Form| node.is(form.0) && own < form.1 && form.1 <= opset;
            if let Some((_, _, upgrade)) = forms::FORMS.iter().find(changed) {
                upgrade(self, index, own)?;
            }
        }
        Ok(())
    }

    /// Names and constants are shared with the graph around, so that new ones collide with nothing.
    fn upgrade_inside(&mut self, proto: &mut GraphProto, own: i64, opset: i64) -> Result<(), GraphError> {
        let mut inner = Self::new("", own);
        inner.nodes = proto.node.iter().map(Node::from_proto).collect();
        std::mem::swap(&mut inner.names, &mut self.names);
        std::mem::swap(&mut inner.constants, &mut self.constants);
        std::mem::swap(&mut inner.next, &mut self.next);
        let upgraded = inner.upgrade_nodes(own, opset).and_then(|()| inner.sort_open());
        std::mem::swap(&mut inner.names, &mut self.names);
        std::mem::swap(&mut inner.constants, &mut self.constants);
        std::mem::swap(&mut inner.next, &mut self.next);
        proto.node = inner.nodes.iter().map(Node::to_proto).collect();
        upgraded
    }

    /// Sorts nodes of which some read values from outside.
    fn sort_open(&mut self) -> Result<(), GraphError> {
        let made: HashSet<&String> = self.nodes.iter().flat_map(|n| &n.outputs).collect();
        let reads: HashSet<String> = self.nodes.iter().flat_map(Node::reads).collect();
        let outside = reads.into_iter().filter(|value| !made.contains(value));
        self.inputs =
            outside.map(|name| ValueInfo { name, data_type: DataType::Float, dims: None }).collect();
        self.sort()
    }
}

impl Body {
    /// Rewrites a body of an older opset.
    pub(super) fn upgrade(&mut self, own: i64, opset: i64) -> Result<(), GraphError> {
        let mut graph = Graph::new("", own);
        graph.names.extend(self.inputs.iter().chain(&self.outputs).chain(self.constants.keys()).cloned());
        for node in std::mem::take(&mut self.nodes) {
            graph.names.extend(node.outputs.iter().cloned());
            node.graphs().for_each(|inner| graph.reserve_inside(inner));
            graph.nodes.push(node);
        }
        graph.constants = std::mem::take(&mut self.constants);
        graph.upgrade(opset)?;
        graph.sort_open()?;
        self.nodes = graph.nodes;
        self.constants = graph.constants;
        Ok(())
    }
}
