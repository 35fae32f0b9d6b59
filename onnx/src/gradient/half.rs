//! Models of float16 and bfloat16 differentiated in float32: ONNX Runtime's CPU provider has few kernels for halves, and
//! sums of halves would lose what a gradient is. Inputs and outputs keep their types.

use std::collections::BTreeMap;

use crate::graph::{Graph, GraphError, Node, attr};
use crate::proto::{AttributeProto, AttributeType, GraphProto, TensorProto, ValueInfoProto, type_proto};
use crate::tensor::{DataType, Tensor};

/// In what precision models of half precision are differentiated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Half {
    /// In float32: weights are converted, which is exact, and casts to a half between inputs and outputs are left out. What
    /// is differentiated is the function without the rounding of intermediate values.
    #[default]
    Promote,
    /// In the model's own types, node by node. Not every provider has the kernels.
    Keep,
}

/// Inputs and outputs that are halves for those outside.
#[derive(Debug, Default)]
pub(super) struct Boundary {
    types: BTreeMap<String, DataType>,
}

fn is_half(data_type: DataType) -> bool {
    matches!(data_type, DataType::Float16 | DataType::Bfloat16)
}

/// Makes every half a float32, inputs and outputs included.
pub(super) fn promote(graph: &mut Graph) -> Result<Boundary, GraphError> {
    let mut boundary = Boundary::default();
    for value in graph.inputs.iter_mut().chain(&mut graph.outputs).filter(|v| is_half(v.data_type)) {
        for name in [value.name.clone(), format!("{}_grad", value.name)] {
            boundary.types.insert(name, value.data_type);
        }
        value.data_type = DataType::Float;
    }
    for (name, tensor) in &mut graph.constants {
        if let Some(wide) =
            widened(tensor).map_err(|source| GraphError::Tensor { tensor: name.clone(), source })?
        {
            *tensor = wide;
        }
    }
    for node in &mut graph.nodes {
        promote_attributes(&mut node.attributes)?;
    }
    Ok(boundary)
}

fn widened(tensor: &Tensor) -> Result<Option<Tensor>, crate::tensor::TensorError> {
    if !is_half(tensor.data_type()) {
        return Ok(None);
    }
    Tensor::from_f64s(DataType::Float, tensor.shape(), &tensor.to_f64s()?).map(Some)
}

/// Attributes that say an element type by its number.
const TYPES: [&str; 6] =
    ["to", "dtype", "output_dtype", "output_datatype", "softmax_precision", "stash_type"];

fn promote_attributes(attributes: &mut [AttributeProto]) -> Result<(), GraphError> {
    for attribute in attributes {
        let half = i32::try_from(attribute.i).ok().and_then(DataType::from_number).is_some_and(is_half);
        if half && attribute.r#type() == AttributeType::Int && TYPES.contains(&attribute.name.as_str()) {
            attribute.i = i64::from(DataType::Float.number());
        }
        attribute.t.iter_mut().chain(&mut attribute.tensors).try_for_each(promote_tensor)?;
        attribute.g.iter_mut().chain(&mut attribute.graphs).try_for_each(promote_graph)?;
    }
    Ok(())
}

fn promote_tensor(proto: &mut TensorProto) -> Result<(), GraphError> {
    if DataType::from_number(proto.data_type).is_some_and(is_half) {
        let named = |source| GraphError::Tensor { tensor: proto.name.clone(), source };
        let tensor = Tensor::from_proto(proto).map_err(named)?;
        if let Some(wide) = widened(&tensor).map_err(named)? {
            *proto = wide.to_proto(&proto.name);
        }
    }
    Ok(())
}

fn promote_graph(graph: &mut GraphProto) -> Result<(), GraphError> {
    graph.value_info.clear();
    graph.initializer.iter_mut().try_for_each(promote_tensor)?;
    graph.input.iter_mut().chain(&mut graph.output).for_each(promote_declaration);
    graph.node.iter_mut().try_for_each(|node| promote_attributes(&mut node.attribute))
}

fn promote_declaration(info: &mut ValueInfoProto) {
    let mut declared = info.r#type.as_mut().and_then(|t| t.value.as_mut());
    while let Some(value) = declared {
        declared = match value {
            type_proto::Value::Tensor(tensor) => {
                if DataType::from_number(tensor.elem_type).is_some_and(is_half) {
                    tensor.elem_type = DataType::Float.number();
                }
                None
            }
            type_proto::Value::Sequence(inner) | type_proto::Value::Optional(inner) => {
                inner.elem_type.as_mut().and_then(|t| t.value.as_mut())
            }
            _ => None,
        };
    }
}

impl Boundary {
    /// Gives inputs and outputs their own types back, cast where they are read and computed.
    pub(super) fn restore(&self, graph: &mut Graph) -> Result<(), GraphError> {
        if self.types.is_empty() {
            return Ok(());
        }
        let mut inputs = std::mem::take(&mut graph.inputs);
        let passed: Vec<String> = inputs.iter().map(|i| i.name.clone()).collect();
        let mut outputs = std::mem::take(&mut graph.outputs);
        for output in outputs.iter_mut().filter(|o| !passed.contains(&o.name)) {
            let Some(&data_type) = self.types.get(&output.name) else { continue };
            let wide = graph.rename(&output.name);
            graph.nodes.push(cast(wide, output.name.clone(), data_type));
            output.data_type = data_type;
        }
        for input in &mut inputs {
            let Some(&data_type) = self.types.get(&input.name) else { continue };
            let wide = graph.fresh(&format!("{}_float", input.name));
            graph.replace_uses(&input.name, &wide);
            graph.nodes.push(cast(input.name.clone(), wide, DataType::Float));
            input.data_type = data_type;
        }
        for output in outputs.iter_mut().filter(|o| passed.contains(&o.name)) {
            output.data_type = self.types.get(&output.name).copied().unwrap_or(output.data_type);
        }
        (graph.inputs, graph.outputs) = (inputs, outputs);
        graph.sort()?;
        graph.remove_dead();
        Ok(())
    }
}

fn cast(from: String, to: String, data_type: DataType) -> Node {
    let mut node = Node::plain("Cast", [from], to);
    node.attributes.push(attr("to", data_type.number()));
    node
}
