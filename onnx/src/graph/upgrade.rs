//! Rewriting nodes of older operator sets into their form in a newer one, so that whoever reads a graph needs to know
//! one form of each operator. Changes are those of <https://onnx.ai/onnx/operators/>, from opset 7 on.

use super::{Graph, GraphError, Node, attr};
use crate::proto::AttributeType;
use crate::tensor::{DataType, Tensor};

/// Rewrites the node at an index from the form it has in the given opset.
type Upgrade = fn(&mut Graph, usize, i64) -> Result<(), GraphError>;

/// Operators whose form changed between opset 7 and 18, and the opset that changed it last.
const UPGRADES: &[(&str, i64, Upgrade)] = &[
    ("Clip", 11, clip),
    ("Dropout", 12, dropout),
    ("Hardmax", 13, coerced_softmax),
    ("LogSoftmax", 13, coerced_softmax),
    ("Pad", 11, pad),
    ("ReduceL1", 18, axes_to_input),
    ("ReduceL2", 18, axes_to_input),
    ("ReduceLogSum", 18, axes_to_input),
    ("ReduceLogSumExp", 18, axes_to_input),
    ("ReduceMax", 18, axes_to_input),
    ("ReduceMean", 18, axes_to_input),
    ("ReduceMin", 18, axes_to_input),
    ("ReduceProd", 18, axes_to_input),
    ("ReduceSum", 13, axes_to_input),
    ("ReduceSumSquare", 18, axes_to_input),
    ("Resize", 11, resize),
    ("Scatter", 11, scatter),
    ("Slice", 10, slice),
    ("Softmax", 13, coerced_softmax),
    ("Split", 18, split),
    ("Squeeze", 13, axes_to_input),
    ("TopK", 10, top_k),
    ("Unsqueeze", 13, axes_to_input),
    ("Upsample", 10, resize),
];

impl Graph {
    /// The oldest opset whose forms are read.
    pub const OLDEST_OPSET: i64 = 7;

    /// Rewrites the graph to a newer opset of at least 18; one that is newer already is left alone.
    pub fn upgrade(&mut self, opset: i64) -> Result<(), GraphError> {
        let own = self.opset();
        if own < Self::OLDEST_OPSET {
            return Err(GraphError::Unsupported(format!(
                "opset {own} is older than {}, the oldest that is read",
                Self::OLDEST_OPSET
            )));
        }
        if own >= opset {
            return Ok(());
        }
        for index in 0..self.nodes.len() {
            let node = &self.nodes[index];
            let upgrade = UPGRADES.iter().find(|(operator, until, _)| node.is(operator) && own < *until);
            if let Some((_, _, upgrade)) = upgrade {
                upgrade(self, index, own)?;
            }
        }
        if own < 21 && opset >= 21 {
            let other = self.nodes.iter().find(|n| n.is("GroupNormalization"));
            if let Some(node) = other {
                return Err(node.error(format!("means something else in opset {opset} than in opset {own}")));
            }
        }
        self.opsets.insert(String::new(), opset);
        Ok(())
    }

    fn drop_attribute(&mut self, index: usize, name: &str) {
        self.nodes[index].attributes.retain(|a| a.name != name);
    }

    fn set_input(&mut self, index: usize, at: usize, value: String) {
        let inputs = &mut self.nodes[index].inputs;
        while inputs.len() <= at {
            inputs.push(String::new());
        }
        inputs[at] = value;
    }

    /// Turns an attribute of integers into an input.
    fn attribute_to_input(&mut self, index: usize, name: &str, at: usize) -> Result<(), GraphError> {
        if let Some(values) = self.nodes[index].ints(name)?.map(<[i64]>::to_vec) {
            let input = self.ints(&values);
            self.set_input(index, at, input);
            self.drop_attribute(index, name);
        }
        Ok(())
    }
}

fn axes_to_input(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    graph.attribute_to_input(index, "axes", 1)
}

/// Until opset 10 the bounds are attributes, and always float.
fn clip(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    for (at, name) in [(1, "min"), (2, "max")] {
        if graph.nodes[index].attribute(name).is_some() {
            let bound = graph.nodes[index].float(name, 0.0)?;
            let input = graph.scalar(bound);
            graph.set_input(index, at, input);
            graph.drop_attribute(index, name);
        }
    }
    Ok(())
}

/// A model to be run has its dropout off: <https://onnx.ai/onnx/operators/onnx__Dropout.html>
fn dropout(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    graph.drop_attribute(index, "ratio");
    Ok(())
}

/// Until opset 12 everything from `axis` on is one dimension, to be normalized as a whole.
fn coerced_softmax(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    let node = graph.nodes[index].clone();
    let axis = node.int("axis", 1)?;
    let x = node.required_input(0)?.to_owned();
    let flat = graph.node("Flatten", [&x], [attr("axis", axis)]);
    let result = graph.node(&node.operator, [&flat], [attr("axis", -1)]);
    let shape = graph.node("Shape", [&x], []);
    graph.nodes[index] = Node {
        operator: "Reshape".into(),
        inputs: vec![result, shape],
        attributes: vec![],
        outputs: node.outputs.clone(),
        ..node
    };
    Ok(())
}

fn pad(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    graph.attribute_to_input(index, "pads", 1)?;
    if graph.nodes[index].attribute("value").is_some() {
        let value = graph.nodes[index].float("value", 0.0)?;
        let input = graph.scalar(value);
        graph.set_input(index, 2, input);
        graph.drop_attribute(index, "value");
    }
    Ok(())
}

/// `Upsample`, and `Resize` of opset 10, scale coordinates without an offset and round them down.
fn resize(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    let node = &graph.nodes[index];
    let mode = node.string("mode", "nearest")?;
    let x = node.required_input(0)?.to_owned();
    let scales = match node.floats("scales")? {
        Some(scales) => {
            let tensor = Tensor::from_vec(&[scales.len()], scales);
            graph.constant("scales", tensor)
        }
        None => node.required_input(1)?.to_owned(),
    };
    let node = &mut graph.nodes[index];
    node.operator = "Resize".into();
    node.inputs = vec![x, String::new(), scales];
    node.attributes = vec![
        attr("mode", mode),
        attr("coordinate_transformation_mode", "asymmetric"),
        attr("nearest_mode", "floor"),
    ];
    Ok(())
}

fn scatter(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    graph.nodes[index].operator = "ScatterElements".into();
    Ok(())
}

fn slice(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    graph.attribute_to_input(index, "starts", 1)?;
    graph.attribute_to_input(index, "ends", 2)?;
    graph.attribute_to_input(index, "axes", 3)
}

/// Lengths became an input in opset 13; without them opset 18 wants to be told the number of parts.
fn split(graph: &mut Graph, index: usize, own: i64) -> Result<(), GraphError> {
    if own < 13 {
        graph.attribute_to_input(index, "split", 1)?;
    }
    let node = &mut graph.nodes[index];
    if node.input(1).is_none() {
        let parts = node.outputs.len();
        node.attributes.push(attr("num_outputs", parts));
    }
    Ok(())
}

fn top_k(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    let node = &graph.nodes[index];
    let k = node.attribute("k").filter(|a| a.r#type() == AttributeType::Int).map(|a| a.i);
    let k = k.ok_or_else(|| node.attribute_error("k", "is missing"))?;
    let input =
        graph.constant("k", Tensor::from_f64s(DataType::Int64, &[1], &[k as f64]).expect("an integer"));
    graph.set_input(index, 1, input);
    graph.drop_attribute(index, "k");
    Ok(())
}
