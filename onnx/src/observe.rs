//! What every value of a graph is when it runs: type, shape as a function of the batch, and the numbers of those that
//! do not depend on the data. Learned by running the graph, so no shape inference has to agree with ONNX Runtime's.

mod inputs;
mod run;
mod statics;

pub use run::observe;
pub(crate) use run::observe_values;
pub(crate) use statics::Statics;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use crate::graph::GraphError;
use crate::session::SessionError;
use crate::tensor::{DataType, Tensor};

/// A size that grows with the batch: `per_batch * batch + fixed`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Size {
    /// How much each example adds.
    pub per_batch: i64,
    /// What is there whatever the batch.
    pub fixed: i64,
}

impl Size {
    /// A size that does not depend on the batch.
    pub fn fixed(fixed: usize) -> Self {
        Self { per_batch: 0, fixed: fixed as i64 }
    }

    /// The size where it does not depend on the batch.
    pub fn as_fixed(self) -> Option<usize> {
        if self.per_batch == 0 { usize::try_from(self.fixed).ok() } else { None }
    }

    /// Whether this is 1 at any batch.
    pub fn is_one(self) -> bool {
        self == Self::fixed(1)
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.per_batch, self.fixed) {
            (0, fixed) => write!(f, "{fixed}"),
            (1, 0) => f.write_str("batch"),
            (a, 0) => write!(f, "{a}*batch"),
            (a, b) => write!(f, "{a}*batch{b:+}"),
        }
    }
}

/// What was seen of one value.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Element type.
    pub data_type: DataType,
    /// Shape.
    pub dims: Vec<Size>,
    /// What its elements are, where that does not depend on the data given to the model.
    pub known: Known,
}

/// What is known of a value's elements without knowing the model's inputs.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// Nothing: they depend on the data.
    Nothing,
    /// All of them.
    Constant(Tensor),
    /// Integers that grow with the batch, such as a shape.
    Sizes(Vec<Size>),
}

impl Observation {
    /// Of a constant.
    pub fn constant(tensor: &Tensor) -> Self {
        Self {
            data_type: tensor.data_type(),
            dims: tensor.shape().iter().map(|&d| Size::fixed(d)).collect(),
            known: Known::Constant(tensor.clone()),
        }
    }

    /// The shape where no dimension depends on the batch.
    pub fn fixed_dims(&self) -> Option<Vec<usize>> {
        self.dims.iter().map(|d| d.as_fixed()).collect()
    }
}

/// All values of a graph by name.
pub type Observed = HashMap<String, Observation>;

/// What to assume of the inputs.
#[derive(Clone, Debug, Default)]
pub struct ObserveOptions {
    /// Shapes of inputs whose declarations leave dimensions open; `None` is the batch.
    pub shapes: BTreeMap<String, Vec<Option<usize>>>,
}

/// Why a graph could not be observed.
#[derive(Debug, thiserror::Error)]
pub enum ObserveError {
    /// A dimension other than the batch is not known.
    #[error(
        "input `{input}` has shape {shape}: {reason}; give it, for example as `--shape {input}={example}`"
    )]
    UnknownDimension {
        /// Name of the input.
        input: String,
        /// Its declared shape.
        shape: String,
        /// Which dimension is not known.
        reason: String,
        /// How the flag could look.
        example: String,
    },
    /// A shape was given that does not fit the declaration, or for an input that is not there.
    #[error("shape given for input `{input}`: {reason}")]
    Shape {
        /// Name of the input.
        input: String,
        /// What does not fit.
        reason: String,
    },
    /// An input cannot be filled with numbers.
    #[error("input `{input}` has elements of type {data_type}, expected numbers")]
    InputType {
        /// Name of the input.
        input: String,
        /// Its type.
        data_type: DataType,
    },
    /// The inputs would be larger than any model's are.
    #[error("input `{input}` of shape {shape:?} has more than {limit} elements")]
    TooLarge {
        /// Name of the input.
        input: String,
        /// Its shape at the batch tried.
        shape: Vec<usize>,
        /// Elements allowed.
        limit: usize,
    },
    /// A value changes its number of dimensions with the batch.
    #[error("value `{value}` has {two} dimensions at batch 2 and {three} at batch 3")]
    Rank {
        /// Name of the value.
        value: String,
        /// Dimensions at batch 2.
        two: usize,
        /// Dimensions at batch 3.
        three: usize,
    },
    /// The graph is not one that can be run.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// ONNX Runtime cannot run it.
    #[error(transparent)]
    Session(#[from] SessionError),
}
