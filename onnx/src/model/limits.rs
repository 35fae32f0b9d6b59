//! What a file must keep to before anything else reads it: sizes that agree, and nesting, names and numbers that no model
//! needs to exceed. ONNX Runtime trusts files more than that. Knows messages; what operators compute is for others.

use super::ModelError;
use crate::proto::{
    GraphProto, ModelProto, NodeProto, TensorProto, TypeProto, ValueInfoProto, dimension, type_proto,
};
use crate::tensor::{DataType, Tensor, TensorError};

/// Graphs inside nodes of graphs inside nodes.
const MAX_DEPTH: usize = 24;
/// Nodes of the model, those in inner graphs and in functions included.
const MAX_NODES: usize = 1_000_000;
/// Dimensions of one tensor.
const MAX_RANK: usize = 64;
/// Bytes of one name.
const MAX_NAME: usize = 65_536;
/// Sides, steps and margins of a window.
const MAX_WINDOW: i64 = 1 << 16;
/// Inputs or outputs of one node.
const MAX_PORTS: usize = 65_536;

/// Checks the whole message; what is wrong first is the error.
pub(super) fn check(proto: &ModelProto, model: &str) -> Result<(), ModelError> {
    whole(proto).map_err(|problem| match problem {
        Problem::Reason(reason) => ModelError::Malformed { model: model.into(), reason },
        Problem::Tensor(tensor, source) => ModelError::Tensor { model: model.into(), tensor, source },
    })
}

fn whole(proto: &ModelProto) -> Result<(), Problem> {
    let mut checker = Checker { nodes: 0 };
    proto.graph.iter().try_for_each(|graph| checker.graph(graph, 0))?;
    for function in &proto.functions {
        function.node.iter().try_for_each(|node| checker.node(node, 1))?;
        function.attribute_proto.iter().filter_map(|a| a.t.as_ref()).try_for_each(tensor)?;
    }
    Ok(())
}

enum Problem {
    Reason(String),
    Tensor(String, TensorError),
}

struct Checker {
    nodes: usize,
}

impl Checker {
    fn graph(&mut self, graph: &GraphProto, depth: usize) -> Result<(), Problem> {
        if depth > MAX_DEPTH {
            return Err(Problem::Reason(format!("graphs are nested deeper than {MAX_DEPTH}")));
        }
        graph.initializer.iter().try_for_each(tensor)?;
        let sparse = graph.sparse_initializer.iter().flat_map(|s| s.values.iter().chain(&s.indices));
        sparse.into_iter().try_for_each(tensor)?;
        graph.input.iter().chain(&graph.output).chain(&graph.value_info).try_for_each(declaration)?;
        given_sizes(graph)?;
        graph.node.iter().try_for_each(|node| self.node(node, depth))
    }

    fn node(&mut self, node: &NodeProto, depth: usize) -> Result<(), Problem> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(Problem::Reason(format!("has more than {MAX_NODES} nodes")));
        }
        let ports = node.input.len().max(node.output.len());
        if ports > MAX_PORTS {
            let reason =
                format!("node `{}` has {ports} inputs or outputs, more than {MAX_PORTS}", short(&node.name));
            return Err(Problem::Reason(reason));
        }
        let names = node.input.iter().chain(&node.output).chain([&node.name, &node.op_type, &node.domain]);
        names.into_iter().try_for_each(|n| name(n))?;
        operator(node)?;
        for attribute in &node.attribute {
            name(&attribute.name)?;
            attribute.t.iter().chain(&attribute.tensors).try_for_each(tensor)?;
            let sparse = attribute.sparse_tensor.iter().chain(&attribute.sparse_tensors);
            sparse.flat_map(|s| s.values.iter().chain(&s.indices)).try_for_each(tensor)?;
            attribute.g.iter().chain(&attribute.graphs).try_for_each(|inner| self.graph(inner, depth + 1))?;
        }
        Ok(())
    }
}

/// What ONNX Runtime does not check itself: it counts through a window element by element, reads what is behind the end of
/// the list of a Split's parts, takes an input that has a place to be there,
/// divides by the square of a block's side, which can overflow to 0, and trusts numbers of heads and of shared dimensions.
fn operator(node: &NodeProto) -> Result<(), Problem> {
    let reason = |text: String| {
        Err(Problem::Reason(format!("{} `{}` {text}", short(&node.op_type), short(&node.name))))
    };
    const ALL_THERE: [&str; 7] = ["Concat", "Einsum", "LayerNormalization", "Max", "Mean", "Min", "Sum"];
    if ALL_THERE.contains(&node.op_type.as_str()) && node.input.iter().any(String::is_empty) {
        return reason("leaves one of its inputs out".into());
    }
    if node.op_type == "DFT" && node.input.get(2).is_some_and(String::is_empty) {
        return reason("leaves out the last of its inputs by an empty name; leave it away instead".into());
    }
    for attribute in &node.attribute {
        let window = ["kernel_shape", "strides", "dilations", "pads", "output_padding", "output_shape"];
        if window.contains(&attribute.name.as_str())
            && let Some(size) = attribute.ints.iter().find(|v| !(-MAX_WINDOW..=MAX_WINDOW).contains(*v))
        {
            return reason(format!("has {size} in `{}`, more than {MAX_WINDOW}", attribute.name));
        }
        let least = match attribute.name.as_str() {
            "blocksize" => Some(1),
            "q_num_heads" | "kv_num_heads" => Some(1),
            "batch_dims" | "num_heads" | "rotary_embedding_dim" => Some(0),
            _ => None,
        };
        if let Some(least) = least.filter(|least| !(*least..=MAX_WINDOW).contains(&attribute.i)) {
            let (found, name) = (attribute.i, &attribute.name);
            return reason(format!("has {found} in `{name}`, expected {least} to {MAX_WINDOW}"));
        }
        if node.op_type == "Split"
            && attribute.name == "num_outputs"
            && attribute.i != node.output.len() as i64
        {
            return reason(format!("has {} outputs and says {}", node.output.len(), attribute.i));
        }
    }
    Ok(())
}

/// ONNX Runtime makes dimensions of what `Expand` and `STFT` are given, and what reads a negative one later may end the
/// process.
fn given_sizes(graph: &GraphProto) -> Result<(), Problem> {
    for node in &graph.node {
        let inputs: &[usize] = match node.op_type.as_str() {
            "Expand" => &[1],
            "STFT" => &[1, 3],
            _ => continue,
        };
        for name in inputs.iter().filter_map(|&input| node.input.get(input)) {
            let constant = graph.initializer.iter().find(|constant| constant.name == *name);
            let sizes = constant.and_then(|constant| Tensor::from_proto(constant).ok()?.to_ints().ok());
            if let Some(size) = sizes.iter().flatten().find(|&&size| size < 0) {
                let (operator, node) = (&node.op_type, short(&node.name));
                return Err(Problem::Reason(format!("{operator} `{node}` is to give a dimension of {size}")));
            }
        }
    }
    Ok(())
}

fn name(name: &str) -> Result<(), Problem> {
    if name.len() <= MAX_NAME {
        return Ok(());
    }
    Err(Problem::Reason(format!("the name `{}` has {} bytes, more than {MAX_NAME}", short(name), name.len())))
}

/// For messages about names of any length.
fn short(name: &str) -> String {
    if name.len() <= 60 { name.into() } else { name.chars().take(40).chain("...".chars()).collect() }
}

/// Type, dimensions and data of a tensor agree, and the data is in the message.
fn tensor(proto: &TensorProto) -> Result<(), Problem> {
    name(&proto.name)?;
    let problem = |source| Problem::Tensor(short(&proto.name), source);
    if proto.dims.len() > MAX_RANK {
        let reason = format!(
            "tensor `{}` has {} dimensions, more than {MAX_RANK}",
            short(&proto.name),
            proto.dims.len()
        );
        return Err(Problem::Reason(reason));
    }
    if proto.data_type != DataType::String.number() {
        return Tensor::from_proto(proto).map(drop).map_err(problem);
    }
    let count = proto.dims.iter().try_fold(1_usize, |n, &d| n.checked_mul(usize::try_from(d).ok()?));
    match count {
        Some(n) if n == proto.string_data.len() && proto.data_location == 0 => Ok(()),
        Some(_) if proto.data_location == 1 => Err(problem(TensorError::External)),
        _ => Err(problem(TensorError::Dimensions(proto.dims.clone()))),
    }
}

/// Declared dimensions are sizes, -1 (which some exporters write for "not known"), symbols or nothing.
fn declaration(value: &ValueInfoProto) -> Result<(), Problem> {
    name(&value.name)?;
    value.r#type.iter().try_for_each(|t| declared(t, &value.name))
}

fn declared(declared_type: &TypeProto, value: &str) -> Result<(), Problem> {
    let tensor = match &declared_type.value {
        Some(type_proto::Value::Tensor(tensor) | type_proto::Value::SparseTensor(tensor)) => tensor,
        Some(type_proto::Value::Sequence(inner) | type_proto::Value::Optional(inner)) => {
            return inner.elem_type.as_deref().map_or(Ok(()), |inner| declared(inner, value));
        }
        Some(type_proto::Value::Map(map)) => {
            return map.value_type.as_deref().map_or(Ok(()), |inner| declared(inner, value));
        }
        _ => return Ok(()),
    };
    let dims = tensor.shape.iter().flat_map(|shape| &shape.dim);
    if dims.clone().count() > MAX_RANK {
        return Err(Problem::Reason(format!("value `{}` has more than {MAX_RANK} dimensions", short(value))));
    }
    for dim in dims {
        if let Some(dimension::Value::DimValue(size)) = dim.value
            && size < -1
        {
            return Err(Problem::Reason(format!(
                "value `{}` is declared with a dimension of {size}",
                short(value)
            )));
        }
    }
    Ok(())
}
