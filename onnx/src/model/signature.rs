//! What goes into a model and what comes out of it.

use std::collections::HashSet;
use std::fmt;

use super::{Model, ModelError};
use crate::proto::{Dimension, TensorShapeProto, TypeProto, ValueInfoProto, dimension, type_proto};
use crate::tensor::DataType;

/// One dimension of a declared shape.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Dim {
    /// A number.
    Fixed(usize),
    /// A symbol that stands for the same number wherever it occurs, such as "batch".
    Symbol(String),
    /// Nothing is said.
    Unknown,
}

/// A named input or output tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueInfo {
    /// Name of the value.
    pub name: String,
    /// Element type.
    pub data_type: DataType,
    /// Declared dimensions; none where not even their number is said.
    pub dims: Option<Vec<Dim>>,
}

impl Model {
    /// What must be given to run the model: the graph's inputs that no initializer provides.
    pub fn inputs(&self) -> Result<Vec<ValueInfo>, ModelError> {
        let graph = self.graph();
        let given: HashSet<&str> = graph.initializer.iter().map(|t| t.name.as_str()).collect();
        (graph.input.iter().filter(|i| !given.contains(i.name.as_str())))
            .map(|info| ValueInfo::from_proto(info).map_err(|reason| malformed("input", info, &reason)))
            .collect()
    }

    /// What a run of the model gives.
    pub fn outputs(&self) -> Result<Vec<ValueInfo>, ModelError> {
        (self.graph().output.iter())
            .map(|info| ValueInfo::from_proto(info).map_err(|reason| malformed("output", info, &reason)))
            .collect()
    }
}

fn malformed(kind: &str, info: &ValueInfoProto, reason: &str) -> ModelError {
    ModelError::Malformed { model: "the model".into(), reason: format!("{kind} `{}` {reason}", info.name) }
}

impl ValueInfo {
    /// A value with all dimensions fixed but those given as symbols.
    pub fn new(name: impl Into<String>, data_type: DataType, dims: impl IntoIterator<Item = Dim>) -> Self {
        Self { name: name.into(), data_type, dims: Some(dims.into_iter().collect()) }
    }

    /// Reads a declaration; the error completes "input `x` ...".
    pub(crate) fn from_proto(proto: &ValueInfoProto) -> Result<Self, String> {
        let tensor = match proto.r#type.as_ref().and_then(|t| t.value.as_ref()) {
            Some(type_proto::Value::Tensor(tensor)) => tensor,
            Some(_) => return Err("is not a tensor".into()),
            None => return Err("has no type".into()),
        };
        let data_type = DataType::from_number(tensor.elem_type)
            .ok_or_else(|| format!("has elements of {}", DataType::describe(tensor.elem_type)))?;
        let dims = tensor.shape.as_ref().map(|shape| shape.dim.iter().map(Dim::from_proto).collect());
        Ok(Self { name: proto.name.clone(), data_type, dims })
    }

    /// As a declaration in a graph.
    pub fn to_proto(&self) -> ValueInfoProto {
        let shape =
            self.dims.as_ref().map(|dims| TensorShapeProto { dim: dims.iter().map(Dim::to_proto).collect() });
        let tensor = type_proto::Tensor { elem_type: self.data_type.number(), shape };
        let value = Some(type_proto::Value::Tensor(tensor));
        ValueInfoProto {
            name: self.name.clone(),
            r#type: Some(TypeProto { value, denotation: String::new() }),
            ..Default::default()
        }
    }
}

impl fmt::Display for ValueInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.data_type)?;
        match &self.dims {
            None => Ok(()),
            Some(dims) => {
                let dims: Vec<_> = dims.iter().map(Dim::to_string).collect();
                write!(f, " [{}]", dims.join(", "))
            }
        }
    }
}

impl Dim {
    fn from_proto(proto: &Dimension) -> Self {
        match &proto.value {
            Some(dimension::Value::DimValue(n)) => match usize::try_from(*n) {
                Ok(n) => Dim::Fixed(n),
                // Written by some exporters for "not known".
                Err(_) => Dim::Unknown,
            },
            Some(dimension::Value::DimParam(symbol)) if !symbol.is_empty() => Dim::Symbol(symbol.clone()),
            _ => Dim::Unknown,
        }
    }

    fn to_proto(&self) -> Dimension {
        let value = match self {
            Dim::Fixed(n) => Some(dimension::Value::DimValue(*n as i64)),
            Dim::Symbol(symbol) => Some(dimension::Value::DimParam(symbol.clone())),
            Dim::Unknown => None,
        };
        Dimension { value, denotation: String::new() }
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dim::Fixed(n) => write!(f, "{n}"),
            Dim::Symbol(symbol) => f.write_str(symbol),
            Dim::Unknown => f.write_str("?"),
        }
    }
}
