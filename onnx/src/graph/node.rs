//! One operator of a graph: its inputs and outputs, and attributes read as the type they must have.

use std::collections::HashSet;
use std::fmt;

use super::GraphError;
use crate::model::is_standard;
use crate::proto::{AttributeProto, AttributeType, GraphProto, NodeProto};
use crate::tensor::Tensor;

/// An operator and the names of the values it reads and gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Name of the node; may be empty.
    pub name: String,
    /// `op_type`, such as "Conv".
    pub operator: String,
    /// Operator domain; "" is the standard's.
    pub domain: String,
    /// Which overload of a model-local function is meant.
    pub overload: String,
    /// Values read; empty where an optional input is left out.
    pub inputs: Vec<String>,
    /// Values given; empty where an optional output is left out.
    pub outputs: Vec<String>,
    /// Attributes as the file has them.
    pub attributes: Vec<AttributeProto>,
}

impl Node {
    pub(crate) fn from_proto(proto: &NodeProto) -> Self {
        Self {
            name: proto.name.clone(),
            operator: proto.op_type.clone(),
            domain: if is_standard(&proto.domain) { String::new() } else { proto.domain.clone() },
            overload: proto.overload.clone(),
            inputs: proto.input.clone(),
            outputs: proto.output.clone(),
            attributes: proto.attribute.clone(),
        }
    }

    pub(crate) fn to_proto(&self) -> NodeProto {
        NodeProto {
            name: self.name.clone(),
            op_type: self.operator.clone(),
            domain: self.domain.clone(),
            overload: self.overload.clone(),
            input: self.inputs.clone(),
            output: self.outputs.clone(),
            attribute: self.attributes.clone(),
            ..Default::default()
        }
    }

    /// A standard operator without name and attributes, for a value that the caller has named.
    pub(crate) fn plain<I: Into<String>>(
        operator: &str,
        inputs: impl IntoIterator<Item = I>,
        output: String,
    ) -> Self {
        Self {
            name: output.clone(),
            operator: operator.into(),
            domain: String::new(),
            overload: String::new(),
            inputs: inputs.into_iter().map(Into::into).collect(),
            outputs: vec![output],
            attributes: Vec::new(),
        }
    }

    /// Whether this is that standard operator.
    pub fn is(&self, operator: &str) -> bool {
        self.domain.is_empty() && self.operator == operator
    }

    /// An input that is not left out.
    pub fn input(&self, index: usize) -> Option<&str> {
        self.inputs.get(index).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// An output that is not left out.
    pub fn output(&self, index: usize) -> Option<&str> {
        self.outputs.get(index).map(String::as_str).filter(|name| !name.is_empty())
    }

    /// An input the operator cannot do without.
    pub fn required_input(&self, index: usize) -> Result<&str, GraphError> {
        self.input(index).ok_or_else(|| self.error(format!("input {index} is missing")))
    }

    /// An output the operator cannot do without.
    pub fn required_output(&self, index: usize) -> Result<&str, GraphError> {
        self.output(index).ok_or_else(|| self.error(format!("output {index} is missing")))
    }

    /// An error about this node.
    pub fn error(&self, reason: impl Into<String>) -> GraphError {
        GraphError::Node { node: self.to_string(), reason: reason.into() }
    }

    /// The attribute of that name, whatever its type.
    pub fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.attributes.iter().find(|a| a.name == name)
    }

    fn typed(&self, name: &str, expected: AttributeType) -> Result<Option<&AttributeProto>, GraphError> {
        let Some(attribute) = self.attribute(name) else { return Ok(None) };
        // Files from before the type was written leave it undefined.
        if attribute.r#type() == expected || attribute.r#type() == AttributeType::Undefined {
            return Ok(Some(attribute));
        }
        Err(self.attribute_error(name, format!("is {:?}, expected {expected:?}", attribute.r#type())))
    }

    /// An error about an attribute of this node.
    pub fn attribute_error(&self, attribute: &str, reason: impl Into<String>) -> GraphError {
        GraphError::Attribute { node: self.to_string(), attribute: attribute.into(), reason: reason.into() }
    }

    /// An integer, or the operator's default.
    pub fn int(&self, name: &str, default: i64) -> Result<i64, GraphError> {
        Ok(self.typed(name, AttributeType::Int)?.map_or(default, |a| a.i))
    }

    /// A yes or no written as an integer, or the operator's default.
    pub fn flag(&self, name: &str, default: bool) -> Result<bool, GraphError> {
        Ok(self.int(name, i64::from(default))? != 0)
    }

    /// A number, or the operator's default.
    pub fn float(&self, name: &str, default: f32) -> Result<f32, GraphError> {
        Ok(self.typed(name, AttributeType::Float)?.map_or(default, |a| a.f))
    }

    /// A text, or the operator's default.
    pub fn string(&self, name: &str, default: &str) -> Result<String, GraphError> {
        match self.typed(name, AttributeType::String)? {
            None => Ok(default.into()),
            Some(a) => String::from_utf8(a.s.clone()).map_err(|_| self.attribute_error(name, "is not UTF-8")),
        }
    }

    /// Integers, where the attribute is given.
    pub fn ints(&self, name: &str) -> Result<Option<&[i64]>, GraphError> {
        Ok(self.typed(name, AttributeType::Ints)?.map(|a| a.ints.as_slice()))
    }

    /// Integers the operator cannot do without.
    pub fn required_ints(&self, name: &str) -> Result<&[i64], GraphError> {
        self.ints(name)?.ok_or_else(|| self.attribute_error(name, "is missing"))
    }

    /// Numbers, where the attribute is given.
    pub fn floats(&self, name: &str) -> Result<Option<&[f32]>, GraphError> {
        Ok(self.typed(name, AttributeType::Floats)?.map(|a| a.floats.as_slice()))
    }

    /// A tensor, where the attribute is given.
    pub fn tensor(&self, name: &str) -> Result<Option<Tensor>, GraphError> {
        match self.typed(name, AttributeType::Tensor)?.and_then(|a| a.t.as_ref()) {
            None => Ok(None),
            Some(proto) => Tensor::from_proto(proto)
                .map(Some)
                .map_err(|source| GraphError::Tensor { tensor: format!("{name} of {self}"), source }),
        }
    }

    /// Graphs inside the node, such as the branches of an `If`.
    pub fn graphs(&self) -> impl Iterator<Item = &GraphProto> {
        self.attributes.iter().flat_map(|a| a.g.iter().chain(&a.graphs))
    }

    /// All values the node reads, including those that graphs inside it take from outside.
    pub fn reads(&self) -> Vec<String> {
        let mut reads: Vec<String> = self.inputs.iter().filter(|i| !i.is_empty()).cloned().collect();
        for graph in self.graphs() {
            free_values(graph, &mut reads);
        }
        reads
    }
}

/// Values that a graph inside a node uses and does not define itself.
fn free_values(graph: &GraphProto, free: &mut Vec<String>) {
    let mut own: HashSet<&str> = graph.input.iter().map(|i| i.name.as_str()).collect();
    own.extend(graph.initializer.iter().map(|t| t.name.as_str()));
    own.extend(graph.node.iter().flat_map(|n| n.output.iter().map(String::as_str)));
    let mut used = Vec::new();
    for node in &graph.node {
        used.extend(node.input.iter().filter(|i| !i.is_empty()).cloned());
        for inner in node.attribute.iter().flat_map(|a| a.g.iter().chain(&a.graphs)) {
            free_values(inner, &mut used);
        }
    }
    used.extend(graph.output.iter().map(|o| o.name.clone()));
    free.extend(used.into_iter().filter(|name| !own.contains(name.as_str())));
}

/// Operator, name and first output: enough to find the node in any viewer.
impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.domain.is_empty() {
            write!(f, "{}::", self.domain)?;
        }
        write!(f, "{}", self.operator)?;
        if !self.name.is_empty() {
            write!(f, " `{}`", self.name)?;
        }
        match self.outputs.iter().find(|o| !o.is_empty()) {
            Some(output) => write!(f, " (output `{output}`)"),
            None => Ok(()),
        }
    }
}
