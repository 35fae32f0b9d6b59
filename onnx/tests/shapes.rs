//! Batches stay open, other dimensions are taken from declarations or from `--shape`, and errors say what to give.

mod forms;

use dissect_onnx::gradient::{Options, differentiate};
use dissect_onnx::graph::attr;
use dissect_onnx::model::Model;
use dissect_onnx::tensor::{DataType, Tensor};
use forms::{check, graph, inputs_of, node, run, value};

const F64: DataType = DataType::Double;

/// `y = tanh(a) * sum over the second dimension of b`, flattened.
fn two_inputs(a: &[&str], b: &[&str], y: &[&str]) -> Model {
    let nodes = vec![
        node("Tanh", &["a"], &["bent"], vec![]),
        node("ReduceSum", &["b", "axes"], &["sum"], vec![attr("keepdims", 1)]),
        node("Mul", &["bent", "sum"], &["product"], vec![]),
        node("Flatten", &["product"], &["flat"], vec![]),
        node("Concat", &["flat", "flat"], &["y"], vec![attr("axis", 1)]),
    ];
    let inputs = vec![value("a", F64, a), value("b", F64, b)];
    forms::model(graph(nodes, inputs, vec![value("y", F64, y)], &[("axes", Tensor::ints(&[1]))]), 18)
}

fn shapes(given: &[(&str, &[Option<usize>])]) -> Options {
    let shapes = given.iter().map(|(name, dims)| ((*name).to_owned(), dims.to_vec())).collect();
    Options { shapes, ..Options::default() }
}

#[test]
fn batches_of_any_kind() {
    let tables: [[&[&str]; 3]; 5] = [
        [&["1", "2", "3"], &["1", "2", "3"], &["1", "12"]],
        [&["N", "2", "3"], &["N", "2", "3"], &["M", "12"]],
        // Two symbols for batches that are the same when the model runs, and one input without.
        [&["N", "2", "3"], &["M", "2", "3"], &["both", "12"]],
        [&["N", "2", "3"], &["1", "2", "3"], &["?", "out"]],
        [&["2", "2", "3"], &["1", "2", "1"], &["2", "12"]],
    ];
    for [a, b, y] in tables {
        let gradient = check(&two_inputs(a, b, y), &Options::default());
        let computed = |n: &&dissect_onnx::proto::NodeProto| matches!(n.op_type.as_str(), "Shape" | "Size");
        assert_eq!(
            gradient.graph().node.iter().filter(computed).count(),
            0,
            "{a:?} {b:?}: shapes are computed"
        );
    }
}

#[test]
fn open_dimensions_are_given() {
    let model = two_inputs(&["N", "2", "width"], &["N", "2", "width"], &["M", "out"]);
    // A symbol that is given for one input is known for the other.
    let gradient = differentiate(&model, &shapes(&[("a", &[None, Some(2), Some(3)])])).expect("a gradient");
    let ports = gradient.inputs().expect("inputs").into_iter().chain(gradient.outputs().expect("outputs"));
    let ports: Vec<String> = ports.into_iter().map(|port| port.to_string()).collect();
    assert_eq!(
        ports,
        [
            "a: double [N, 2, 3]",
            "b: double [N, 2, 3]",
            "y_grad: double [M, 12]",
            "y: double [M, 12]",
            "a_grad: double [N, 2, 3]",
            "b_grad: double [N, 2, 3]"
        ]
    );
    // The batch can be any dimension, and it can be fixed.
    let nodes = vec![node("Tanh", &["x"], &["y"], vec![])];
    let ports = (vec![value("x", F64, &["width", "2", "N"])], vec![value("y", F64, &["?", "2", "N"])]);
    let turned = forms::model(graph(nodes, ports.0, ports.1, &[]), 18);
    let turned = differentiate(&turned, &shapes(&[("x", &[Some(3), Some(2), None])])).expect("a gradient");
    assert_eq!(turned.outputs().expect("outputs")[1].to_string(), "x_grad: double [3, 2, N]");
    let fixed = differentiate(&model, &shapes(&[("a", &[Some(1), Some(2), Some(3)])])).expect("a gradient");
    let mut given = inputs_of(&fixed, 0);
    assert_eq!(given["y_grad"].shape(), [1, 12]);
    given.retain(|name, _| name != "y_grad");
    assert_eq!(run(&model, &given)["y"].shape(), [1, 12]);
}

#[test]
fn errors_say_what_to_give() {
    let width = || two_inputs(&["N", "2", "width"], &["N", "2", "width"], &["M", "out"]);
    let single = || two_inputs(&["1", "2", "3"], &["1", "2", "3"], &["1", "12"]);
    let tables = [
        (
            width(),
            Options::default(),
            "input `a` has shape [N, 2, width]: dimension 2 (`width`) is not known; give it, for example as \
             `--shape a=N,2,224`",
        ),
        (
            width(),
            shapes(&[("c", &[None])]),
            "shape given for input `c`: there is no such input; the inputs are a, b",
        ),
        (
            width(),
            shapes(&[("a", &[None, Some(3), Some(3)])]),
            "shape given for input `a`: does not fit the declared `a: double [N, 2, width]`",
        ),
        (
            single(),
            shapes(&[("a", &[None, Some(2), Some(3)])]),
            "shape given for input `a`: dimension 0 is fixed in the declared `a: double [1, 2, 3]`; give its number there, \
             or export the model with a batch that is open",
        ),
    ];
    for (model, options, expected) in tables {
        let error = differentiate(&model, &options).expect_err("something is missing");
        assert_eq!(error.to_string(), expected);
    }
}
