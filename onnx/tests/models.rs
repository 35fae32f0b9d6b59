//! Model files: what is read, what is refused and how it is said; and graphs: joined, cut, folded, put in order.
#![expect(clippy::unwrap_used, reason = "where a helper cannot go on the test has failed")]

use std::collections::BTreeMap;

use dissect_onnx::gradient::{Options, differentiate};
use dissect_onnx::graph::{Graph, GraphError, attr};
use dissect_onnx::inspect::{GradientStatus, inspect};
use dissect_onnx::model::{Dim, Model, ModelError};
use dissect_onnx::proto::{ModelProto, StringStringEntryProto, TensorProto};
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::{DataType, Tensor};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A small classifier with a batch normalization, its numbers spread over the positive ones.
fn classifier() -> Graph {
    let mut graph = Graph::new("classifier", 17);
    let numbers = |shape: &[usize]| {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|i| 0.1 + ((i * 37 % 11) as f32) / 10.0).collect();
        Tensor::from_vec(shape, &values)
    };
    let x = graph.add_input(
        "x",
        DataType::Float,
        [Dim::Symbol("batch".into()), Dim::Fixed(2), Dim::Fixed(4), Dim::Fixed(4)],
    );
    let weights = graph.constant("weights", numbers(&[3, 2, 3, 3]));
    let conv = graph.node("Conv", [&x, &weights], [attr("pads", [1, 1, 1, 1])]);
    let [scale, shift, mean, variance] =
        ["scale", "shift", "mean", "variance"].map(|name| graph.constant(name, numbers(&[3])));
    let norm = graph.node("BatchNormalization", [&conv, &scale, &shift, &mean, &variance], []);
    let relu = graph.node("Relu", [&norm], []);
    let pool = graph.node("GlobalAveragePool", [&relu], []);
    let flat = graph.node("Flatten", [&pool], []);
    graph.add_output_as("y", &flat, DataType::Float, [Dim::Symbol("batch".into()), Dim::Fixed(3)]);
    graph
}

fn image() -> Tensor {
    let values: Vec<f32> = (0..32).map(|i| (i as f32 - 16.0) / 8.0).collect();
    Tensor::from_vec(&[1, 2, 4, 4], &values)
}

fn outputs(graph: &Graph, inputs: &[(&str, Tensor)]) -> BTreeMap<String, Tensor> {
    let mut session = Session::new(&graph.to_model().unwrap(), &SessionOptions::plain()).unwrap();
    session.run(inputs.iter().map(|(n, t)| (n, t))).unwrap()
}

fn close(a: &Tensor, b: &Tensor) {
    let (a, b) = (a.to_f64s().unwrap(), b.to_f64s().unwrap());
    assert!(a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-5), "{a:?} and {b:?}");
}

#[test]
fn a_file_comes_back_as_it_was_saved() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.onnx");
    let mut model = classifier().to_model().unwrap();
    model.set_metadata("dissect.output", "logits");
    model.set_metadata("dissect.output", "probabilities");
    model.save(&path).unwrap();
    let loaded = Model::load(&path).unwrap();
    assert_eq!(loaded, model);
    assert_eq!(loaded.metadata("dissect.output"), Some("probabilities"));
    assert_eq!(loaded.to_bytes(), std::fs::read(&path).unwrap());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn bad_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let whole = classifier().to_model().unwrap().to_bytes();
    let no_graph = prost::Message::encode_to_vec(&ModelProto { ir_version: 8, ..Default::default() });
    let cases: [(&str, Option<&[u8]>, &str); 5] = [
        ("missing.onnx", None, "not found"),
        ("empty.onnx", Some(b""), "not an ONNX model, or cut short (the file is empty)"),
        ("text.onnx", Some(b"kind = \"train\"\n"), "not an ONNX model, or cut short"),
        ("cut.onnx", Some(&whole[..whole.len() / 2]), "not an ONNX model, or cut short"),
        ("graphless.onnx", Some(&no_graph), "has no graph"),
    ];
    for (name, bytes, expected) in cases {
        let path = folder.path().join(name);
        if let Some(bytes) = bytes {
            std::fs::write(&path, bytes).unwrap();
        }
        let message = Model::load(&path).unwrap_err().to_string();
        assert!(message.starts_with(path.to_str().unwrap()) && message.contains(expected), "{message}");
    }
    let message = Model::load(folder.path()).unwrap_err().to_string();
    assert!(message.ends_with("a folder, expected an .onnx file"), "{message}");
}

/// The classifier with its weights in another file.
fn with_external(location: &str, length: usize) -> Vec<u8> {
    let mut model = classifier().to_model().unwrap();
    let weights = model.graph_mut().initializer.iter_mut().find(|t| t.name == "weights").unwrap();
    weights.raw_data = Default::default();
    weights.data_location = 1;
    let entry = |key: &str, value: &str| StringStringEntryProto { key: key.into(), value: value.into() };
    weights.external_data =
        vec![entry("location", location), entry("offset", "4"), entry("length", &length.to_string())];
    model.to_bytes().to_vec()
}

#[test]
fn weights_beside_the_model_are_read_and_others_refused() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("inside");
    std::fs::create_dir(&inside).unwrap();
    let original = classifier().to_model().unwrap();
    let weights = original.graph().initializer.iter().find(|t| t.name == "weights").unwrap();
    let data = [&[0_u8; 4], weights.raw_data.as_ref()].concat();
    std::fs::write(inside.join("weights.bin"), &data).unwrap();
    std::fs::write(folder.path().join("outside.bin"), &data).unwrap();
    std::os::unix::fs::symlink("../outside.bin", inside.join("link.bin")).unwrap();
    let path = inside.join("model.onnx");
    std::fs::write(&path, with_external("weights.bin", 216)).unwrap();
    assert_eq!(Model::load(&path).unwrap(), original);
    for (location, length, expected) in [
        ("../outside.bin", 216, "`../outside.bin` is outside the model's folder"),
        ("/etc/passwd", 216, "`/etc/passwd` is outside the model's folder"),
        ("link.bin", 216, "`link.bin` is outside the model's folder"),
        ("weights.bin", 217, "217 bytes, expected 216 for its type and shape"),
        ("absent.bin", 216, "`absent.bin`: No such file"),
    ] {
        std::fs::write(&path, with_external(location, length)).unwrap();
        let message = Model::load(&path).unwrap_err().to_string();
        assert!(message.contains("external data of `weights`") && message.contains(expected), "{message}");
    }
    let bytes = with_external("weights.bin", 216);
    assert!(matches!(Model::from_bytes(bytes), Err(ModelError::External { .. })));
}

#[test]
fn folding_a_normalization_changes_nothing_but_rounding() {
    let mut folded = classifier();
    assert_eq!(folded.fold_batch_norms(), 1);
    assert!(folded.nodes.iter().all(|n| n.operator != "BatchNormalization"));
    let x = [("x", image())];
    close(&outputs(&folded, &x)["y"], &outputs(&classifier(), &x)["y"]);
}

#[test]
fn transposed_grouped_convolutions_and_gemm_fold_too() {
    let numbers = |shape: &[usize], from: f32| {
        let count: usize = shape.iter().product();
        Tensor::from_vec(shape, &(0..count).map(|i| from + (i * 5 % 7) as f32 / 7.0).collect::<Vec<_>>())
    };
    let kinds: [(&str, &[usize], &[usize], Vec<_>); 4] = [
        ("ConvTranspose", &[1, 4, 3, 3], &[4, 3, 2, 2], vec![attr("group", 2)]),
        ("Conv", &[1, 4, 3, 3], &[6, 2, 2, 2], vec![attr("group", 2)]),
        ("Gemm", &[2, 4], &[4, 6], vec![attr("beta", 0.5_f32), attr("alpha", 2_f32)]),
        ("Gemm", &[2, 4], &[6, 4], vec![attr("transB", 1)]),
    ];
    for (operator, input, weights, attributes) in kinds {
        let mut graph = Graph::new("fold", 17);
        let x = graph.add_input("x", DataType::Float, input.iter().map(|&d| Dim::Fixed(d)));
        let weights = graph.constant("w", numbers(weights, -0.3));
        let bias = graph.constant("b", numbers(&[6], 0.1));
        let value = graph.node(operator, [&x, &weights, &bias], attributes);
        let mut inputs = vec![value];
        for (name, from) in [("scale", -0.4), ("shift", 0.3), ("mean", -0.2), ("variance", 0.5)] {
            inputs.push(graph.constant(name, numbers(&[6], from)));
        }
        let norm = graph.node("BatchNormalization", &inputs, []);
        let declared = dissect_onnx::model::ValueInfo { name: norm, data_type: DataType::Float, dims: None };
        graph.outputs.push(declared);
        let mut folded = graph.clone();
        assert_eq!(folded.fold_batch_norms(), 1, "{operator}");
        let x = [("x", numbers(input, -0.5))];
        let (a, b) = (outputs(&graph, &x), outputs(&folded, &x));
        close(a.values().next().unwrap(), b.values().next().unwrap());
    }
}

#[test]
fn graphs_are_joined_and_cut() {
    let mut graph = Graph::new("joined", 17);
    let z = graph.add_input("z", DataType::Float, image().shape().iter().map(|&d| Dim::Fixed(d)));
    let doubled = graph.named_node("weights", "Add", [&z, &z], []);
    let connect = BTreeMap::from([("x".to_owned(), doubled.clone())]);
    let other = classifier();
    let names = graph.merge(&other, "f/", &connect).unwrap();
    graph.add_output(&names["y"], DataType::Float, [Dim::Fixed(1), Dim::Fixed(3)]);
    let twice = Tensor::from_vec(
        image().shape(),
        &image().to_vec::<f32>().unwrap().iter().map(|v| 2.0 * v).collect::<Vec<_>>(),
    );
    let joined = outputs(&graph, &[("z", image())]);
    close(&joined[&names["y"]], &outputs(&other, &[("x", twice.clone())])["y"]);
    let declared = dissect_onnx::model::ValueInfo::new(&doubled, DataType::Float, []);
    graph.cut(vec![dissect_onnx::model::ValueInfo { dims: None, ..declared }]).unwrap();
    assert_eq!((graph.nodes.len(), graph.constants.len()), (1, 0));
    close(&outputs(&graph, &[("z", image())])[&doubled], &twice);
    let newer = Graph::new("newer", 18);
    assert!(matches!(
        graph.merge(&newer, "n/", &BTreeMap::new()),
        Err(GraphError::Opset { own: 17, other: 18, .. })
    ));
}

#[test]
fn cycles_gaps_and_doubles_are_named() {
    let read = |change: &dyn Fn(&mut Vec<dissect_onnx::proto::NodeProto>)| {
        let mut model = classifier().to_model().unwrap();
        change(&mut model.graph_mut().node);
        Graph::from_model(&model).unwrap_err().to_string()
    };
    let cycle = read(&|nodes| nodes[0].input[0] = nodes[2].output[0].clone());
    assert!(cycle.starts_with("the graph has a cycle through Conv `Conv` (output `Conv`)"), "{cycle}");
    let gap = read(&|nodes| nodes[2].input[0] = "nothing".into());
    assert_eq!(gap, "Relu `Relu` (output `Relu`) needs value `nothing`, which nothing gives");
    let double = read(&|nodes| nodes[2].output[0] = nodes[0].output[0].clone());
    assert_eq!(double, "value `Conv` is computed more than once");
}

#[test]
fn inspection_says_what_a_model_is() {
    let mut model = classifier().to_model().unwrap();
    model.set_metadata("dissect.output", "logits");
    let seen = inspect(&model, &Options::default()).unwrap();
    assert_eq!((seen.opset, seen.nodes, seen.parameters), (17, 6, 54 + 12));
    assert_eq!(seen.operators["Conv"], 1);
    assert_eq!(seen.gradient, GradientStatus::Possible);
    let json = serde_json::to_value(&seen).unwrap();
    assert_eq!(json["inputs"][0]["shape"][0], "batch");
    assert_eq!(json["gradient"]["status"], "possible");
    assert_eq!(json["metadata"]["dissect.output"], "logits");
    model.graph_mut().node[2].op_type = "Mystery".into();
    let GradientStatus::Obstacles { nodes } = inspect(&model, &Options::default()).unwrap().gradient else {
        panic!("expected an obstacle");
    };
    assert_eq!((nodes.len(), nodes[0].operator.as_str(), nodes[0].output.as_str()), (1, "Mystery", "Relu"));
}

#[test]
fn tensors_with_impossible_sizes_are_refused_unallocated() {
    for dims in [vec![i64::MAX, 2], vec![-1, 3], vec![1 << 40], vec![3]] {
        let proto = TensorProto { dims: dims.clone(), data_type: 1, ..Default::default() };
        assert!(Tensor::from_proto(&proto).is_err(), "{dims:?}");
    }
    let mut graph = classifier();
    graph.inputs[0].dims =
        Some(vec![Dim::Symbol("n".into()), Dim::Fixed(1 << 40), Dim::Fixed(4), Dim::Fixed(4)]);
    let error = differentiate(&graph.to_model().unwrap(), &Options::default()).unwrap_err();
    assert!(error.to_string().contains("more than"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..Default::default() })]

    /// Whatever bytes change, reading a model ends with a model or an error.
    #[test]
    fn mutated_files_do_no_harm(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>(), shorten in any::<bool>()) {
        let mut bytes = classifier().to_model().unwrap().to_bytes().to_vec();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if shorten {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(model) = Model::from_bytes(bytes) {
            let _ = differentiate(&model, &Options::default());
        }
    }
}
