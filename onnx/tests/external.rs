//! Weights in another file, wherever a model can have tensors: initializers, constants, branches and functions.

mod forms;

use dissect_onnx::gradient::Options;
use dissect_onnx::graph::attr;
use dissect_onnx::model::Model;
use dissect_onnx::proto::{
    FunctionProto, GraphProto, ModelProto, NodeProto, StringStringEntryProto, TensorProto,
};
use dissect_onnx::tensor::{DataType, Tensor};
use forms::{body, check, graph, node, numbers, open, opsets, value};
use prost::Message;

const F64: DataType = DataType::Double;

/// The numbers of a tensor moved to the end of a file.
fn moved(tensor: &mut TensorProto, file: &mut Vec<u8>) {
    let entry = |key: &str, value: String| StringStringEntryProto { key: key.into(), value };
    let data = std::mem::take(&mut tensor.raw_data);
    tensor.data_location = 1;
    tensor.external_data = vec![
        entry("location", "weights.bin".into()),
        entry("offset", file.len().to_string()),
        entry("length", data.len().to_string()),
    ];
    file.extend_from_slice(&data);
}

fn constant(output: &str, tensor: Tensor) -> NodeProto {
    node("Constant", &[], &[output], vec![attr("value", tensor)])
}

fn each_tensor(graph: &mut GraphProto, file: &mut Vec<u8>) {
    graph.initializer.iter_mut().for_each(|tensor| moved(tensor, file));
    graph.node.iter_mut().for_each(|node| each_of_node(node, file));
}

fn each_of_node(node: &mut NodeProto, file: &mut Vec<u8>) {
    for attribute in &mut node.attribute {
        attribute.t.iter_mut().for_each(|tensor| moved(tensor, file));
        attribute.g.iter_mut().for_each(|graph| each_tensor(graph, file));
    }
}

#[test]
fn weights_are_read_in_wherever_they_are() {
    let branch = |seed| {
        let nodes = vec![
            constant("k", numbers(seed, &[3])),
            node("Mul", &["f", "k"], &["s"], vec![]),
            node("Add", &["s", "w"], &["r"], vec![]),
        ];
        graph(nodes, vec![], vec![open("r", F64)], &[("w", numbers(seed + 1, &[3]))])
    };
    let nodes = vec![
        node("MatMul", &["x", "a"], &["h"], vec![]),
        NodeProto { domain: "local".into(), ..node("F", &["h"], &["f"], vec![]) },
        node("If", &["yes"], &["y"], vec![body("then_branch", branch(1)), body("else_branch", branch(3))]),
    ];
    let function = FunctionProto {
        name: "F".into(),
        domain: "local".into(),
        input: vec!["u".into()],
        output: vec!["v".into()],
        node: vec![constant("c", numbers(5, &[3])), node("Mul", &["u", "c"], &["v"], vec![])],
        opset_import: opsets(&[("", 18)]),
        ..Default::default()
    };
    let constants = [("a", numbers(6, &[3, 3])), ("yes", Tensor::scalar(false))];
    let main = graph(nodes, vec![value("x", F64, &["N", "3"])], vec![open("y", F64)], &constants);
    let mut proto = ModelProto {
        ir_version: 10,
        graph: Some(main),
        opset_import: opsets(&[("", 18), ("local", 1)]),
        functions: vec![function],
        ..Default::default()
    };
    let whole = Model::from_bytes(proto.encode_to_vec()).expect("a model");
    let mut file = Vec::new();
    proto.graph.iter_mut().for_each(|graph| each_tensor(graph, &mut file));
    proto.functions[0].node.iter_mut().for_each(|node| each_of_node(node, &mut file));
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("weights.bin"), &file).expect("weights");
    std::fs::write(folder.path().join("m.onnx"), proto.encode_to_vec()).expect("a model");
    let read = Model::load(folder.path().join("m.onnx")).expect("it is read");
    assert_eq!(read, whole);
    check(&read, &Options::default());
    for stays in 0..2 {
        let mut proto = proto.clone();
        proto.graph.iter_mut().for_each(|graph| graph.initializer.clear());
        if stays == 0 {
            proto.functions.clear();
        } else {
            proto.graph.iter_mut().for_each(|graph| graph.node.truncate(2));
        }
        let error =
            Model::from_bytes(proto.encode_to_vec()).expect_err("its weights are elsewhere").to_string();
        assert!(error.contains("kept in another file"), "{error}");
    }
}
