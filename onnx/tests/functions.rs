//! Model-local functions: called, nested, overloaded, with attributes and opsets of their own, and without end.

mod forms;

use dissect_onnx::gradient::Options;
use dissect_onnx::graph::{Graph, attr};
use dissect_onnx::inspect::{GradientStatus, inspect};
use dissect_onnx::proto::{AttributeProto, AttributeType, FunctionProto, ModelProto, NodeProto};
use dissect_onnx::tensor::{DataType, Tensor};
use forms::{body, check, graph, node, numbers, open, opsets, read, value};

fn function(
    name: &str,
    [inputs, outputs, attributes]: [&[&str]; 3],
    opset: i64,
    nodes: Vec<NodeProto>,
) -> FunctionProto {
    let names = |list: &[&str]| list.iter().map(|&n| n.to_owned()).collect();
    FunctionProto {
        name: name.into(),
        domain: "local".into(),
        input: names(inputs),
        output: names(outputs),
        attribute: names(attributes),
        node: nodes,
        opset_import: opsets(&[("", opset), ("local", 1)]),
        ..Default::default()
    }
}

fn call(name: &str, inputs: &[&str], outputs: &[&str], attributes: Vec<AttributeProto>) -> NodeProto {
    NodeProto { domain: "local".into(), ..node(name, inputs, outputs, attributes) }
}

/// An attribute that is the function's own of another name.
fn by_reference(name: &str, of: &str, kind: AttributeType) -> AttributeProto {
    let mut attribute = AttributeProto { name: name.into(), ref_attr_name: of.into(), ..Default::default() };
    attribute.set_type(kind);
    attribute
}

/// `x` of `[N, 4]` to `y`.
fn model(
    nodes: Vec<NodeProto>,
    functions: Vec<FunctionProto>,
    constants: &[(&str, Tensor)],
    opset: i64,
) -> ModelProto {
    let (x, y) = (value("x", DataType::Double, &["N", "4"]), open("y", DataType::Double));
    ModelProto {
        ir_version: 10,
        graph: Some(graph(nodes, vec![x], vec![y], constants)),
        opset_import: opsets(&[("", opset), ("local", 1)]),
        functions,
        ..Default::default()
    }
}

/// `a * x + b`, with `t` inside; `scale` is an attribute with a default.
fn scaled() -> FunctionProto {
    let constant =
        node("Constant", &[], &["k"], vec![by_reference("value_float", "scale", AttributeType::Float)]);
    let nodes = vec![
        constant,
        node("CastLike", &["k", "x"], &["t"], vec![]),
        node("Mul", &["x", "t"], &["scaled"], vec![]),
        node("Tanh", &["scaled"], &["y"], vec![]),
    ];
    let mut function = function("Scaled", [&["x"], &["y"], &[]], 18, nodes);
    function.attribute_proto = vec![attr("scale", 0.5_f32)];
    function
}

#[test]
fn functions_are_their_nodes() {
    let nested = function(
        "Nested",
        [&["a", "b", "c"], &["r", "same", "unused"], &["factor"]],
        18,
        vec![
            call("Scaled", &["a"], &["t"], vec![by_reference("scale", "factor", AttributeType::Float)]),
            call("Scaled", &["t"], &["u"], vec![]),
            node("Add", &["u", "b"], &["r"], vec![]),
            node("Identity", &["a"], &["same"], vec![]),
            node("Clip", &["a", "c"], &["unused"], vec![]),
        ],
    );
    let nodes = vec![
        call("Scaled", &["x"], &["t"], vec![attr("scale", 2.0_f32)]),
        // A name from inside the function, an input left out and an output unread.
        call("Nested", &["t", "w"], &["scaled", "k", "nobody"], vec![attr("factor", 1.5_f32)]),
        node("Mul", &["scaled", "k"], &["y"], vec![]),
    ];
    let model = read(model(nodes, vec![nested, scaled()], &[("w", numbers(1, &[4]))], 18));
    let gradient = check(&model, &Options::default());
    assert!(gradient.proto().functions.is_empty());
    assert!(gradient.proto().opset_import.iter().all(|o| o.domain.is_empty()));
    assert_eq!(inspect(&model, &Options::default()).unwrap().gradient, GradientStatus::Possible);
}

#[test]
fn overloads_are_told_apart() {
    let of = |overload: &str, operator: &str| FunctionProto {
        overload: overload.into(),
        ..function("F", [&["x"], &["y"], &[]], 18, vec![node(operator, &["x"], &["y"], vec![])])
    };
    let mut second = call("F", &["t"], &["y"], vec![]);
    second.overload = "other".into();
    let nodes = vec![call("F", &["x"], &["t"], vec![]), second];
    check(&read(model(nodes, vec![of("", "Tanh"), of("other", "Sigmoid")], &[], 18)), &Options::default());
}

/// A graph inside a function that calls another function, reads the function's values, and has attributes by reference.
#[test]
fn graphs_inside_functions_are_reached() {
    let branch = |nodes| graph(nodes, vec![], vec![open("r", DataType::Double)], &[]);
    let then =
        branch(vec![call("Scaled", &["x"], &["r"], vec![by_reference("scale", "s", AttributeType::Float)])]);
    let otherwise = branch(vec![node("Neg", &["x"], &["r"], vec![])]);
    let inner = vec![
        node("Constant", &[], &["yes"], vec![attr("value", Tensor::scalar(true))]),
        node("If", &["yes"], &["y"], vec![body("then_branch", then), body("else_branch", otherwise)]),
    ];
    let chosen = function("Chosen", [&["x"], &["y"], &["s"]], 18, inner);
    let nodes = vec![
        call("Chosen", &["x"], &["r"], vec![attr("s", 3.0_f32)]),
        call("Chosen", &["r"], &["y"], vec![attr("s", 0.25_f32)]),
    ];
    check(&read(model(nodes, vec![chosen, scaled()], &[], 18)), &Options::default());
}

/// A function of opset 12, where axes are attributes, in a model of 18, and one of 18 in a model of 12.
#[test]
fn each_function_has_its_opset() {
    let old = |opset| {
        let nodes = vec![
            node("Unsqueeze", &["x"], &["wide"], vec![attr("axes", [1])]),
            node("Softmax", &["wide"], &["soft"], vec![attr("axis", 1)]),
            node("Squeeze", &["soft"], &["y"], vec![attr("axes", [1])]),
        ];
        function("Old", [&["x"], &["y"], &[]], opset, nodes)
    };
    let axes = node("Constant", &[], &["axes"], vec![attr("value_ints", [1])]);
    let mean = node("ReduceMean", &["x", "axes"], &["y"], vec![]);
    let new = function("New", [&["x"], &["y"], &[]], 18, vec![axes, mean]);
    let tables = [
        (18, vec![call("Old", &["x"], &["y"], vec![])], old(12)),
        (
            12,
            vec![
                node("ReduceMax", &["x"], &["m"], vec![attr("axes", [1])]),
                call("New", &["x"], &["z"], vec![]),
                node("Mul", &["m", "z"], &["y"], vec![]),
            ],
            new,
        ),
    ];
    for (opset, nodes, function) in tables {
        let model = read(model(nodes, vec![function], &[], opset));
        let graph = Graph::from_model(&model).unwrap();
        assert_eq!(graph.opset(), 18);
        check(&graph.to_model().unwrap(), &Options::default());
    }
}

#[test]
fn obstacles_have_the_names_of_the_call_and_the_node() {
    let inner = function("Inner", [&["x"], &["y"], &[]], 18, vec![node("Unique", &["x"], &["y"], vec![])]);
    let outer = function("Outer", [&["x"], &["y"], &[]], 18, vec![call("Inner", &["x"], &["y"], vec![])]);
    let model = read(model(vec![call("Outer", &["x"], &["y"], vec![])], vec![inner, outer], &[], 18));
    let obstacles = forms::obstacles(&model);
    assert_eq!(obstacles, ["Unique `n_y/n_y/n_y` (output `y`): the shape of its output depends on the data"]);
    let GradientStatus::Obstacles { nodes } = inspect(&model, &Options::default()).unwrap().gradient else {
        panic!("it can be differentiated");
    };
    assert_eq!(nodes[0].to_string(), obstacles[0]);
}

#[test]
fn calls_without_end_are_errors() {
    let of = |name: &str, calls: &str, times: usize| {
        let step = |i: usize| call(calls, &[&format!("v{i}")], &[&format!("v{}", i + 1)], vec![]);
        let last = format!("v{times}");
        function(name, [&["v0"], &[last.as_str()], &[]], 18, (0..times).map(step).collect())
    };
    let mut doubling: Vec<_> = (0..40).map(|i| of(&format!("F{i}"), &format!("F{}", i + 1), 2)).collect();
    doubling.push(function("F40", [&["x"], &["y"], &[]], 18, vec![node("Relu", &["x"], &["y"], vec![])]));
    let mut deep: Vec<_> = (0..200).map(|i| of(&format!("F{i}"), &format!("F{}", i + 1), 1)).collect();
    deep.push(function("F200", [&["x"], &["y"], &[]], 18, vec![node("Relu", &["x"], &["y"], vec![])]));
    let tables = [
        (vec![of("F0", "F0", 1)], "the function calls itself"),
        (vec![of("F0", "F1", 1), of("F1", "F0", 1)], "the function calls itself"),
        (doubling, "functions come to more than 100000 nodes"),
        (deep, "the function is called too deep inside others"),
    ];
    for (functions, expected) in tables {
        let model = read(model(vec![call("F0", &["x"], &["y"], vec![])], functions, &[], 18));
        let error = Graph::from_model(&model).unwrap_err().to_string();
        assert!(error.starts_with("local::F") && error.ends_with(expected), "{error}");
    }
}
