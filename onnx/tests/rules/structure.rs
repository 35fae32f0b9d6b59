//! What the walk does around the rules: accumulation, pruning, names, ties, errors that list everything.

use dissect_onnx::gradient::{GradientError, Options, differentiate};
use dissect_onnx::graph::{Graph, attr};
use dissect_onnx::model::{Dim, Model};
use dissect_onnx::proto::AttributeProto;
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::{DataType, Tensor};

fn batch(rest: &[usize]) -> Vec<Dim> {
    std::iter::once(Dim::Symbol("batch".into())).chain(rest.iter().map(|&d| Dim::Fixed(d))).collect()
}

fn run(model: &Model, inputs: &[(&str, Tensor)]) -> std::collections::BTreeMap<String, Tensor> {
    let mut session = Session::new(model, &SessionOptions::plain()).unwrap();
    session.run(inputs.iter().map(|(n, t)| (n, t))).unwrap()
}

fn gradient(graph: &Graph) -> Model {
    differentiate(&graph.to_model().unwrap(), &Options::default()).unwrap()
}

fn vector(values: &[f32]) -> Tensor {
    Tensor::from_vec(&[1, values.len()], values)
}

#[test]
fn a_value_read_many_times_gathers_all_gradients() {
    let mut graph = Graph::new("many", 17);
    let x = graph.add_input("x", DataType::Float, batch(&[2]));
    let square = graph.node("Mul", [&x, &x], []);
    let sum = graph.node("Add", [&square, &x], []);
    graph.add_output_as("y", &sum, DataType::Float, batch(&[2]));
    let out = run(&gradient(&graph), &[("x", vector(&[3.0, -1.0])), ("y_grad", vector(&[1.0, 10.0]))]);
    assert_eq!(out["x_grad"].to_vec::<f32>().unwrap(), [7.0, -10.0]);
    assert_eq!(out["y"].to_vec::<f32>().unwrap(), [12.0, 0.0]);
}

#[test]
fn signature_is_the_models_and_its_gradients() {
    let mut graph = Graph::new("signature", 17);
    let x = graph.add_input("x", DataType::Float, batch(&[4]));
    let index = graph.add_input("index", DataType::Int64, [Dim::Fixed(1)]);
    let unused = graph.add_input("unused", DataType::Float, [Dim::Fixed(3)]);
    let picked = graph.node("Gather", [&x, &index], [attr("axis", 1)]);
    graph.add_output_as("y", &picked, DataType::Float, batch(&[1]));
    let kept = graph.node("Shape", [&unused], []);
    graph.add_output_as("shape", &kept, DataType::Int64, [Dim::Fixed(1)]);
    let model = gradient(&graph);
    let names = |ports: Vec<dissect_onnx::model::ValueInfo>| {
        ports.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(
        names(model.inputs().unwrap()),
        "x: float [batch, 4]; index: int64 [1]; unused: float [3]; y_grad: float [batch, 1]"
    );
    assert_eq!(
        names(model.outputs().unwrap()),
        "y: float [batch, 1]; shape: int64 [1]; x_grad: float [batch, 4]; unused_grad: float [3]"
    );
    let inputs = [
        ("x", vector(&[1.0, 2.0, 3.0, 4.0])),
        ("index", Tensor::ints(&[2])),
        ("unused", Tensor::from_vec(&[3], &[0_f32; 3])),
        ("y_grad", vector(&[5.0])),
    ];
    let out = run(&model, &inputs);
    assert_eq!(out["x_grad"].to_vec::<f32>().unwrap(), [0.0, 0.0, 5.0, 0.0]);
    assert_eq!(out["unused_grad"].to_vec::<f32>().unwrap(), [0.0; 3]);
}

#[test]
fn inner_values_make_way_for_the_names_of_gradients() {
    let mut graph = Graph::new("names", 17);
    let x = graph.add_input("x", DataType::Float, batch(&[1]));
    let clash = graph.named_node("y_grad", "Exp", [&x], []);
    let other = graph.named_node("x_grad", "Neg", [&clash], []);
    graph.add_output_as("y", &other, DataType::Float, batch(&[1]));
    let out = run(&gradient(&graph), &[("x", vector(&[0.0])), ("y_grad", vector(&[2.0]))]);
    assert_eq!(out["x_grad"].to_vec::<f32>().unwrap(), [-2.0]);
    let again = differentiate(&gradient(&graph), &Options::default());
    assert!(matches!(again, Err(GradientError::Name(name)) if name == "y_grad" || name == "x_grad"));
}

#[test]
fn ties_of_a_pool_go_to_the_first() {
    let mut graph = Graph::new("ties", 17);
    let x = graph.add_input("x", DataType::Float, batch(&[1, 2, 4]));
    let pool = graph.node("MaxPool", [&x], [attr("kernel_shape", [2, 2]), attr("strides", [2, 2])]);
    graph.add_output_as("y", &pool, DataType::Float, batch(&[1, 1, 2]));
    let x = Tensor::from_vec(&[1, 1, 2, 4], &[0_f32, 5.0, 1.0, 1.0, 5.0, 5.0, 1.0, 1.0]);
    let seed = Tensor::from_vec(&[1, 1, 1, 2], &[3_f32, 7.0]);
    let out = run(&gradient(&graph), &[("x", x), ("y_grad", seed)]);
    assert_eq!(out["x_grad"].to_vec::<f32>().unwrap(), [0.0, 3.0, 7.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

/// What libtorch's autograd gives at bends and ties, for `dy` of ones.
#[test]
fn bends_and_ties_are_libtorchs() {
    let places = [-3_f32, 0.0, 3.0];
    let cases: [(&str, Vec<AttributeProto>, [f32; 3]); 10] = [
        ("Relu", vec![], [0.0, 0.0, 1.0]),
        ("HardSigmoid", vec![attr("alpha", 1.0_f32 / 6.0)], [0.0, 1.0 / 6.0, 0.0]),
        ("HardSwish", vec![], [0.0, 0.5, 1.0]),
        ("LeakyRelu", vec![attr("alpha", 0.1_f32)], [0.1, 0.1, 1.0]),
        ("Elu", vec![], [0.049_787_067, 1.0, 1.0]),
        ("Celu", vec![], [0.049_787_067, 1.0, 1.0]),
        ("Selu", vec![], [0.087_530_605, 1.758_099_3, 1.050_701]),
        ("Abs", vec![], [-1.0, 0.0, 1.0]),
        ("Shrink", vec![attr("lambd", 3.0_f32)], [0.0, 0.0, 0.0]),
        ("ThresholdedRelu", vec![attr("alpha", 0.0_f32)], [0.0, 0.0, 1.0]),
    ];
    for (operator, attributes, expected) in cases {
        let mut graph = Graph::new("bends", 18);
        let x = graph.add_input("x", DataType::Float, batch(&[3]));
        let y = graph.node(operator, [&x], attributes);
        graph.add_output_as("y", &y, DataType::Float, batch(&[3]));
        let out = run(&gradient(&graph), &[("x", vector(&places)), ("y_grad", vector(&[1.0; 3]))]);
        let found = out["x_grad"].to_vec::<f32>().unwrap();
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{operator}: {found:?}");
    }
    let reductions: [(&str, [f32; 3]); 5] = [
        ("ReduceMax", [0.5, 0.5, 0.0]),
        ("ReduceMin", [0.0, 0.0, 1.0]),
        ("GlobalMaxPool", [1.0, 0.0, 0.0]),
        ("ReduceL2", [0.577_350_3, 0.577_350_3, -0.577_350_3]),
        ("ReduceLogSumExp", [0.468_310_6, 0.468_310_6, 0.063_378_9]),
    ];
    for (operator, expected) in reductions {
        let mut graph = Graph::new("ties", 18);
        let x = graph.add_input("x", DataType::Float, batch(&[1, 3]));
        let axes = graph.ints(&[2]);
        let inputs = if operator == "GlobalMaxPool" { vec![x] } else { vec![x, axes] };
        let y = graph.node(operator, &inputs, []);
        graph.add_output_as("y", &y, DataType::Float, batch(&[1, 1]));
        let x = Tensor::from_vec(&[1, 1, 3], &[1_f32, 1.0, -1.0]);
        let out = run(&gradient(&graph), &[("x", x), ("y_grad", Tensor::from_vec(&[1, 1, 1], &[1_f32]))]);
        let found = out["x_grad"].to_vec::<f32>().unwrap();
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{operator}: {found:?}");
    }
}

#[test]
fn bounds_and_equal_arguments_are_libtorchs() {
    for (operator, other, expected) in
        [("Max", 1.0_f32, [0.5, 1.0]), ("Min", 1.0, [0.5, 0.0]), ("Clip", 2.0, [0.0, 1.0])]
    {
        let mut graph = Graph::new("equal", 18);
        let x = graph.add_input("x", DataType::Float, batch(&[2]));
        let other = graph.scalar(other);
        let y = graph.node(operator, [&x, &other], []);
        graph.add_output_as("y", &y, DataType::Float, batch(&[2]));
        let out = run(&gradient(&graph), &[("x", vector(&[1.0, 2.0])), ("y_grad", vector(&[1.0; 2]))]);
        assert_eq!(out["x_grad"].to_vec::<f32>().unwrap(), expected, "{operator}");
    }
}

#[test]
fn relu_is_flat_at_zero() {
    let mut graph = Graph::new("relu", 17);
    let x = graph.add_input("x", DataType::Float, batch(&[3]));
    let y = graph.node("Relu", [&x], []);
    graph.add_output_as("y", &y, DataType::Float, batch(&[3]));
    let inputs = [("x", vector(&[-1.0, 0.0, 1.0])), ("y_grad", vector(&[f32::INFINITY, 2.0, 2.0]))];
    assert_eq!(run(&gradient(&graph), &inputs)["x_grad"].to_vec::<f32>().unwrap(), [0.0, 0.0, 2.0]);
}

#[test]
fn what_jumps_has_no_gradient() {
    for operator in ["Floor", "Ceil", "Round", "Sign"] {
        let mut graph = Graph::new("jumps", 17);
        let x = graph.add_input("x", DataType::Float, batch(&[2]));
        let step = graph.node(operator, [&x], []);
        let sum = graph.node("Add", [&step, &x], []);
        graph.add_output_as("y", &sum, DataType::Float, batch(&[2]));
        let inputs = [("x", vector(&[0.3, 1.7])), ("y_grad", vector(&[1.0, 2.0]))];
        assert_eq!(run(&gradient(&graph), &inputs)["x_grad"].to_vec::<f32>().unwrap(), [1.0, 2.0]);
    }
}

#[test]
fn all_nodes_in_the_way_are_named() {
    let mut graph = Graph::new("obstacles", 17);
    let x = graph.add_input("x", DataType::Float, batch(&[4]));
    let first = graph.named_node("first", "Unique", [&x], []);
    let second = graph.named_node("second", "Bernoulli", [&first], []);
    let third = graph.named_node("third", "RandomNormalLike", [&second], []);
    let unrelated = graph.constant("k", Tensor::ints(&[1]));
    graph.named_node("unrelated", "Multinomial", [&unrelated], []);
    graph.add_output_as("y", &third, DataType::Float, []);
    let Err(GradientError::Obstacles(nodes)) = differentiate(&graph.to_model().unwrap(), &Options::default())
    else {
        panic!("expected obstacles");
    };
    let named: Vec<_> = nodes.iter().map(|o| (o.operator.as_str(), o.output.as_str())).collect();
    assert_eq!(named, [("Unique", "first"), ("Bernoulli", "second"), ("RandomNormalLike", "third")]);
}

#[test]
fn rules_that_refuse_are_all_named() {
    let mut graph = Graph::new("refusals", 17);
    let mut value = graph.add_input("x", DataType::Float, batch(&[2, 4, 4]));
    let region =
        graph.constant("region", Tensor::from_vec(&[8], &[0_f32, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0]));
    let halves = graph.constant("halves", Tensor::from_vec(&[4], &[1_f32, 1.0, 0.5, 0.5]));
    for _ in 0..2 {
        let attributes =
            [attr("mode", "linear"), attr("coordinate_transformation_mode", "tf_crop_and_resize")];
        value = graph.node("Resize", [&value, &region, &halves], attributes);
    }
    graph.add_output_as("y", &value, DataType::Float, batch(&[2, 1, 1]));
    let error = differentiate(&graph.to_model().unwrap(), &Options::default()).unwrap_err();
    let GradientError::Obstacles(nodes) = &error else { panic!("{error}") };
    assert_eq!(nodes.len(), 2);
    assert!(error.to_string().starts_with("2 nodes stand in the way of the gradient: Resize"), "{error}");
}

#[test]
fn an_unknown_dimension_is_asked_for() {
    let mut graph = Graph::new("unknown", 17);
    let dims = [Dim::Symbol("batch".into()), Dim::Fixed(3), Dim::Symbol("height".into()), Dim::Unknown];
    let x = graph.add_input("x", DataType::Float, dims);
    let y = graph.node("GlobalAveragePool", [&x], []);
    graph.add_output_as("y", &y, DataType::Float, batch(&[3, 1, 1]));
    let model = graph.to_model().unwrap();
    let error = differentiate(&model, &Options::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "input `x` has shape [batch, 3, height, ?]: dimension 2 (`height`) is not known; \
         give it, for example as `--shape x=N,3,224,224`"
    );
    let mut options = Options::default();
    options.shapes.insert("x".into(), vec![None, Some(3), Some(2), Some(2)]);
    let gradient = differentiate(&model, &options).unwrap();
    let inputs = [
        ("x", Tensor::from_vec(&[1, 3, 2, 2], &[0_f32; 12])),
        ("y_grad", Tensor::from_vec(&[1, 3, 1, 1], &[4_f32, 8.0, 12.0])),
    ];
    let expected = [[1_f32; 4], [2.0; 4], [3.0; 4]].concat();
    assert_eq!(run(&gradient, &inputs)["x_grad"].to_vec::<f32>().unwrap(), expected);
}

#[test]
fn shape_arithmetic_leaves_no_trace() {
    let mut graph = Graph::new("shapes", 17);
    let x = graph.add_input("x", DataType::Float, batch(&[2, 3]));
    let shape = graph.node("Shape", [&x], []);
    let zero = graph.ints(&[0]);
    let rows = graph.node("Gather", [&shape, &zero], []);
    let rest = graph.ints(&[6]);
    let target = graph.node("Concat", [&rows, &rest], [attr("axis", 0)]);
    let flat = graph.node("Reshape", [&x, &target], []);
    let y = graph.node("Sigmoid", [&flat], []);
    graph.add_output_as("y", &y, DataType::Float, batch(&[6]));
    let operators: Vec<_> = gradient(&graph).graph().node.iter().map(|n| n.op_type.clone()).collect();
    assert_eq!(operators.iter().filter(|o| *o == "Shape").count(), 0, "{operators:?}");
}

#[test]
fn a_pool_before_its_relu_gives_the_same() {
    let mut graph = Graph::new("pool", 17);
    let x = graph.add_input("x", DataType::Float, batch(&[1, 2, 4]));
    let relu = graph.node("Relu", [&x], []);
    let pool = graph.node("MaxPool", [&relu], [attr("kernel_shape", [2, 2]), attr("strides", [2, 2])]);
    graph.add_output_as("y", &pool, DataType::Float, batch(&[1, 1, 2]));
    let model = gradient(&graph);
    let operators: Vec<_> = model.graph().node.iter().map(|n| n.op_type.as_str()).collect();
    assert_eq!(operators[..2], ["MaxPool", "Relu"]);
    let x = Tensor::from_vec(&[1, 1, 2, 4], &[-1_f32, 5.0, -1.0, 0.0, 5.0, 2.0, -3.0, -4.0]);
    let seed = Tensor::from_vec(&[1, 1, 1, 2], &[3_f32, 7.0]);
    let out = run(&model, &[("x", x), ("y_grad", seed)]);
    assert_eq!(out["y"].to_vec::<f32>().unwrap(), [5.0, 0.0]);
    assert_eq!(out["x_grad"].to_vec::<f32>().unwrap(), [0.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

/// The matrix of zeros and ones that a choice of elements is would have 40 million of them.
#[test]
fn many_elements_of_many_are_gathered_without_a_matrix() {
    let (size, count) = (5000, 8000);
    let mut graph = Graph::new("chosen", 18);
    let x = graph.add_input("x", DataType::Float, [Dim::Fixed(size)]);
    let chosen: Vec<i64> = (0..count).map(|i| i * 7 % size as i64).collect();
    let chosen = graph.constant("chosen", Tensor::from_vec(&[count as usize], &chosen));
    let y = graph.node("Gather", [&x, &chosen], []);
    graph.add_output_as("y", &y, DataType::Float, [Dim::Fixed(count as usize)]);
    let ones = |n: usize| Tensor::from_vec(&[n], &vec![1_f32; n]);
    let out = run(&gradient(&graph), &[("x", ones(size)), ("y_grad", ones(count as usize))]);
    let found = out["x_grad"].to_vec::<f32>().unwrap();
    let expected = (0..size).map(|i| if (i * 2143) % size < 3000 { 2.0 } else { 1.0 });
    assert!(found.iter().copied().eq(expected), "{:?}", &found[..20]);
}
