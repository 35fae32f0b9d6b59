//! What cannot be dissected is refused with the file, what was found, what was expected and what to do.
#![expect(clippy::unwrap_used, reason = "what cannot be set up is a failed test")]

mod networks;
#[path = "networks/scene.rs"]
mod scene;

use dissect_onnx::dissect::{ModelRef, Settings};
use dissect_onnx::export::{Layout, Metadata, export};
use dissect_onnx::graph::{Graph, attr};
use dissect_onnx::model::{Dim, Model};
use dissect_onnx::tensor::DataType;
use networks::{drawn, model, narrow};
use scene::{Scene, refused, run};

/// A classifier made by hand with these inputs and one output: means over all pixels.
fn by_hand(inputs: &[(&str, DataType, &[usize])], output_dims: usize) -> Model {
    let mut graph = Graph::new("by hand", 17);
    let mut values = Vec::new();
    for (name, data_type, dims) in inputs {
        let dims = std::iter::once(Dim::Symbol("n".into())).chain(dims.iter().map(|d| Dim::Fixed(*d)));
        values.push(graph.add_input(name, *data_type, dims));
    }
    let x = values.first().cloned().unwrap();
    let y =
        graph.node("ReduceMean", [x], [attr("axes", [2, 3]), attr("keepdims", i64::from(output_dims == 4))]);
    let dims = (0..output_dims).map(|i| if i == 0 { Dim::Symbol("n".into()) } else { Dim::Unknown });
    graph.add_output_as("y", &y, DataType::Float, dims);
    graph.to_model().unwrap()
}

#[test]
fn models_of_the_wrong_kind() {
    let scene = Scene::new(3);
    let against = |model: &Model| {
        let models = vec![scene.model("f1"), scene.save("bad", model)];
        refused(&Settings { models, ..scene.settings() })
    };
    let float = DataType::Float;
    insta::assert_snapshot!(against(&model(&narrow("vgg11", 7), 1)), @"bad.onnx: 7 classes, expected 3 as in f1.onnx; compare models of the same classes, or name the output that has them with --output fN=NAME");
    insta::assert_snapshot!(against(&by_hand(&[("a", float, &[3, 32, 32]), ("b", float, &[3, 32, 32])], 2)), @"bad.onnx: 2 inputs (`a`, `b`), expected one float input of images [batch, 3, h, w] or [batch, h, w, 3]; name the image with --input NAME, if the class scores need no other");
    insta::assert_snapshot!(against(&by_hand(&[("x", float, &[4, 32, 32])], 2)), @"bad.onnx: input x: float [n, 4, 32, 32], expected images [batch, 3, h, w], or with 1 channel for grey ones; give a classifier of images; --layout says where its channels stand");
    insta::assert_snapshot!(against(&by_hand(&[("x", float, &[3, 32, 32])], 4)), @"bad.onnx: output y: float [n, ?, ?, ?], expected one float output [batch, classes]; give a classifier of images, or name the output that has the class scores with --output NAME");
    insta::assert_snapshot!(against(&scene.generator), @"bad.onnx: output x: float [batch, 3, 32, 32], expected one float output [batch, classes]; give a classifier of images, or name the output that has the class scores with --output NAME");
}

#[test]
fn files_that_are_no_models() {
    let scene = Scene::new(3);
    let against = |bytes: &[u8]| {
        std::fs::write(scene.path("bad"), bytes).unwrap();
        let models = vec![scene.model("f1"), scene.model("bad")];
        refused(&Settings { models, ..scene.settings() })
    };
    let whole = std::fs::read(scene.path("f2")).unwrap();
    for (what, bytes) in
        [("text", &b"this is no model"[..]), ("empty", b""), ("half", &whole[..whole.len() / 2])]
    {
        let message = against(bytes);
        assert!(message.starts_with("bad.onnx: not an ONNX model, or cut short ("), "{what}: {message}");
    }
    let models = vec![scene.model("f1"), scene.model("absent")];
    insta::assert_snapshot!(refused(&Settings { models, ..scene.settings() }), @"absent.onnx: not found");
}

#[test]
fn generators_and_starts_that_do_not_fit() {
    let scene = Scene::new(3);
    let generator = scene.path("f2");
    insta::assert_snapshot!(refused(&Settings { generator, ..scene.settings() }), @"f2.onnx: input x: float [batch, 3, 32, 32], expected one float input [batch, latent] with a dynamic batch; give a generator exported by a GAN run, or any model from vectors to images in [-1, 1]");

    let with = |bytes: &[u8]| {
        let path = scene.folder.path().join("z.npy");
        std::fs::write(&path, bytes).unwrap();
        refused(&Settings { latents: Some(path), ..scene.settings() })
    };
    let npy = |descr: &str, order: &str, shape: &str, bytes: usize| {
        let mut header = format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}");
        header.push_str(&" ".repeat(117 - header.len()));
        header.push('\n');
        let mut file = b"\x93NUMPY\x01\x00\x76\x00".to_vec();
        file.extend(header.bytes());
        file.extend(vec![0; bytes]);
        file
    };
    insta::assert_snapshot!(with(b"not an array"), @"z.npy: not a .npy file, expected float32 [3, starts, 5] (.npy, C order), classes first");
    insta::assert_snapshot!(with(&npy("<f4", "False", "(3, 4, 100)", 4800)), @"z.npy: float32 [3, 4, 100], expected float32 [3, starts, 5] (.npy, C order), classes first");
    insta::assert_snapshot!(with(&npy("<f4", "False", "(4, 5)", 80)), @"z.npy: float32 [4, 5], expected float32 [3, starts, 5] (.npy, C order), classes first");
    insta::assert_snapshot!(with(&npy("<f8", "False", "(3, 4, 5)", 480)), @"z.npy: float64 [3, 4, 5], expected float32 [3, starts, 5] (.npy, C order), classes first");
    insta::assert_snapshot!(with(&npy("<f4", "True", "(3, 4, 5)", 240)), @"z.npy: float32 [3, 4, 5] in Fortran order, expected float32 [3, starts, 5] (.npy, C order), classes first");
    insta::assert_snapshot!(with(&npy("<f4", "False", "(3, 4, 5)", 100)), @"z.npy: cut short: 100 bytes for [3, 4, 5], expected float32 [3, starts, 5] (.npy, C order), classes first");
    insta::assert_snapshot!(with(&npy("<f4", "False", "(3, 4000000000000000000, 5)", 100)), @"z.npy: cut short: 100 bytes for [3, 4000000000000000000, 5], expected float32 [3, starts, 5] (.npy, C order), classes first");
}

#[test]
fn facts_that_cannot_be() {
    let scene = Scene::new(3);
    let with = |toml: &str| {
        std::fs::write(scene.folder.path().join("f2.toml"), toml).unwrap();
        refused(&scene.settings())
    };
    insta::assert_snapshot!(with("range = [1, 0]"), @"f2.onnx: range is [1, 0], expected two numbers, the smaller first");
    insta::assert_snapshot!(with("std = [1, 0, 1]"), @"f2.onnx: std is [1.0, 0.0, 1.0], expected 3 finite numbers, one for each channel, std above 0");
    insta::assert_snapshot!(with("mean = [1]"), @"f2.onnx: mean is [1.0], expected 3 finite numbers, one for each channel, std above 0");
    insta::assert_snapshot!(with("classes = [\"cat\"]"), @"f2.onnx: classes is a list of 1, expected 3 names, one for each output (--classes)");
    insta::assert_snapshot!(with("layout = \"NHWC\""), @"f2.onnx: input x: float [batch, 3, 32, 32], expected images [batch, h, w, 3], or with 1 channel for grey ones; give a classifier of images; --layout says where its channels stand");
    insta::assert_snapshot!(with("\noutput = \"scores\""), @"f2.toml: line 2 is wrong (unknown variant `scores`, expected `logits` or `probabilities`), expected layout, range, mean, std, shape, output, classes, input_name and output_name");
    insta::assert_snapshot!(with("colour = \"red\""), @"f2.toml: line 1 is wrong (unknown field `colour`, expected one of `layout`, `range`, `mean`, `std`, `shape`, `output`, `classes`, `input_name`, `output_name`), expected layout, range, mean, std, shape, output, classes, input_name and output_name");
    std::fs::remove_file(scene.folder.path().join("f2.toml")).unwrap();

    let network = narrow("vgg11", 3);
    let mut model = export(&network, &drawn(&network, 2), &Metadata::default()).unwrap();
    model.set_metadata("dissect.output", "scores");
    scene.save("f2", &model);
    insta::assert_snapshot!(refused(&scene.settings()), @"f2.onnx: metadata `dissect.output` is `scores`, expected logits or probabilities");
    // What is said beside a file goes before what the file says.
    model.set_metadata("dissect.output", "logits");
    model.set_metadata("dissect.input", r#"{"layout":"NHWC","range":[0,1]}"#);
    scene.save("f2", &model);
    assert!(refused(&scene.settings()).starts_with("f2.onnx: input x: float [batch, 3, 32, 32], expected"));
    let mut second = ModelRef::new(scene.path("f2"));
    second.facts.layout = Some(Layout::Nchw);
    run(&Settings { models: vec![scene.model("f1"), second], ..scene.settings() });
}

#[test]
fn settings_out_of_range() {
    let scene = Scene::new(3);
    insta::assert_snapshot!(refused(&Settings { models: vec![scene.model("f1")], ..scene.settings() }), @"the number of models is 1, expected 2 or more, f1 first");
    insta::assert_snapshot!(refused(&Settings { seeds: 0, ..scene.settings() }), @"seeds is 0, expected 1 to 10000");
    insta::assert_snapshot!(refused(&Settings { learning_rate: 1e39, ..scene.settings() }), @"the learning rate is 1000000000000000000000000000000000000000, expected more than 0 and a float32");
    insta::assert_snapshot!(refused(&Settings { learning_rate: f64::NAN, ..scene.settings() }), @"the learning rate is NaN, expected more than 0 and a float32");
}
