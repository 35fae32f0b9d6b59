//! Reverse-mode differentiation of ONNX graphs into ONNX graphs of standard operators.
//! Rules say what one operator's gradient is; the walk orders, accumulates, prunes and un-broadcasts.
//! docs/gradient.md says what is promised.

mod activity;
mod context;
mod half;
mod linear_index;
mod linear_norm;
mod lower;
mod lowered;
mod page;
mod pooled_relu;
mod prepare;
mod registry;
mod rules;
mod simplify;
mod small_convolution;
mod target;
mod walk;

pub use half::Half;
pub use page::page;
pub use registry::{Operator, operators};
pub use target::Target;
pub use walk::{differentiate, differentiate_graph};

use std::collections::BTreeMap;
use std::fmt;

use crate::graph::GraphError;
use crate::observe::ObserveError;

/// What to differentiate, and what to assume.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Shapes of inputs whose declarations leave dimensions open; `None` is the batch.
    pub shapes: BTreeMap<String, Vec<Option<usize>>>,
    /// What is done with models of float16 and bfloat16.
    pub half: Half,
    /// Where the gradient is to run fast.
    pub target: Target,
}

/// A node that keeps a model from being differentiated.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Obstacle {
    /// The operator, with its domain where that is not the standard's.
    pub operator: String,
    /// Name of the node; may be empty.
    pub node: String,
    /// Name of its first output.
    pub output: String,
    /// What is not supported.
    pub reason: String,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.operator)?;
        if !self.node.is_empty() {
            write!(f, " `{}`", self.node)?;
        }
        write!(f, " (output `{}`): {}", self.output, self.reason)
    }
}

/// Why a model has no gradient.
#[derive(Debug, thiserror::Error)]
pub enum GradientError {
    /// Nodes between inputs and outputs that cannot be differentiated: all of them.
    #[error("{} in the way of the gradient: {}", count(.0.len()), list(.0))]
    Obstacles(Vec<Obstacle>),
    /// No floating-point output depends on a floating-point input.
    #[error("no floating-point output depends on a floating-point input")]
    Nothing,
    /// A name that the gradient model gives is an input or output of the model already.
    #[error("the model has an input or output `{0}` already, which is what its gradient would be called")]
    Name(String),
    /// The graph is malformed.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The graph could not be run to learn its shapes.
    #[error(transparent)]
    Observe(#[from] ObserveError),
}

fn count(nodes: usize) -> String {
    if nodes == 1 { "1 node stands".into() } else { format!("{nodes} nodes stand") }
}

fn list(obstacles: &[Obstacle]) -> String {
    obstacles.iter().map(Obstacle::to_string).collect::<Vec<_>>().join("; ")
}
