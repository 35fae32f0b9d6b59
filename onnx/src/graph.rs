//! An editable ONNX graph: nodes, typed constants, and names that never collide. Exporter, gradient and dissection
//! build with it. Knows structure; what operators compute is for those who run or differentiate them.

mod attribute;
mod batch_norm;
mod body;
mod build;
mod convert;
mod functions;
mod merge;
mod node;
mod order;
mod prune;
mod upgrade;

pub use attribute::{AttributeValue, attr};
pub use node::Node;

pub(crate) use body::{Body, MAX_ADDED};

use std::collections::{BTreeMap, HashSet};

use crate::model::ValueInfo;
use crate::tensor::{Tensor, TensorError};

/// A graph and what a model says about it. Every value has one name; a node's empty input or output is one left out.
#[derive(Clone, Debug)]
pub struct Graph {
    /// Name of the graph.
    pub name: String,
    /// What must be given, in order.
    pub inputs: Vec<ValueInfo>,
    /// What is computed for the outside, in order.
    pub outputs: Vec<ValueInfo>,
    /// Operators; those read from a model stand in the file's order, new ones in the order they were added.
    pub nodes: Vec<Node>,
    /// Initializers and the outputs of `Constant` nodes, by name.
    pub constants: BTreeMap<String, Tensor>,
    /// Operator sets by domain; the standard domain is "".
    pub opsets: BTreeMap<String, i64>,
    /// The model's `metadata_props`.
    pub metadata: BTreeMap<String, String>,
    names: HashSet<String>,
    next: usize,
}

/// What can be wrong with a graph.
#[derive(Debug, thiserror::Error)]
pub enum GraphError {
    /// An attribute is missing or of another type.
    #[error("{node}: attribute `{attribute}` {reason}")]
    Attribute {
        /// The node, described.
        node: String,
        /// Name of the attribute.
        attribute: String,
        /// What was expected and found.
        reason: String,
    },
    /// A node has too few inputs or outputs.
    #[error("{node}: {reason}")]
    Node {
        /// The node, described.
        node: String,
        /// What is wrong.
        reason: String,
    },
    /// Nodes that need each other's results.
    #[error("the graph has a cycle through {nodes}")]
    Cycle {
        /// Some nodes of the cycle, described.
        nodes: String,
    },
    /// A value that nothing computes.
    #[error("{user} needs value `{value}`, which nothing gives")]
    Undefined {
        /// Who needs it, described.
        user: String,
        /// Name of the value.
        value: String,
    },
    /// Two nodes (or a node and an input) of one name for their results.
    #[error("value `{value}` is computed more than once")]
    Duplicate {
        /// Name of the value.
        value: String,
    },
    /// A constant that cannot be read.
    #[error("tensor `{tensor}`")]
    Tensor {
        /// Name of the constant.
        tensor: String,
        /// What is wrong with it.
        source: TensorError,
    },
    /// An input or output declaration that is no tensor's.
    #[error("{0}")]
    Declaration(String),
    /// Graphs of different operator sets cannot be joined.
    #[error("opset {other} of domain `{domain}` cannot be joined to opset {own}")]
    Opset {
        /// Operator domain.
        domain: String,
        /// Version here.
        own: i64,
        /// Version of the graph to be joined.
        other: i64,
    },
    /// Something ONNX allows and this library does not handle.
    #[error("{0}")]
    Unsupported(String),
}

impl Graph {
    /// An empty graph of an opset of the standard domain.
    pub fn new(name: impl Into<String>, opset: i64) -> Self {
        Self {
            name: name.into(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            nodes: Vec::new(),
            constants: BTreeMap::new(),
            opsets: BTreeMap::from([(String::new(), opset)]),
            metadata: BTreeMap::new(),
            names: HashSet::new(),
            next: 0,
        }
    }

    /// Version of the standard operators.
    pub fn opset(&self) -> i64 {
        self.opsets.get("").copied().expect("every graph has a standard opset")
    }

    /// A name that no value has: `stem`, or `stem` with a number behind it.
    pub fn fresh(&mut self, stem: &str) -> String {
        if self.names.insert(stem.to_owned()) {
            return stem.to_owned();
        }
        loop {
            self.next += 1;
            let name = format!("{stem}_{}", self.next);
            if self.names.insert(name.clone()) {
                return name;
            }
        }
    }

    /// Keeps a name from being given out by [`Graph::fresh`]; false where it is in use.
    pub fn reserve(&mut self, name: &str) -> bool {
        self.names.insert(name.to_owned())
    }

    /// The input of that name.
    pub fn input(&self, name: &str) -> Option<&ValueInfo> {
        self.inputs.iter().find(|i| i.name == name)
    }

    /// The output of that name.
    pub fn output(&self, name: &str) -> Option<&ValueInfo> {
        self.outputs.iter().find(|o| o.name == name)
    }

    /// Index of the node that computes a value.
    pub fn producer(&self, value: &str) -> Option<usize> {
        self.nodes.iter().position(|n| n.outputs.iter().any(|o| o == value))
    }

    /// Number of nodes that read each value, counting graph outputs and the graphs inside nodes.
    pub fn use_counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        let outputs = self.outputs.iter().map(|o| o.name.clone());
        for value in self.nodes.iter().flat_map(Node::reads).chain(outputs) {
            *counts.entry(value).or_default() += 1;
        }
        counts
    }
}
