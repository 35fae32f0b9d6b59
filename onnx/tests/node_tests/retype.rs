//! A case's model with its floats in another type, and with what cannot be varied as constants.
//! Knows which fields of a model hold types; nothing of gradients.

use dissect_onnx::gradient::operators;
use dissect_onnx::graph::attr;
use dissect_onnx::model::{Dim, Model, ValueInfo};
use dissect_onnx::proto::{AttributeProto, AttributeType, GraphProto, NodeProto, TensorProto, type_proto};
use dissect_onnx::tensor::{DataType, Tensor};
use prost::Message;

use crate::suite::{NodeCase, element_type};

/// Which floats become another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Retype {
    pub(crate) to: DataType,
    /// Whether constants of the graph become so as well: some operators take theirs in float32 alone.
    pub(crate) constants: bool,
}

/// A model and the numbers that its inputs have.
pub(crate) struct Retyped {
    pub(crate) model: Model,
    pub(crate) variables: Vec<(String, Vec<usize>, Vec<f64>)>,
}

/// The names of the inputs that can be varied: floats that are read where an operator can be differentiated. Masks and the
/// like that are not finite stay as they are; in a first input other numbers stand for what is not.
pub(crate) fn variables(case: &NodeCase) -> Vec<String> {
    let graph = case.proto.graph.as_ref().unwrap();
    let finite = |t: &Tensor| !t.is_empty() && t.to_f64s().unwrap().iter().all(|v| v.is_finite());
    (graph.input.iter().zip(&case.inputs).enumerate())
        .filter(|(at, (_, tensor))| tensor.data_type().is_float() && (*at == 0 || finite(tensor)))
        .map(|(_, (info, _))| info.name.clone())
        .filter(|name| graph.node.iter().all(|node| varies(node, name)))
        .collect()
}

fn varies(node: &NodeProto, value: &str) -> bool {
    // The number of classes decides a shape.
    if node.op_type == "OneHot" && node.input.get(1).is_some_and(|depth| depth == value) {
        return false;
    }
    // The older names of operators whose later inputs are sizes.
    let operator = if node.op_type == "Upsample" { "Resize" } else { &node.op_type };
    let Some(known) = operators().iter().find(|o| o.name == operator) else { return true };
    node.input.iter().enumerate().all(|(at, i)| {
        // Of what a value is cast like, and of how large another is, the numbers do not matter.
        i != value || known.blocks() || known.differentiates(at) || (operator, at) == ("CastLike", 1)
    })
}

/// The case's model with the inputs in `variables` of fixed shape, and all others constants.
pub(crate) fn retype(case: &NodeCase, variables: &[String], how: Retype) -> Result<Retyped, String> {
    let mut proto = case.proto.clone();
    let graph = proto.graph.as_mut().unwrap();
    let mut varied = Vec::new();
    let mut inputs = Vec::new();
    for (info, tensor) in std::mem::take(&mut graph.input).into_iter().zip(&case.inputs) {
        graph.initializer.retain(|given| given.name != info.name);
        if variables.contains(&info.name) {
            let dims = tensor.shape().iter().map(|&d| Dim::Fixed(d));
            inputs.push(ValueInfo::new(&info.name, how.to, dims).to_proto());
            let finite = |v: f64| if v.is_finite() { v } else { 0.5 };
            let values = tensor.to_f64s().unwrap().into_iter().map(finite).collect();
            varied.push((info.name, tensor.shape().to_vec(), values));
        } else {
            graph.initializer.push(tensor.to_proto(&info.name));
        }
    }
    walk(graph, how);
    graph.input = inputs;
    let constants = proto.functions.iter_mut().flat_map(|f| &mut f.node);
    constants.for_each(|node| walk_node(node, how));
    let model = Model::from_bytes(proto.encode_to_vec()).map_err(|e| e.to_string())?;
    Ok(Retyped { model, variables: varied })
}

fn walk(graph: &mut GraphProto, how: Retype) {
    graph.value_info.clear();
    if how.constants {
        graph.initializer.iter_mut().for_each(|tensor| retype_tensor(tensor, how.to));
    }
    for info in graph.input.iter_mut().chain(&mut graph.output) {
        if element_type(info).is_some_and(DataType::is_float)
            && let Some(type_proto::Value::Tensor(tensor)) =
                info.r#type.as_mut().and_then(|t| t.value.as_mut())
        {
            tensor.elem_type = how.to.number();
        }
    }
    graph.node.iter_mut().for_each(|node| walk_node(node, how));
}

fn walk_node(node: &mut NodeProto, how: Retype) {
    let constant = node.op_type == "Constant";
    for attribute in &mut node.attribute {
        if let Some(tensor) = attribute.t.as_mut().filter(|_| how.constants) {
            retype_tensor(tensor, how.to);
        }
        let types = matches!(attribute.name.as_str(), "to" | "dtype");
        let number = i32::try_from(attribute.i).ok().filter(|_| types);
        if number.and_then(DataType::from_number).is_some_and(DataType::is_float) {
            attribute.i = i64::from(how.to.number());
        }
        if constant && how.constants {
            widen(attribute, how.to);
        }
        attribute.g.iter_mut().chain(&mut attribute.graphs).for_each(|inner| walk(inner, how));
    }
}

/// A constant given as numbers, as a tensor: the numbers' type is float32.
fn widen(attribute: &mut AttributeProto, to: DataType) {
    let (shape, values) = match attribute.r#type() {
        AttributeType::Float => (vec![], vec![f64::from(attribute.f)]),
        AttributeType::Floats => {
            (vec![attribute.floats.len()], attribute.floats.iter().copied().map(f64::from).collect())
        }
        _ => return,
    };
    // What a function's call gives is not known here.
    if attribute.ref_attr_name.is_empty() {
        *attribute = attr("value", Tensor::from_f64s(to, &shape, &values).unwrap());
    }
}

fn retype_tensor(proto: &mut TensorProto, to: DataType) {
    if DataType::from_number(proto.data_type).is_some_and(DataType::is_float) {
        let tensor = Tensor::from_proto(proto).unwrap();
        let values = tensor.to_f64s().unwrap();
        *proto = Tensor::from_f64s(to, tensor.shape(), &values).unwrap().to_proto(&proto.name);
    }
}
