//! Control flow that does not depend on the data is written out; what does is an obstacle that says what it depends on.

mod forms;

use dissect_onnx::gradient::Options;
use dissect_onnx::graph::attr;
use dissect_onnx::model::Model;
use dissect_onnx::proto::{GraphProto, NodeProto};
use dissect_onnx::tensor::{DataType, Tensor};
use forms::{body, check, graph, node, numbers, obstacles, open, sequence, value};

const F64: DataType = DataType::Double;

fn branch(nodes: Vec<NodeProto>) -> GraphProto {
    graph(nodes, vec![], vec![open("r", F64)], &[])
}

fn choose(condition: &str, output: &str, then: GraphProto, otherwise: GraphProto) -> NodeProto {
    node("If", &[condition], &[output], vec![body("then_branch", then), body("else_branch", otherwise)])
}

fn ints(values: &[i64]) -> Tensor {
    Tensor::ints(values)
}

/// From `x` of these dimensions to `y`.
fn from(dims: &[&str], nodes: Vec<NodeProto>, constants: &[(&str, Tensor)]) -> Model {
    forms::model(graph(nodes, vec![value("x", F64, dims)], vec![open("y", F64)], constants), 18)
}

/// What PyTorch's first exporter writes for `squeeze`: both branches read what is outside, and both call it the same.
#[test]
fn a_branch_chosen_by_shape() {
    for dims in [["N", "1", "3"], ["N", "2", "3"]] {
        let then = branch(vec![node("ReduceMax", &["t", "axis"], &["r"], vec![attr("keepdims", 0)])]);
        let otherwise = branch(vec![node("Identity", &["t"], &["r"], vec![])]);
        let nodes = vec![
            node("Tanh", &["x"], &["t"], vec![]),
            node("Shape", &["t"], &["shape"], vec![]),
            node("Gather", &["shape", "axis"], &["size"], vec![attr("axis", 0)]),
            node("Equal", &["size", "axis"], &["is_one"], vec![]),
            choose("is_one", "s", then, otherwise),
            node("ReduceSum", &["s", "axis"], &["y"], vec![attr("keepdims", 0)]),
        ];
        let gradient = check(&from(&dims, nodes, &[("axis", ints(&[1]))]), &Options::default());
        assert!(gradient.graph().node.iter().all(|n| n.op_type != "If"));
    }
}

#[test]
fn branches_inside_branches() {
    let inner = branch(vec![node("Mul", &["x", "t"], &["r"], vec![])]);
    let other = branch(vec![node("Neg", &["t"], &["r"], vec![])]);
    let nested = choose("yes", "r", inner, other.clone());
    let then = branch(vec![node("Sigmoid", &["x"], &["t"], vec![]), nested]);
    let otherwise = branch(vec![node("Identity", &["x"], &["r"], vec![])]);
    let nodes = vec![
        choose("yes", "a", then.clone(), otherwise.clone()),
        choose("yes", "b", then, otherwise),
        node("Add", &["a", "b"], &["y"], vec![]),
    ];
    check(&from(&["N", "3"], nodes, &[("yes", Tensor::scalar(true))]), &Options::default());
}

/// The body of a loop over `turn`, `go` and the carried `a`.
fn turn(nodes: Vec<NodeProto>, outputs: &[&str]) -> GraphProto {
    let inputs = vec![value("turn", DataType::Int64, &[]), value("go", DataType::Bool, &[]), open("a", F64)];
    let condition = value(outputs[0], DataType::Bool, &[]);
    let rest = outputs[1..].iter().map(|o| open(o, F64));
    graph(
        nodes,
        inputs,
        std::iter::once(condition).chain(rest).collect(),
        &[("half", Tensor::scalar(0.5_f64))],
    )
}

/// `a` becomes `tanh(a * w[turn]) + x / 2`, every turn's result is kept.
fn recurrence(condition: Vec<NodeProto>, go: &str) -> GraphProto {
    let mut nodes = vec![
        node("Identity", &["go"], &["same"], vec![]),
        node("Gather", &["w", "turn"], &["row"], vec![]),
        node("Mul", &["a", "row"], &["product"], vec![]),
        node("Tanh", &["product"], &["bent"], vec![]),
        node("Mul", &["x", "half"], &["halved"], vec![]),
        node("Add", &["bent", "halved"], &["next"], vec![]),
    ];
    nodes.extend(condition);
    turn(nodes, &[go, "next", "bent"])
}

#[test]
fn loops_are_their_turns() {
    let until = vec![node("Less", &["turn", "two"], &["more"], vec![])];
    let tables = [
        (["trips", ""], recurrence(vec![], "same"), 4),
        (["trips", "yes"], recurrence(vec![], "go"), 4),
        (["", "yes"], recurrence(until.clone(), "more"), 3),
        (["trips", "yes"], recurrence(until, "more"), 3),
    ];
    for ([trips, condition], inner, turns) in tables {
        let nodes = vec![
            node("Loop", &[trips, condition, "x"], &["last", "all"], vec![body("body", inner)]),
            node("ReduceSum", &["all", "first"], &["sum"], vec![attr("keepdims", 0)]),
            node("Mul", &["last", "sum"], &["y"], vec![]),
        ];
        let constants = [
            ("w", numbers(3, &[4, 3])),
            ("trips", Tensor::scalar(4_i64)),
            ("yes", Tensor::scalar(true)),
            ("two", Tensor::scalar(2_i64)),
            ("first", ints(&[0])),
        ];
        let gradient = check(&from(&["N", "3"], nodes, &constants), &Options::default());
        let tanh = gradient.graph().node.iter().filter(|n| n.op_type == "Tanh").count();
        assert_eq!(tanh, turns);
    }
}

/// A loop in a loop, and a branch inside that takes every second turn.
#[test]
fn control_flow_inside_loops() {
    let then = branch(vec![node("Tanh", &["a"], &["r"], vec![])]);
    let otherwise = branch(vec![node("Mul", &["a", "half"], &["r"], vec![])]);
    let inner = turn(
        vec![
            node("Mod", &["turn", "two"], &["odd"], vec![]),
            node("Cast", &["odd"], &["is_odd"], vec![attr("to", 9)]),
            choose("is_odd", "next", then, otherwise),
            node("Identity", &["go"], &["same"], vec![]),
        ],
        &["same", "next"],
    );
    let outer = turn(
        vec![
            node("Loop", &["three", "", "a"], &["inner"], vec![body("body", inner)]),
            node("Add", &["inner", "x"], &["next"], vec![]),
            node("Identity", &["go"], &["same"], vec![]),
        ],
        &["same", "next"],
    );
    let nodes = vec![node("Loop", &["two", "", "x"], &["y"], vec![body("body", outer)])];
    let constants = [("two", Tensor::scalar(2_i64)), ("three", Tensor::scalar(3_i64))];
    check(&from(&["N", "3"], nodes, &constants), &Options::default());
}

/// Number of turns from a shape, and none at all.
#[test]
fn loops_over_a_dimension() {
    for (dims, constant) in [(["N", "3"], 0), (["N", "1"], 1)] {
        let inner = turn(
            vec![node("Mul", &["a", "x"], &["next"], vec![]), node("Identity", &["go"], &["same"], vec![])],
            &["same", "next"],
        );
        let nodes = vec![
            node("Shape", &["x"], &["size"], vec![attr("start", 1)]),
            node("Sub", &["size", "less"], &["trips"], vec![]),
            node("Loop", &["trips", "", "x"], &["y"], vec![body("body", inner)]),
        ];
        check(&from(&dims, nodes, &[("less", ints(&[constant]))]), &Options::default());
    }
}

/// A running sum and products, along any axis and in any direction.
#[test]
fn scans_are_their_turns() {
    let inputs = vec![open("sum", F64), open("slice", F64), open("other", F64)];
    let nodes = vec![
        node("Add", &["sum", "slice"], &["next"], vec![]),
        node("Mul", &["next", "other"], &["product"], vec![]),
    ];
    let inner = graph(nodes, inputs, vec![open("next", F64), open("product", F64)], &[]);
    let attributes: [&[(&str, [i64; 2])]; 3] = [
        &[("scan_input_axes", [1, 1])],
        &[("scan_input_axes", [1, -2]), ("scan_input_directions", [1, 0])],
        &[("scan_input_axes", [1, 1])],
    ];
    let outputs = [(1, 0), (2, 1), (-1, 1)];
    for (lists, (axis, direction)) in attributes.into_iter().zip(outputs) {
        let mut attributes = vec![body("body", inner.clone()), attr("num_scan_inputs", 2)];
        attributes.extend(lists.iter().map(|(name, list)| attr(name, list.as_slice())));
        attributes.push(attr("scan_output_axes", [axis]));
        attributes.push(attr("scan_output_directions", [direction]));
        let nodes = vec![
            node("ReduceMean", &["x", "one"], &["start"], vec![attr("keepdims", 0)]),
            node("Tanh", &["x"], &["bent"], vec![]),
            node("Scan", &["start", "x", "bent"], &["total", "products"], attributes),
            node("Sigmoid", &["products"], &["curved"], vec![]),
            node("ReduceSum", &["curved", "one"], &["sums"], vec![attr("keepdims", 0)]),
            node("ReduceSum", &["total", "one"], &["number"], vec![]),
            node("Mul", &["sums", "number"], &["y"], vec![]),
        ];
        check(&from(&["N", "3", "2"], nodes, &[("one", ints(&[1]))]), &Options::default());
    }
}

#[test]
fn sequences_are_their_elements() {
    let grow = graph(
        vec![
            node("SequenceAt", &["parts", "turn"], &["part"], vec![]),
            node("Mul", &["part", "part"], &["square"], vec![]),
            node("SequenceInsert", &["list", "square"], &["longer"], vec![]),
            node("Identity", &["go"], &["same"], vec![]),
        ],
        vec![value("turn", DataType::Int64, &[]), value("go", DataType::Bool, &[]), sequence("list", F64)],
        vec![value("same", DataType::Bool, &[]), sequence("longer", F64)],
        &[],
    );
    let ends: [Vec<NodeProto>; 4] = [
        vec![node("ConcatFromSequence", &["grown"], &["y"], vec![attr("axis", 1)])],
        vec![node("ConcatFromSequence", &["grown"], &["y"], vec![attr("axis", -1), attr("new_axis", 1)])],
        vec![node("SequenceAt", &["grown", "minus"], &["y"], vec![])],
        vec![
            node("SequenceErase", &["grown", "zero"], &["shorter"], vec![]),
            node("SequenceInsert", &["shorter", "x", "zero"], &["mixed"], vec![]),
            node("ConcatFromSequence", &["mixed"], &["y"], vec![attr("axis", 1)]),
        ],
    ];
    for (index, end) in ends.into_iter().enumerate() {
        for (split, keep) in [(vec!["x", "two"], 1), (vec!["x", "lengths"], 1), (vec!["x"], 1)] {
            let mut nodes = vec![
                node("SplitToSequence", &split, &["parts"], vec![attr("axis", 1), attr("keepdims", keep)]),
                node("SequenceLength", &["parts"], &["trips"], vec![]),
                node("SequenceEmpty", &[], &["empty"], vec![attr("dtype", F64.number())]),
                node("Loop", &["trips", "", "empty"], &["grown"], vec![body("body", grow.clone())]),
            ];
            nodes.extend(end.clone());
            // Parts of different widths can only be joined side by side.
            if index == 1 && split.len() > 1 {
                continue;
            }
            let constants = [
                ("two", Tensor::scalar(2_i64)),
                ("lengths", ints(&[1, 4])),
                ("zero", Tensor::scalar(0_i64)),
                ("minus", Tensor::scalar(-1_i64)),
            ];
            check(&from(&["N", "5"], nodes, &constants), &Options::default());
        }
    }
}

#[test]
fn what_depends_on_data_or_batch_is_said() {
    let same = || branch(vec![node("Identity", &["x"], &["r"], vec![])]);
    let negative = || branch(vec![node("Neg", &["x"], &["r"], vec![])]);
    let by_data = vec![
        node("ReduceMax", &["x"], &["most"], vec![attr("keepdims", 0)]),
        node("Greater", &["most", "zero"], &["positive"], vec![]),
        choose("positive", "y", same(), negative()),
    ];
    let by_batch = vec![
        node("Shape", &["x"], &["batch"], vec![attr("end", 1)]),
        node("Equal", &["batch", "one"], &["single"], vec![]),
        choose("single", "y", same(), negative()),
    ];
    let inner = |go: &str| {
        let nodes = vec![
            node("Mul", &["a", "x"], &["next"], vec![]),
            node("ReduceMax", &["a"], &["most"], vec![attr("keepdims", 0)]),
            node("Less", &["most", "half"], &["more"], vec![]),
            node("Identity", &["go"], &["same"], vec![]),
        ];
        body("body", turn(nodes, &[go, "next"]))
    };
    let turns = |trips: &str, go: &str| node("Loop", &[trips, "yes", "x"], &["y"], vec![inner(go)]);
    let tables = [
        (by_data, "If `n_y` (output `y`): the condition `positive` depends on the data".to_owned()),
        (
            by_batch.clone(),
            "If `n_y` (output `y`): the condition `single` depends on the batch; `--shape` with a number in the place of \
             N fixes it"
                .to_owned(),
        ),
        (
            vec![turns("trips", "more")],
            "Loop `n_y` (output `y`): the condition `more` of its body depends on the data".to_owned(),
        ),
        (
            vec![turns("many", "same")],
            "Loop `n_y` (output `y`): 25001 turns of 4 nodes are more than the 100000 that may be written out".to_owned(),
        ),
    ];
    let constants = [
        ("zero", Tensor::scalar(0_f64)),
        ("one", ints(&[1])),
        ("trips", Tensor::scalar(3_i64)),
        ("many", Tensor::scalar(i64::MAX)),
        ("yes", Tensor::scalar(true)),
    ];
    for (nodes, expected) in tables {
        let found = obstacles(&from(&["N", "3"], nodes, &constants));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0], expected);
    }
    let shapes = [("x".to_owned(), vec![Some(1), Some(3)])].into();
    let fixed = from(&["1", "3"], by_batch, &constants);
    check(&fixed, &Options { shapes, ..Options::default() });
}

/// What would be differentiated for one size only is refused: shapes that depend on the data.
#[test]
fn shapes_that_depend_on_data_are_refused() {
    let selected = vec![
        node("Greater", &["x", "zero"], &["positive"], vec![]),
        node("Compress", &["x", "positive"], &["kept"], vec![]),
        node("Tanh", &["kept"], &["t"], vec![]),
        node("ReduceSum", &["t"], &["y"], vec![]),
    ];
    let cut = vec![
        node("ReduceMax", &["x"], &["most"], vec![attr("keepdims", 0)]),
        node("Cast", &["most"], &["end"], vec![attr("to", 7)]),
        node("Unsqueeze", &["end", "first"], &["ends"], vec![]),
        node("Slice", &["x", "first", "ends"], &["part"], vec![]),
        node("ReduceSum", &["part"], &["y"], vec![]),
    ];
    let tables = [
        (selected, "Compress `n_kept` (output `kept`): the shape of its output depends on the data"),
        (cut, "Slice `n_part` (output `part`): the shape of its output depends on the data"),
    ];
    for (nodes, expected) in tables {
        let constants = [("zero", Tensor::scalar(0_f64)), ("first", ints(&[0]))];
        assert_eq!(obstacles(&from(&["N", "3"], nodes, &constants)), [expected]);
    }
}

/// A branch that the data chooses stays where no gradient passes, in the newer form of an older opset.
#[test]
fn branches_beside_the_gradient_stay() {
    let of = |operator: &str| {
        let nodes = vec![
            node("Unsqueeze", &["x"], &["wide"], vec![attr("axes", [0])]),
            node(operator, &["wide"], &["mean"], vec![attr("axes", [0, 1, 2]), attr("keepdims", 0)]),
            node("Softmax", &["wide"], &["soft"], vec![attr("axis", 1)]),
            node("Squeeze", &["soft"], &["flat"], vec![attr("axes", [0])]),
            node("Mul", &["flat", "mean"], &["r"], vec![]),
        ];
        branch(nodes)
    };
    let nodes = vec![
        node("ReduceMax", &["x"], &["most"], vec![attr("keepdims", 0)]),
        node("Greater", &["most", "half"], &["positive"], vec![]),
        choose("positive", "limit", of("ReduceMean"), of("ReduceMax")),
        node("Greater", &["x", "limit"], &["above"], vec![]),
        node("Tanh", &["x"], &["bent"], vec![]),
        node("Where", &["above", "bent", "x"], &["y"], vec![]),
    ];
    let ports = (vec![value("x", F64, &["N", "3"])], vec![open("y", F64)]);
    let model = forms::model(graph(nodes, ports.0, ports.1, &[("half", Tensor::scalar(0.5_f64))]), 12);
    let gradient = check(&model, &Options::default());
    assert!(gradient.graph().node.iter().any(|n| n.op_type == "If"));
}
