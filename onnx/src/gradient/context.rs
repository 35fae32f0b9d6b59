//! What a rule sees and builds with: its node, the gradients of the node's outputs, and what is known of every value.

use super::target::Target;
use crate::graph::{Graph, GraphError, Node, attr};
use crate::observe::{Known, Observation, Observed, Size};
use crate::proto::AttributeProto;
use crate::tensor::{DataType, Tensor};

/// Why a rule does not apply to a node, to complete "Conv `c1` (output `y`): ...".
#[derive(Debug)]
pub(super) struct Refusal(pub(super) String);

impl From<GraphError> for Refusal {
    fn from(error: GraphError) -> Self {
        Self(error.to_string())
    }
}

impl From<String> for Refusal {
    fn from(reason: String) -> Self {
        Self(reason)
    }
}

impl From<&str> for Refusal {
    fn from(reason: &str) -> Self {
        Self(reason.to_owned())
    }
}

/// Gradients of a node's inputs, by position; a missing one is zero.
pub(super) type Gradients = Result<Vec<Option<String>>, Refusal>;

/// One node to be differentiated.
pub(super) struct Context<'a> {
    pub(super) graph: &'a mut Graph,
    pub(super) observed: &'a Observed,
    /// Where the node stands in the graph.
    pub(super) index: usize,
    /// The node.
    pub(super) node: Node,
    /// Gradients of its outputs; at least one is there.
    pub(super) output_gradients: Vec<Option<String>>,
    /// Which inputs need a gradient.
    pub(super) wanted: Vec<bool>,
    /// Whose fast forms are chosen.
    pub(super) target: Target,
}

impl Context<'_> {
    /// Name of an input that the operator always has.
    pub(super) fn input(&self, index: usize) -> Result<String, Refusal> {
        Ok(self.node.required_input(index)?.to_owned())
    }

    /// Name of the first output.
    pub(super) fn output(&self) -> Result<String, Refusal> {
        Ok(self.node.required_output(0)?.to_owned())
    }

    /// Gradient of the first output.
    pub(super) fn dy(&self) -> Result<String, Refusal> {
        (self.output_gradients.first().cloned().flatten())
            .ok_or_else(|| "a gradient with respect to another output than the first is not supported".into())
    }

    /// Whether an input needs a gradient.
    pub(super) fn wants(&self, index: usize) -> bool {
        self.wanted.get(index).copied().unwrap_or(false)
    }

    /// What is known of a value of the model.
    pub(super) fn seen(&self, value: &str) -> Result<&Observation, Refusal> {
        self.observed.get(value).ok_or_else(|| format!("nothing is known of value `{value}`").into())
    }

    /// Shape of a value of the model.
    pub(super) fn dims(&self, value: &str) -> Result<Vec<Size>, Refusal> {
        Ok(self.seen(value)?.dims.clone())
    }

    /// Sizes of dimensions that must not depend on the batch.
    pub(super) fn fixed(&self, dims: &[Size]) -> Result<Vec<usize>, Refusal> {
        let fixed = dims.iter().map(|d| d.as_fixed()).collect::<Option<Vec<_>>>();
        fixed.ok_or_else(|| format!("dimensions {} must not depend on the batch", show(dims)).into())
    }

    /// The element type that gradients of this node have: its first output's.
    pub(super) fn data_type(&self) -> Result<DataType, Refusal> {
        // A recurrence may give its last state alone.
        let given = self.node.outputs.iter().find(|output| !output.is_empty());
        Ok(self.seen(given.map_or_else(|| self.node.required_output(0), |y| Ok(y.as_str()))?)?.data_type)
    }

    /// The elements of an input that must be known beforehand.
    pub(super) fn constant(&self, index: usize) -> Result<Tensor, Refusal> {
        let input = self.node.required_input(index)?;
        match &self.seen(input)?.known {
            Known::Constant(tensor) => Ok(tensor.clone()),
            _ => Err(format!("input {index} (`{input}`) must be constant").into()),
        }
    }

    /// The integers of an input that must be known beforehand.
    pub(super) fn constant_ints(&self, index: usize) -> Result<Vec<i64>, Refusal> {
        self.constant(index)?.to_ints().map_err(|e| format!("input {index}: {e}").into())
    }

    /// The integers of an input that may be left out.
    pub(super) fn optional_ints(&self, index: usize) -> Result<Option<Vec<i64>>, Refusal> {
        if self.node.input(index).is_some() { self.constant_ints(index).map(Some) } else { Ok(None) }
    }

    /// A number of this node's element type.
    pub(super) fn number(&mut self, value: f64) -> Result<String, Refusal> {
        let data_type = self.data_type()?;
        Ok(self.graph.number(data_type, value))
    }

    /// Adds an operator without attributes.
    pub(super) fn op<I: AsRef<str>>(
        &mut self,
        operator: &str,
        inputs: impl IntoIterator<Item = I>,
    ) -> String {
        self.graph.node(operator, inputs, [])
    }

    /// Adds an operator.
    pub(super) fn op_with<I: AsRef<str>>(
        &mut self,
        operator: &str,
        inputs: impl IntoIterator<Item = I>,
        attributes: impl IntoIterator<Item = AttributeProto>,
    ) -> String {
        self.graph.node(operator, inputs, attributes)
    }

    /// `a * b`
    pub(super) fn mul(&mut self, a: &str, b: &str) -> String {
        self.op("Mul", [a, b])
    }

    /// `a * b` with a number.
    pub(super) fn scale(&mut self, a: &str, factor: f64) -> Result<String, Refusal> {
        let factor = self.number(factor)?;
        Ok(self.op("Mul", [a, &factor]))
    }

    /// Sum over axes.
    pub(super) fn sum(&mut self, value: &str, axes: &[i64], keep_dims: KeepDims) -> String {
        let axes = self.graph.ints(axes);
        let keep = i64::from(matches!(keep_dims, KeepDims::Yes));
        self.op_with("ReduceSum", [value, &axes], [attr("keepdims", keep)])
    }

    /// Mean over axes, which stay as 1.
    pub(super) fn mean(&mut self, value: &str, axes: &[i64]) -> String {
        let axes = self.graph.ints(axes);
        self.op_with("ReduceMean", [value, &axes], [attr("keepdims", 1)])
    }

    /// Puts dimensions in another order.
    pub(super) fn transpose(&mut self, value: &str, perm: &[usize]) -> String {
        if perm.iter().enumerate().all(|(i, &p)| i == p) {
            return value.to_owned();
        }
        if let Some(tensor) = self.graph.constants.get(value) {
            let moved = tensor.transposed(perm);
            return self.graph.constant(&format!("{value}_transposed"), moved);
        }
        let perm: Vec<i64> = perm.iter().map(|&p| p as i64).collect();
        self.op_with("Transpose", [value], [attr("perm", perm)])
    }

    /// Reshapes to dimensions of which at most one depends on the batch.
    pub(super) fn reshape(&mut self, value: &str, dims: &[Size]) -> Result<String, Refusal> {
        let shape = shape_of(dims)
            .ok_or_else(|| format!("shape {} depends on the batch in more than one dimension", show(dims)))?;
        let shape = self.graph.ints(&shape);
        Ok(self.op("Reshape", [value, &shape]))
    }

    /// Reshapes to the shape of a value of the model.
    pub(super) fn reshape_like(&mut self, value: &str, like: &str) -> Result<String, Refusal> {
        let dims = self.dims(like)?;
        if shape_of(&dims).is_some() {
            return self.reshape(value, &dims);
        }
        let shape = self.op("Shape", [like]);
        Ok(self.op("Reshape", [value, &shape]))
    }

    /// Repeats a value of shape `dims`, in which dimensions of 1 stand for any size, to the shape of a value of the model.
    pub(super) fn expand_like(&mut self, value: &str, dims: &[Size], like: &str) -> Result<String, Refusal> {
        let target = self.dims(like)?;
        if dims == target {
            return Ok(value.to_owned());
        }
        let offset = target.len().saturating_sub(dims.len());
        // A dimension that is there already is asked for as 1, so that the batch need not be known.
        let wanted = |(i, size): (usize, &Size)| match i.checked_sub(offset).map(|i| dims[i]) {
            Some(own) if own == *size => Some(1),
            _ => size.as_fixed().map(|n| n as i64),
        };
        let shape = match target.iter().enumerate().map(wanted).collect::<Option<Vec<_>>>() {
            Some(shape) => self.graph.ints(&shape),
            None => self.op("Shape", [like]),
        };
        Ok(self.op("Expand", [value, &shape]))
    }

    /// Zeros of the shape and type of a value of the model.
    pub(super) fn zeros_like(&mut self, like: &str) -> Result<String, Refusal> {
        let observation = self.seen(like)?;
        let (data_type, dims) = (observation.data_type, observation.dims.clone());
        let zero = self.graph.number(data_type, 0.0);
        self.expand_like(&zero, &[], like).map(|zeros| if dims.is_empty() { zero } else { zeros })
    }

    /// A further output of the node itself.
    pub(super) fn extra_output(&mut self, index: usize) -> String {
        if let Some(name) = self.graph.nodes[self.index].output(index) {
            return name.to_owned();
        }
        let name = self.graph.fresh(&format!("{}_{index}", self.node.outputs[0]));
        let outputs = &mut self.graph.nodes[self.index].outputs;
        while outputs.len() <= index {
            outputs.push(String::new());
        }
        outputs[index].clone_from(&name);
        name
    }

    /// Adds up a gradient that has the shape `from` over the dimensions along which a value of shape `to` was repeated.
    pub(super) fn unbroadcast(&mut self, gradient: String, from: &[Size], to: &[Size]) -> String {
        let Some(lead) = from.len().checked_sub(to.len()) else { return gradient };
        let leading: Vec<i64> = (0..lead as i64).collect();
        let repeated = (0..to.len()).filter(|&i| to[i].is_one() && !from[lead + i].is_one());
        let inner: Vec<i64> = repeated.map(|i| i as i64).collect();
        let gradient =
            if leading.is_empty() { gradient } else { self.sum(&gradient, &leading, KeepDims::No) };
        if inner.is_empty() { gradient } else { self.sum(&gradient, &inner, KeepDims::Yes) }
    }
}

/// Whether a reduced dimension stays as 1.
#[derive(Clone, Copy)]
pub(super) enum KeepDims {
    Yes,
    No,
}

/// A shape for `Reshape`: the one dimension that depends on the batch is -1.
pub(super) fn shape_of(dims: &[Size]) -> Option<Vec<i64>> {
    if dims.iter().filter(|d| d.as_fixed().is_none()).count() > 1 {
        return None;
    }
    Some(dims.iter().map(|d| d.as_fixed().map_or(-1, |n| n as i64)).collect())
}

/// Axes counted from the front, each once and in order.
pub(super) fn normal_axes(axes: &[i64], rank: usize) -> Result<Vec<usize>, Refusal> {
    let mut normal = Vec::new();
    for &axis in axes {
        let from_front = if axis < 0 { axis + rank as i64 } else { axis };
        match usize::try_from(from_front) {
            Ok(axis) if axis < rank => normal.push(axis),
            _ => return Err(format!("axis {axis} is not one of {rank} dimensions").into()),
        }
    }
    normal.sort_unstable();
    normal.dedup();
    Ok(normal)
}

/// One axis counted from the front.
pub(super) fn normal_axis(axis: i64, rank: usize) -> Result<usize, Refusal> {
    normal_axes(&[axis], rank).map(|axes| axes[0])
}

/// Dimensions for messages.
pub(super) fn show(dims: &[Size]) -> String {
    format!("[{}]", dims.iter().map(Size::to_string).collect::<Vec<_>>().join(", "))
}
