//! Each operator's change of form.

use super::super::{Graph, GraphError, Node, attr};
use crate::proto::AttributeType;
use crate::tensor::{DataType, Tensor};

/// An operator, the opset that changed its form last, and what rewrites the node at an index from the form it has in an
/// older opset.
pub(super) type Form = (&'static str, i64, fn(&mut Graph, usize, i64) -> Result<(), GraphError>);

/// Operators whose form changed between opset 7 and 26 so that older nodes mean something else, or nothing.
pub(super) const FORMS: &[Form] = &[
    ("BatchNormalization", 14, batch_normalization),
    ("Clip", 11, clip),
    ("DFT", 20, dft),
    ("Dropout", 12, dropout),
    ("GridSample", 20, grid_sample),
    ("GroupNormalization", 21, group_normalization),
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
    ("Resize", 13, resize),
    ("Scan", 9, scan),
    ("Scatter", 11, scatter),
    ("Slice", 10, slice),
    ("Softmax", 13, coerced_softmax),
    ("Split", 18, split),
    ("Squeeze", 13, axes_to_input),
    ("TopK", 10, top_k),
    ("Unsqueeze", 13, axes_to_input),
    ("Upsample", 10, upsample),
];

impl Graph {
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

    /// Turns a number that is an attribute, and so a float32, into an input of the type of input 0.
    fn number_to_input(&mut self, index: usize, name: &str, at: usize) -> Result<(), GraphError> {
        if self.nodes[index].attribute(name).is_some() {
            let number = self.nodes[index].float(name, 0.0)?;
            let like = self.nodes[index].required_input(0)?.to_owned();
            let number = self.scalar(number);
            let number = self.node("CastLike", [number, like], []);
            self.set_input(index, at, number);
            self.drop_attribute(index, name);
        }
        Ok(())
    }

    /// The value of a constant, also of one inside another node's graph.
    fn constant_value(&self, value: &str) -> Option<Tensor> {
        if let Some(tensor) = self.constants.get(value) {
            return Some(tensor.clone());
        }
        let node = self.nodes.iter().find(|n| n.is("Constant") && n.output(0) == Some(value))?;
        super::super::convert::constant(node).ok()
    }
}

fn axes_to_input(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    graph.attribute_to_input(index, "axes", 1)
}

/// Before opset 14 further outputs mean training; what nobody reads says nothing.
fn batch_normalization(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    if !graph.nodes[index].flag("spatial", true)? {
        return Err(graph.nodes[index]
            .error("normalizes each element by itself (`spatial` is 0), which is not supported"));
    }
    graph.drop_attribute(index, "spatial");
    let further: Vec<String> = graph.nodes[index].outputs.iter().skip(1).cloned().collect();
    let further = further.iter().filter(|o| !o.is_empty());
    for output in further {
        let read = graph.output(output).is_some() || graph.nodes.iter().any(|n| n.reads().contains(output));
        if read {
            return Err(graph.nodes[index].error(format!("gives `{output}`, a statistic of training")));
        }
    }
    graph.nodes[index].outputs.truncate(1);
    Ok(())
}

/// Until opset 10 the bounds are attributes.
fn clip(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    graph.number_to_input(index, "min", 1)?;
    graph.number_to_input(index, "max", 2)
}

/// The axis became an input.
fn dft(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    let axis = graph.nodes[index].int("axis", 1)?;
    let axis = graph.scalar(axis);
    graph.set_input(index, 2, axis);
    graph.drop_attribute(index, "axis");
    Ok(())
}

/// The modes were renamed.
fn grid_sample(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    let mode = match graph.nodes[index].string("mode", "bilinear")?.as_str() {
        "bilinear" => "linear".to_owned(),
        "bicubic" => "cubic".to_owned(),
        other => other.to_owned(),
    };
    graph.drop_attribute(index, "mode");
    graph.nodes[index].attributes.push(attr("mode", mode));
    Ok(())
}

/// Scale and bias were one number a group, and are one a channel: each is repeated for its group's channels.
fn group_normalization(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    let node = graph.nodes[index].clone();
    let groups = node.int("num_groups", 1)?;
    let groups = graph.ints(&[groups]);
    let x = node.required_input(0)?;
    let channels = graph.node("Shape", [x], [attr("start", 1), attr("end", 2)]);
    let repeats = graph.node("Div", [&channels, &groups], []);
    let shape = graph.node("Concat", [&groups, &repeats], [attr("axis", 0)]);
    let (column, flat) = (graph.ints(&[-1, 1]), graph.ints(&[-1]));
    for at in [1, 2] {
        let numbers = graph.node("Reshape", [node.required_input(at)?, &column], []);
        let numbers = graph.node("Expand", [&numbers, &shape], []);
        let numbers = graph.node("Reshape", [&numbers, &flat], []);
        graph.set_input(index, at, numbers);
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
    if graph.nodes[index].float("value", 0.0)? == 0.0 {
        graph.drop_attribute(index, "value");
    }
    graph.number_to_input(index, "value", 2)
}

/// `Upsample`, and `Resize` of opset 10, scale coordinates without an offset; the nearest is the one before, or, where
/// the image gets smaller, the one behind.
fn upsample(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    let node = &graph.nodes[index];
    let mode = node.string("mode", "nearest")?;
    let x = node.required_input(0)?.to_owned();
    let (scales, factors) = match node.floats("scales")? {
        Some(scales) => {
            let factors: Vec<f64> = scales.iter().map(|&s| f64::from(s)).collect();
            let tensor = Tensor::from_vec(&[scales.len()], scales);
            (graph.constant("scales", tensor), factors)
        }
        None => {
            let scales = node.required_input(1)?.to_owned();
            let factors = graph.constant_value(&scales).and_then(|t| t.to_f64s().ok()).unwrap_or_default();
            (scales, factors)
        }
    };
    let (smaller, larger) = (factors.iter().any(|&f| f < 1.0), factors.iter().any(|&f| f > 1.0));
    let node = &mut graph.nodes[index];
    if smaller && larger && mode == "nearest" {
        return Err(node.error(format!("scales by {factors:?}, up and down at once, which is not supported")));
    }
    node.operator = "Resize".into();
    node.inputs = vec![x, String::new(), scales];
    node.attributes = vec![
        attr("mode", mode),
        attr("coordinate_transformation_mode", "asymmetric"),
        attr("nearest_mode", if smaller { "ceil" } else { "floor" }),
    ];
    Ok(())
}

/// What opset 11 wanted to be given as an empty tensor is left out since opset 13.
fn resize(graph: &mut Graph, index: usize, own: i64) -> Result<(), GraphError> {
    if own < 11 {
        return upsample(graph, index, own);
    }
    for at in 1..graph.nodes[index].inputs.len() {
        let value = graph.nodes[index].inputs[at].clone();
        if graph.constant_value(&value).is_some_and(|t| t.is_empty()) {
            graph.nodes[index].inputs[at].clear();
        }
    }
    Ok(())
}

fn scan(graph: &mut Graph, index: usize, _: i64) -> Result<(), GraphError> {
    Err(graph.nodes[index].error("has the form of opset 8, with a batch, which is not supported"))
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
