//! Models of all four floating-point types: the gradient is that of float64 within what the type holds, inputs and
//! outputs keep their types.

mod forms;

use std::collections::BTreeMap;

use dissect_onnx::gradient::{Half, Options, differentiate};
use dissect_onnx::graph::attr;
use dissect_onnx::model::Model;
use dissect_onnx::proto::{AttributeProto, NodeProto};
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::{DataType, Tensor};
use forms::{body, graph, node, numbers_of, open, run, value};

const TYPES: [(DataType, f64); 4] = [
    (DataType::Double, 1e-12),
    (DataType::Float, 1e-6),
    // Half of the distance between neighbours, as only inputs and outputs are rounded.
    (DataType::Float16, 6e-4),
    (DataType::Bfloat16, 5e-3),
];

/// Numbers that all four types hold.
fn exact(data_type: DataType, seed: u32, shape: &[usize]) -> Tensor {
    let values: Vec<f64> = numbers_of(DataType::Double, seed, shape).to_f64s().unwrap_or_default();
    let values: Vec<f64> = values.into_iter().map(|v| (v * 64.0).round() / 64.0).collect();
    Tensor::from_f64s(data_type, shape, &values).expect("a type of numbers")
}

fn to(data_type: DataType) -> AttributeProto {
    attr("to", data_type.number())
}

/// A network in one type: `[N, 6]` to `[N, 3]`.
fn plain(t: DataType) -> Model {
    let chosen = |operator: &str| {
        graph(vec![node(operator, &["soft"], &["r"], vec![])], vec![], vec![open("r", t)], &[])
    };
    let nodes = vec![
        node("Gemm", &["x", "a", "b"], &["h"], vec![attr("transB", 1)]),
        node("BatchNormalization", &["h", "scale", "b", "mean", "variance"], &["norm"], vec![]),
        node("Tanh", &["norm"], &["t"], vec![]),
        node("Shape", &["t"], &["shape"], vec![]),
        node("ConstantOfShape", &["shape"], &["halves"], vec![attr("value", exact(t, 9, &[1]))]),
        node("Mul", &["t", "halves"], &["scaled"], vec![]),
        node("CastLike", &["two", "scaled"], &["twice"], vec![]),
        node("Add", &["scaled", "twice"], &["sum"], vec![]),
        node("MatMul", &["sum", "c"], &["logits"], vec![]),
        node("Softmax", &["logits"], &["soft"], vec![attr("axis", -1)]),
        node(
            "If",
            &["yes"],
            &["y"],
            vec![body("then_branch", chosen("Neg")), body("else_branch", chosen("Abs"))],
        ),
    ];
    let constants = [
        ("a", exact(t, 1, &[5, 6])),
        ("b", exact(t, 2, &[5])),
        ("scale", exact(t, 3, &[5])),
        ("mean", exact(t, 4, &[5])),
        ("variance", Tensor::from_f64s(t, &[5], &[0.5, 1.0, 1.5, 2.0, 0.25]).expect("numbers")),
        ("c", exact(t, 5, &[5, 3])),
        ("two", Tensor::scalar(2_i64)),
        ("yes", Tensor::scalar(true)),
    ];
    model(nodes, t, t, &constants)
}

/// Casts between inner values, as automatic mixed precision leaves them.
fn mixed(t: DataType) -> Model {
    let nodes = vec![
        node("Cast", &["x"], &["narrow"], vec![to(t)]),
        node("Cast", &["a"], &["weights"], vec![to(t)]),
        node("MatMul", &["narrow", "weights"], &["h"], vec![]),
        node("Cast", &["h"], &["wide"], vec![to(DataType::Float)]),
        node("Tanh", &["wide"], &["y"], vec![]),
    ];
    model(nodes, DataType::Float, DataType::Float, &[("a", exact(DataType::Float, 1, &[6, 3]))])
}

fn model(nodes: Vec<NodeProto>, x: DataType, y: DataType, constants: &[(&str, Tensor)]) -> Model {
    forms::model(
        graph(nodes, vec![value("x", x, &["N", "6"])], vec![value("y", y, &["N", "3"])], constants),
        18,
    )
}

fn given(x: DataType, y: DataType) -> BTreeMap<String, Tensor> {
    [("x".to_owned(), exact(x, 20, &[2, 6])), ("y_grad".to_owned(), exact(y, 21, &[2, 3]))].into()
}

fn distance(a: &Tensor, b: &Tensor) -> f64 {
    let (a, b) = (a.to_f64s().expect("floats"), b.to_f64s().expect("floats"));
    let length = b.iter().map(|v| v * v).sum::<f64>().sqrt();
    a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt() / length
}

#[test]
fn gradients_are_those_of_float64() {
    let double = differentiate(&plain(DataType::Double), &Options::default()).expect("a gradient");
    let expected = run(&double, &given(DataType::Double, DataType::Double));
    for (t, tolerance) in TYPES {
        let model = plain(t);
        let gradient = differentiate(&model, &Options::default()).expect("a gradient");
        let ports =
            gradient.inputs().expect("inputs").into_iter().chain(gradient.outputs().expect("outputs"));
        assert!(ports.into_iter().all(|port| port.data_type == t), "{t}");
        let found = run(&gradient, &given(t, t));
        for name in ["y", "x_grad"] {
            assert_eq!(found[name].data_type(), t);
            let error = distance(&found[name], &expected[name]);
            assert!(error < tolerance, "{t}: {name} is off by {error}");
        }
        // Where ONNX Runtime runs the model itself, results are near: there, every value is rounded.
        if let Ok(mut session) = Session::new(&model, &SessionOptions::plain()) {
            let own = session.run([("x", &given(t, t)["x"])]).expect("it runs");
            let error = distance(&found["y"], &own["y"]);
            assert!(error < 20.0 * tolerance, "{t}: y is {error} from the model's own");
        } else {
            assert_eq!(t, DataType::Bfloat16);
        }
    }
}

#[test]
fn inner_casts_to_halves_are_left_out_or_kept() {
    let expected = differentiate(&mixed(DataType::Float), &Options::default()).expect("a gradient");
    let expected = run(&expected, &given(DataType::Float, DataType::Float));
    for t in [DataType::Float16, DataType::Bfloat16] {
        let gradient = differentiate(&mixed(t), &Options::default()).expect("a gradient");
        assert!(gradient.graph().node.iter().all(|n| n.op_type != "Cast"), "{t}");
        let found = run(&gradient, &given(DataType::Float, DataType::Float));
        assert_eq!((&found["y"], &found["x_grad"]), (&expected["y"], &expected["x_grad"]), "{t}");
    }
    let options = Options { half: Half::Keep, ..Options::default() };
    let kept = differentiate(&mixed(DataType::Float16), &options).expect("a gradient");
    assert!(kept.graph().node.iter().any(|n| n.op_type == "Cast"));
    let found = run(&kept, &given(DataType::Float, DataType::Float));
    let error = distance(&found["x_grad"], &expected["x_grad"]);
    assert!(error < 5e-3, "{error}");
}

/// Bounds that opset 10 has as attributes take the type of what they bound.
#[test]
fn old_forms_fit_every_type() {
    for (t, _) in TYPES {
        let attributes = vec![attr("pads", [0, 1, 0, 1]), attr("value", 0.25_f32)];
        let nodes = vec![
            node("Pad", &["x"], &["padded"], attributes),
            node("Clip", &["padded"], &["clipped"], vec![attr("min", -0.5_f32), attr("max", 0.5_f32)]),
            node("MatMul", &["clipped", "a"], &["y"], vec![]),
        ];
        let ports = (vec![value("x", t, &["N", "6"])], vec![value("y", t, &["N", "3"])]);
        let model = forms::model(graph(nodes, ports.0, ports.1, &[("a", exact(t, 1, &[8, 3]))]), 10);
        for half in [Half::Promote, Half::Keep] {
            if t == DataType::Bfloat16 && half == Half::Keep {
                continue;
            }
            let gradient =
                differentiate(&model, &Options { half, ..Options::default() }).expect("a gradient");
            assert_eq!(run(&gradient, &given(t, t))["x_grad"].data_type(), t);
        }
    }
}
