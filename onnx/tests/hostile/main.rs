//! Files made to do harm: what a fuzz found once stays refused, by name; and some thousands of mutated models pass
//! through reading, inspection, gradient and ONNX Runtime in this very process.
#![expect(clippy::unwrap_used, reason = "where a helper cannot go on the test has failed")]

#[path = "../rules/cases.rs"]
mod cases;
#[path = "../rules/check.rs"]
#[expect(dead_code, reason = "the models are built here, not checked")]
mod check;
#[path = "../../fuzz/shared/mod.rs"]
mod shared;

use dissect_onnx::gradient::{Options, differentiate};
use dissect_onnx::graph::{Graph, attr};
use dissect_onnx::model::{Dim, Model};
use dissect_onnx::proto::{AttributeProto, GraphProto, ModelProto, NodeProto, dimension, type_proto};
use dissect_onnx::tensor::{DataType, Tensor};

/// `operator` on an image with further inputs.
fn model(operator: &str, inputs: &[&str], outputs: usize, attributes: Vec<AttributeProto>) -> ModelProto {
    let mut graph = Graph::new("hostile", 18);
    let x = graph.add_input("x", DataType::Float, [1, 2, 4, 4].map(Dim::Fixed));
    graph.constant("weights", Tensor::from_vec(&[2, 2, 1, 1], &[1_f32; 4]));
    let inputs: Vec<&str> = [x.as_str()].into_iter().chain(inputs.iter().copied()).collect();
    let values = graph.nodes(operator, inputs, outputs, attributes);
    graph.outputs.push(dissect_onnx::model::ValueInfo {
        name: values[0].clone(),
        data_type: DataType::Float,
        dims: None,
    });
    graph.to_model().unwrap().proto().clone()
}

fn refused(model: &ModelProto, expected: &str) {
    let bytes = prost::Message::encode_to_vec(model);
    let message = match Model::from_bytes(bytes) {
        Err(error) => error.to_string(),
        Ok(model) => differentiate(&model, &Options::default()).unwrap_err().to_string(),
    };
    assert!(message.contains(expected), "expected `{expected}`, found `{message}`");
}

fn dim(model: &mut ModelProto, size: i64) {
    let input = &mut model.graph.as_mut().unwrap().input[0];
    let Some(type_proto::Value::Tensor(tensor)) = input.r#type.as_mut().unwrap().value.as_mut() else {
        panic!("a tensor")
    };
    tensor.shape.as_mut().unwrap().dim[1].value = Some(dimension::Value::DimValue(size));
}

#[test]
fn declared_dimensions_are_sizes() {
    let mut hostile = model("Relu", &[], 1, vec![]);
    dim(&mut hostile, -4);
    refused(&hostile, "value `x` is declared with a dimension of -4");
    dim(&mut hostile, 0);
    refused(&hostile, "[1, 0, 4, 4] has no elements");
    dim(&mut hostile, 50_000_000);
    refused(&hostile, "has more than 16777216 elements");
}

#[test]
fn windows_have_sizes_of_windows() {
    for (name, sizes) in
        [("kernel_shape", [1 << 33, 2]), ("strides", [2, i64::MAX]), ("dilations", [1, -(1 << 40)])]
    {
        let mut attributes = vec![attr(name, sizes), attr("auto_pad", "SAME_UPPER")];
        if name != "kernel_shape" {
            attributes.push(attr("kernel_shape", [2, 2]));
        }
        refused(&model("MaxPool", &[], 1, attributes), &format!("in `{name}`, more than 65536"));
    }
}

#[test]
fn parts_and_inputs_are_as_many_as_said() {
    refused(&model("Split", &[], 3, vec![attr("num_outputs", 2)]), "has 3 outputs and says 2");
    refused(&model("DepthToSpace", &[], 1, vec![attr("blocksize", 1_i64 << 62)]), "in `blocksize`");
    refused(&model("GatherND", &["weights"], 1, vec![attr("batch_dims", -129)]), "has -129 in `batch_dims`");
    refused(&model("Attention", &["x", "x"], 1, vec![attr("kv_num_heads", i64::MIN)]), "in `kv_num_heads`");
    refused(&model("Attention", &["x", "x"], 1, vec![attr("kv_num_heads", 0)]), "has 0 in `kv_num_heads`");
    refused(&model("Sum", &["x", ""], 1, vec![]), "leaves one of its inputs out");
    refused(&model("DFT", &["", ""], 1, vec![]), "leaves out the last of its inputs");
    refused(&model("LayerNormalization", &["weights", ""], 1, vec![]), "leaves one of its inputs out");
}

#[test]
fn a_shape_that_would_be_negative_is_an_error() {
    let mut hostile = model("Pad", &["weights"], 1, vec![]);
    let pads = Tensor::ints(&[0, 0, -9, 0, 0, 0, 0, 0]).to_proto("pads");
    let graph = hostile.graph.as_mut().unwrap();
    graph.initializer.push(pads);
    graph.node[0].input[1] = "pads".into();
    refused(&hostile, "preparing the model");
    let graph = hostile.graph.as_mut().unwrap();
    graph.initializer.push(Tensor::ints(&[-1]).to_proto("shape"));
    graph.node[0].op_type = "Expand".into();
    graph.node[0].input[1] = "shape".into();
    refused(&hostile, "is to give a dimension of -1");
    hostile.graph.as_mut().unwrap().node[0].op_type = "STFT".into();
    refused(&hostile, "is to give a dimension of -1");
}

#[test]
fn tensors_inside_nodes_are_checked_as_those_of_the_graph() {
    let mut constant = attr("value", Tensor::ints(&[1, 2]));
    constant.t.as_mut().unwrap().dims = vec![1 << 40];
    refused(&model("ConstantOfShape", &[], 1, vec![constant]), "tensor ``");
    let mut outside = attr("value", Tensor::ints(&[1]));
    outside.t.as_mut().unwrap().data_location = 1;
    refused(&model("ConstantOfShape", &[], 1, vec![outside]), "kept in another file");
}

#[test]
fn nesting_and_names_have_an_end() {
    let graph = (0..30).fold(GraphProto::default(), |inner, _| {
        let body = AttributeProto { name: "body".into(), g: Some(inner), r#type: 5, ..Default::default() };
        let node = NodeProto { op_type: "If".into(), attribute: vec![body], ..Default::default() };
        GraphProto { node: vec![node], ..Default::default() }
    });
    let mut hostile = model("Relu", &[], 1, vec![]);
    hostile.graph.as_mut().unwrap().node.extend(graph.node);
    refused(&hostile, "nested deeper than 24");
    let mut hostile = model("Relu", &[], 1, vec![]);
    hostile.graph.as_mut().unwrap().node[0].name = "n".repeat(1 << 17);
    refused(&hostile, "has 131072 bytes, more than 65536");
}

#[test]
fn mutated_models_do_no_harm() {
    let seeds = shared::seeds::all();
    let mut tried = std::collections::BTreeMap::<&str, usize>::new();
    for number in 0..1000 {
        *tried.entry(shared::attempt::attempt(shared::mutate::model(&seeds, number), false)).or_default() +=
            1;
    }
    // A mutator that only breaks files would find nothing behind the door.
    assert!(tried.get("differentiated").is_some_and(|&n| n > 100), "{tried:?}");
}
