//! What is left out or folded before a graph is differentiated, and that the same model gives the same bytes.

mod forms;

use dissect_onnx::gradient::{Options, differentiate};
use dissect_onnx::graph::attr;
use dissect_onnx::model::Model;
use dissect_onnx::proto::NodeProto;
use dissect_onnx::tensor::{DataType, Tensor};
use forms::{check, graph, node, numbers, value};

const F64: DataType = DataType::Double;

fn model(nodes: Vec<NodeProto>, dims: [&[&str]; 2]) -> Model {
    let variance = Tensor::from_f64s(F64, &[4], &[0.5, 1.0, 1.5, 2.0]).expect("numbers");
    let constants = [
        ("w", numbers(1, &[6, 4])),
        ("b", numbers(2, &[4])),
        ("row", numbers(3, &[1, 4])),
        ("scale", numbers(4, &[4])),
        ("shift", numbers(5, &[4])),
        ("mean", numbers(6, &[4])),
        ("variance", variance),
        ("pairs", Tensor::ints(&[-1, 3, 2])),
        ("square", Tensor::ints(&[-1, 2, 3])),
        ("copied", Tensor::ints(&[0, -1])),
        ("one", Tensor::ints(&[1])),
    ];
    let y = value("y", F64, dims[1]);
    forms::model(graph(nodes, vec![value("x", F64, dims[0])], vec![y], &constants), 18)
}

fn normalized(x: &str) -> NodeProto {
    node("BatchNormalization", &[x, "scale", "shift", "mean", "variance"], &["y"], vec![])
}

/// An operator, a model's nodes and the dimensions of `x` and `y`, and how often the operator is in the gradient.
type Case = (&'static str, Vec<NodeProto>, [&'static [&'static str]; 2], usize);

#[test]
fn normalizations_are_folded_and_detours_left_out() {
    let product = || node("MatMul", &["x", "w"], &["h"], vec![]);
    let to = |t: DataType| vec![attr("to", t.number())];
    let flat: [&'static [&'static str]; 2] = [&["N", "6"], &["N", "4"]];
    let tables: [Case; 7] = [
        ("BatchNormalization", vec![product(), normalized("h")], flat, 0),
        (
            "BatchNormalization",
            vec![product(), node("Add", &["h", "b"], &["s"], vec![]), normalized("s")],
            flat,
            0,
        ),
        (
            "BatchNormalization",
            vec![product(), node("Add", &["row", "h"], &["s"], vec![]), normalized("s")],
            flat,
            0,
        ),
        // Here the channels are not the product's columns.
        ("BatchNormalization", vec![product(), normalized("h")], [&["N", "4", "6"], &["N", "4", "4"]], 1),
        // Somebody else reads the product as well.
        (
            "BatchNormalization",
            vec![
                product(),
                node("BatchNormalization", &["h", "scale", "shift", "mean", "variance"], &["n"], vec![]),
                node("Mul", &["n", "h"], &["y"], vec![]),
            ],
            flat,
            1,
        ),
        (
            "Reshape",
            vec![
                node("Reshape", &["x", "pairs"], &["a"], vec![]),
                node("Reshape", &["a", "square"], &["b2"], vec![]),
                node("Unsqueeze", &["b2", "one"], &["c"], vec![]),
                node("Reshape", &["c", "copied"], &["y"], vec![]),
            ],
            [&["N", "6"], &["N", "6"]],
            // One forward and one back.
            2,
        ),
        (
            "Cast",
            vec![
                node("Identity", &["x"], &["a"], vec![]),
                node("Cast", &["a"], &["same"], to(F64)),
                node("Tanh", &["same"], &["y"], vec![]),
            ],
            [&["N", "6"], &["N", "6"]],
            0,
        ),
    ];
    for (operator, nodes, dims, expected) in tables {
        let about = format!("{:?}", nodes.iter().map(|n| n.op_type.as_str()).collect::<Vec<_>>());
        let original = model(nodes, dims);
        let gradient = if operator == "BatchNormalization" && expected == 0 {
            differentiate(&original, &Options::default()).expect("a gradient")
        } else {
            check(&original, &Options::default())
        };
        let found = gradient.graph().node.iter().filter(|n| n.op_type == operator).count();
        assert_eq!(found, expected, "{about}");
    }
}

/// A cast to a wider type and back is nothing; one to a narrower type and back rounds, and stays.
#[test]
fn casts_there_and_back() {
    let to = |t: DataType| vec![attr("to", t.number())];
    for (x, between, expected) in [(DataType::Float, F64, 0), (F64, DataType::Float, 4)] {
        let nodes = vec![
            node("Tanh", &["x"], &["t"], vec![]),
            node("Cast", &["t"], &["there"], to(between)),
            node("Cast", &["there"], &["back"], to(x)),
            node("Neg", &["back"], &["y"], vec![]),
        ];
        let ports = (vec![value("x", x, &["N"])], vec![value("y", x, &["N"])]);
        let model = forms::model(graph(nodes, ports.0, ports.1, &[]), 18);
        let gradient = differentiate(&model, &Options::default()).expect("a gradient");
        let casts = gradient.graph().node.iter().filter(|n| n.op_type == "Cast").count();
        assert_eq!(casts, expected, "{x} through {between}");
    }
}

#[test]
fn the_same_model_gives_the_same_bytes() {
    let nodes = || {
        vec![
            node("MatMul", &["x", "w"], &["h"], vec![]),
            node("BatchNormalization", &["h", "scale", "shift", "mean", "variance"], &["n"], vec![]),
            node("Softmax", &["n"], &["soft"], vec![attr("axis", 1)]),
            node("Mul", &["soft", "b"], &["scaled"], vec![]),
            node("Add", &["scaled", "n"], &["y"], vec![]),
        ]
    };
    let bytes = || {
        let model = model(nodes(), [&["N", "6"], &["N", "4"]]);
        differentiate(&model, &Options::default()).expect("a gradient").to_bytes()
    };
    let first = bytes();
    for _ in 0..5 {
        assert!(bytes() == first);
    }
}
