//! Gradients are the same to the bit with one thread and with two.
#![expect(clippy::unwrap_used, reason = "where a helper cannot go on the test has failed")]

mod networks;

use dissect_onnx::gradient::{Options, Target, differentiate};
use dissect_onnx::graph::{Graph, attr};
use dissect_onnx::model::{Dim, Model};
use dissect_onnx::session::{Device, Session, SessionOptions};
use dissect_onnx::tensor::{DataType, Tensor};
use networks::{model, narrow, tiny_generator};

const BATCH: usize = 16;

/// Every value a gradient model gives, as bytes.
fn bits(gradient: &Model, threads: usize) -> Vec<Vec<u8>> {
    let inputs: Vec<(String, Tensor)> = (gradient.inputs().unwrap().into_iter())
        .map(|input| {
            let shape: Vec<usize> = (input.dims.unwrap().iter())
                .map(|dim| match dim {
                    Dim::Fixed(size) => *size,
                    Dim::Symbol(_) | Dim::Unknown => BATCH,
                })
                .collect();
            let count: usize = shape.iter().product();
            // Irregular, so that another order of additions shows.
            let values: Vec<f32> =
                (0..count).map(|i| ((i * 7919 % 1009) as f32 / 504.0 - 1.0).powi(3)).collect();
            (input.name, Tensor::from_vec(&shape, &values))
        })
        .collect();
    let options = SessionOptions { device: Device::Cpu, threads, ..SessionOptions::default() };
    let mut session = Session::new(gradient, &options).unwrap();
    let values = session.run(inputs.iter().map(|(n, t)| (n, t))).unwrap();
    values.values().map(|tensor| tensor.bytes().to_vec()).collect()
}

fn same(name: &str, model: &Model) {
    for target in [Target::Any, Target::Cpu] {
        let gradient = differentiate(model, &Options { target, ..Options::default() }).unwrap();
        assert!(bits(&gradient, 1) == bits(&gradient, 2), "{name}, {target:?}: one thread and two differ");
    }
}

#[test]
fn networks() {
    for name in ["vgg11", "resnet20"] {
        same(name, &model(&narrow(name, 10), 1));
    }
    same("generator", &model(&tiny_generator(), 2));
}

/// Sums over windows that overlap, over whole dimensions, and over elements that meet in one place.
#[test]
fn sums_of_many() {
    let batch = || Dim::Symbol("batch".into());
    let mut graph = Graph::new("sums", 18);
    let x = graph.add_input("x", DataType::Float, [batch(), Dim::Fixed(8), Dim::Fixed(32), Dim::Fixed(32)]);
    let window = || [attr("kernel_shape", [3, 3]), attr("strides", [2, 2]), attr("pads", [1, 1, 1, 1])];
    let most = graph.node("MaxPool", [&x], window());
    let mean = graph.node("AveragePool", [&most], window());
    let flat = graph.ints(&[0, -1]);
    let flat = graph.node("Reshape", [&mean, &flat], []);
    let scale = graph.constant("scale", Tensor::from_vec(&[512], &[1.5_f32; 512]));
    let normal = graph.node("LayerNormalization", [&flat, &scale], []);
    let picked: Vec<i64> = (0..4096).map(|i| i * 31 % 512).collect();
    let picked = graph.constant("picked", Tensor::from_vec(&[1, 4096], &picked));
    let shape = graph.node("Shape", [&flat], [attr("start", 0), attr("end", 1)]);
    let rest = graph.ints(&[1]);
    let shape = graph.node("Concat", [&shape, &rest], [attr("axis", 0)]);
    let picked = graph.node("Expand", [&picked, &shape], []);
    let gathered = graph.node("GatherElements", [&normal, &picked], [attr("axis", 1)]);
    let product = graph.node("Mul", [&gathered, &gathered], []);
    let axis = graph.ints(&[1]);
    let y = graph.node("ReduceLogSumExp", [&product, &axis], []);
    graph.add_output_as("y", &y, DataType::Float, [batch(), Dim::Fixed(1)]);
    same("sums", &graph.to_model().unwrap());
}
