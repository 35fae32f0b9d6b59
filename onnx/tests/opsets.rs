//! One network in the forms of every opset from 7 to 26: the same results and the same gradient, and what is older or
//! newer is refused.

mod forms;

use std::collections::BTreeMap;

use dissect_onnx::gradient::{Options, differentiate};
use dissect_onnx::graph::{Graph, attr};
use dissect_onnx::model::Model;
use dissect_onnx::proto::NodeProto;
use dissect_onnx::tensor::{DataType, Tensor};
use forms::{graph, node, numbers_of, open, run, value};

const F32: DataType = DataType::Float;

/// Nodes in the forms of an opset, and the constants they need.
struct Network {
    opset: i64,
    nodes: Vec<NodeProto>,
    constants: Vec<(String, Tensor)>,
}

impl Network {
    fn constant(&mut self, name: &str, tensor: Tensor) -> String {
        self.constants.push((name.into(), tensor));
        name.into()
    }

    /// A node whose list is an attribute until the opset that makes it an input.
    fn listed(
        &mut self,
        [operator, x, y]: [&str; 3],
        list: (&str, &[i64]),
        since: i64,
        mut rest: Vec<(&str, i64)>,
    ) {
        let mut inputs = vec![x.to_owned()];
        let mut attributes = Vec::new();
        if self.opset < since {
            attributes.push(attr(list.0, list.1));
        } else {
            inputs.push(self.constant(&format!("{y}_{}", list.0), Tensor::ints(list.1)));
        }
        attributes.extend(rest.drain(..).map(|(name, value)| attr(name, value)));
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        self.nodes.push(node(operator, &inputs, &[y], attributes));
    }

    fn push(&mut self, operator: &str, inputs: &[&str], output: &str, attributes: Vec<(&str, i64)>) {
        let attributes = attributes.into_iter().map(|(name, value)| attr(name, value)).collect();
        self.nodes.push(node(operator, inputs, &[output], attributes));
    }

    fn normalize(&mut self) {
        for (seed, name) in [(5, "scale"), (6, "shift"), (7, "mean")] {
            self.constant(name, numbers_of(F32, seed, &[4]));
        }
        self.constant("variance", Tensor::from_vec(&[4], &[0.5_f32, 1.0, 1.5, 2.0]));
        let attributes = if self.opset < 9 { vec![("spatial", 1)] } else { vec![] };
        self.push("BatchNormalization", &["conv", "scale", "shift", "mean", "variance"], "norm", attributes);
    }

    fn clip(&mut self) {
        if self.opset < 11 {
            self.nodes.push(node(
                "Clip",
                &["norm"],
                &["clip"],
                vec![attr("min", -0.5_f32), attr("max", 0.75_f32)],
            ));
        } else {
            self.constant("low", Tensor::scalar(-0.5_f32));
            self.constant("high", Tensor::scalar(0.75_f32));
            self.push("Clip", &["norm", "low", "high"], "clip", vec![]);
        }
    }

    fn pad(&mut self) {
        let pads = [0, 0, 1, 0, 0, 0, 0, 1];
        if self.opset < 11 {
            self.nodes.push(node(
                "Pad",
                &["clip"],
                &["pad"],
                vec![attr("pads", pads), attr("value", 0.25_f32)],
            ));
        } else {
            self.constant("pads", Tensor::ints(&pads));
            self.constant("fill", Tensor::scalar(0.25_f32));
            self.push("Pad", &["clip", "pads", "fill"], "pad", vec![]);
        }
    }

    fn enlarge(&mut self) {
        let scales = Tensor::from_vec(&[4], &[1_f32, 1.0, 2.0, 2.0]);
        match self.opset {
            7 | 8 => {
                let scales: Vec<f32> = scales.to_vec().expect("float32");
                let attributes = vec![attr("scales", scales), attr("mode", "nearest")];
                self.nodes.push(node("Upsample", &["pad"], &["large"], attributes));
            }
            9 | 10 => {
                self.constant("scales", scales);
                let operator = if self.opset == 9 { "Upsample" } else { "Resize" };
                self.nodes.push(node(
                    operator,
                    &["pad", "scales"],
                    &["large"],
                    vec![attr("mode", "nearest")],
                ));
            }
            opset => {
                self.constant("scales", scales);
                let roi = if opset < 13 {
                    self.constant("roi", Tensor::from_vec::<f32>(&[0], &[]))
                } else {
                    String::new()
                };
                let attributes = vec![
                    attr("mode", "nearest"),
                    attr("nearest_mode", "floor"),
                    attr("coordinate_transformation_mode", "asymmetric"),
                ];
                self.nodes.push(node("Resize", &["pad", &roi, "scales"], &["large"], attributes));
            }
        }
    }

    /// Rows 1 to 5 of the third dimension.
    fn slice(&mut self) {
        let lists = [("starts", 1), ("ends", 5), ("axes", 2)];
        if self.opset < 10 {
            let attributes = lists.iter().map(|&(name, n)| attr(name, [n])).collect();
            self.nodes.push(node("Slice", &["large"], &["slice"], attributes));
        } else {
            for (name, n) in lists {
                self.constant(name, Tensor::ints(&[n]));
            }
            self.push("Slice", &["large", "starts", "ends", "axes"], "slice", vec![]);
        }
    }

    fn split(&mut self) {
        let outputs = ["left", "right"];
        let (mut inputs, mut attributes) = (vec!["slice"], vec![attr("axis", 1)]);
        if self.opset < 13 {
            attributes.push(attr("split", [1, 3]));
        } else {
            self.constant("lengths", Tensor::ints(&[1, 3]));
            inputs.push("lengths");
        }
        self.nodes.push(node("Split", &inputs, &outputs, attributes));
        // Without lengths the parts are equal; opset 18 wants to be told how many.
        let attributes = if self.opset < 18 { vec![] } else { vec![attr("num_outputs", 2)] };
        let attributes = [vec![attr("axis", 2)], attributes].concat();
        self.nodes.push(node("Split", &["right"], &["top", "bottom"], attributes));
    }

    fn top(&mut self) {
        let (mut inputs, mut attributes) = (vec!["means"], vec![attr("axis", 1)]);
        if self.opset < 10 {
            attributes.push(attr("k", 2));
        } else {
            self.constant("k", Tensor::ints(&[2]));
            inputs.push("k");
        }
        self.nodes.push(node("TopK", &inputs, &["best", "places"], attributes));
    }
}

/// `x` of `[N, 2, 4, 4]` to `y`, with every operator whose form has changed and that float32 images pass through.
fn network(opset: i64) -> Model {
    let mut n = Network { opset, nodes: Vec::new(), constants: Vec::new() };
    n.constant("weights", numbers_of(F32, 3, &[4, 2, 3, 3]));
    n.push("Conv", &["x", "weights"], "conv", vec![]);
    n.nodes[0].attribute.push(attr("pads", [1, 1, 1, 1]));
    n.normalize();
    n.clip();
    n.pad();
    n.enlarge();
    n.slice();
    n.split();
    n.listed(["ReduceMean", "top", "means"], ("axes", &[2]), 18, vec![("keepdims", 0)]);
    n.listed(["ReduceSum", "bottom", "sums"], ("axes", &[1, 2]), 13, vec![("keepdims", 0)]);
    n.top();
    n.listed(["Unsqueeze", "sums", "wide"], ("axes", &[1]), 13, vec![]);
    n.push("Add", &["best", "wide"], "joined", vec![]);
    // Until opset 12 all that follows the axis is normalized as one.
    if opset < 13 {
        n.push("Softmax", &["joined"], "soft", vec![]);
    } else {
        let (flat, back) = ("soft_flat", "soft_back");
        n.constant("flat_shape", Tensor::ints(&[0, -1]));
        n.push("Reshape", &["joined", "flat_shape"], flat, vec![]);
        n.push("Softmax", &[flat], back, vec![]);
        n.push("Shape", &["joined"], "joined_shape", vec![]);
        n.push("Reshape", &[back, "joined_shape"], "soft", vec![]);
    }
    let rate = if opset < 12 { vec![attr("ratio", 0.5_f32)] } else { vec![] };
    n.nodes.push(node("Dropout", &["soft"], &["kept"], rate));
    n.listed(["Unsqueeze", "kept", "unit"], ("axes", &[0]), 13, vec![]);
    n.listed(["Squeeze", "unit", "squeezed"], ("axes", &[0]), 13, vec![]);
    n.listed(["ReduceMax", "left", "most"], ("axes", &[3]), 18, vec![("keepdims", 0)]);
    n.listed(["ReduceL2", "most", "length"], ("axes", &[1, 2]), 18, vec![("keepdims", 0)]);
    n.listed(["Unsqueeze", "length", "lengths_wide"], ("axes", &[1, 2]), 13, vec![]);
    n.push("Mul", &["squeezed", "lengths_wide"], "y", vec![]);
    let constants: Vec<(&str, Tensor)> =
        n.constants.iter().map(|(name, t)| (name.as_str(), t.clone())).collect();
    let x = value("x", F32, &["N", "2", "4", "4"]);
    forms::model(graph(n.nodes, vec![x], vec![open("y", F32)], &constants), opset)
}

fn gradient_of(model: &Model) -> BTreeMap<String, Tensor> {
    let gradient = differentiate(model, &Options::default()).expect("it has a gradient");
    let x = numbers_of(F32, 1, &[2, 2, 4, 4]);
    let y_grad = numbers_of(F32, 2, run(model, &[("x".to_owned(), x.clone())].into())["y"].shape());
    run(&gradient, &[("x".to_owned(), x), ("y_grad".to_owned(), y_grad)].into())
}

fn close(a: &Tensor, b: &Tensor, about: &str) {
    assert_eq!(a.shape(), b.shape(), "{about}");
    let (a, b) = (a.to_f64s().expect("floats"), b.to_f64s().expect("floats"));
    let length = b.iter().map(|v| v * v).sum::<f64>().sqrt();
    let difference = a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
    assert!(length > 1e-3 && difference < 1e-5 * length, "{about}: {difference} of {length}");
}

#[test]
fn every_opset_gives_the_same() {
    let expected = gradient_of(&network(18));
    for opset in Graph::OLDEST_OPSET..=Graph::NEWEST_OPSET {
        let model = network(opset);
        let found = gradient_of(&model);
        let x = [("x".to_owned(), numbers_of(F32, 1, &[2, 2, 4, 4]))].into();
        close(&found["y"], &run(&model, &x)["y"], &format!("opset {opset}, y of the model itself"));
        for name in ["y", "x_grad"] {
            close(&found[name], &expected[name], &format!("opset {opset}, {name}"));
        }
        // Any graph can be brought to the newest opset, so that it can be joined with one of that.
        let mut newest = Graph::from_model(&model).expect("a graph");
        newest.upgrade(Graph::NEWEST_OPSET).expect("its newest form");
        close(
            &run(&newest.to_model().expect("a model"), &x)["y"],
            &expected["y"],
            &format!("opset {opset} as newest"),
        );
    }
}

/// Scale and bias of a group's channels: one number a group until opset 20, one a channel from then on.
#[test]
fn group_normalization_changes_its_meaning() {
    let attributes = vec![attr("num_groups", 2)];
    let nodes = vec![node("GroupNormalization", &["x", "scale", "bias"], &["y"], attributes)];
    let constants = [("scale", numbers_of(F32, 3, &[2])), ("bias", numbers_of(F32, 4, &[2]))];
    let x = value("x", F32, &["N", "4", "3"]);
    let model = forms::model(graph(nodes, vec![x], vec![open("y", F32)], &constants), 18);
    let mut newer = Graph::from_model(&model).expect("a graph");
    newer.upgrade(21).expect("a newer form");
    let newer = newer.to_model().expect("a model");
    let x = numbers_of(F32, 1, &[2, 4, 3]);
    let given: BTreeMap<_, _> =
        [("x".to_owned(), x), ("y_grad".to_owned(), numbers_of(F32, 2, &[2, 4, 3]))].into();
    let [old, new] =
        [&model, &newer].map(|m| run(&differentiate(m, &Options::default()).expect("a gradient"), &given));
    for name in ["y", "x_grad"] {
        close(&new[name], &old[name], name);
    }
}

/// Upsampling by an opset that rounded down, downsampling by one that rounded up.
#[test]
fn opset_10_resizes_as_it_did() {
    for scale in [0.5_f32, 0.4, 1.5, 3.0] {
        let constants = [("scales", Tensor::from_vec(&[4], &[1.0, 1.0, scale, scale]))];
        for mode in ["nearest", "linear"] {
            let nodes = vec![node("Resize", &["x", "scales"], &["y"], vec![attr("mode", mode)])];
            let x = value("x", F32, &["1", "2", "5", "5"]);
            let model = forms::model(graph(nodes, vec![x], vec![open("y", F32)], &constants), 10);
            let mut newer = Graph::from_model(&model).expect("a graph");
            newer.upgrade(18).expect("a newer form");
            let x = [("x".to_owned(), numbers_of(F32, 1, &[1, 2, 5, 5]))].into();
            let newer = newer.to_model().expect("a model");
            close(&run(&newer, &x)["y"], &run(&model, &x)["y"], &format!("{mode} by {scale}"));
        }
    }
}

#[test]
fn older_and_newer_opsets_are_refused() {
    let tables = [
        (
            6,
            "opset 6 is older than 7, the oldest that is read; convert the model with onnx.version_converter",
        ),
        (
            27,
            "opset 27 is newer than 26, the newest that ONNX Runtime 1.31 reads; export the model with an older one",
        ),
    ];
    for (opset, expected) in tables {
        let nodes = vec![node("Relu", &["x"], &["y"], vec![])];
        let ports = || (vec![value("x", F32, &["N"])], vec![open("y", F32)]);
        let model = forms::model(graph(nodes, ports().0, ports().1, &[]), opset);
        let error = differentiate(&model, &Options::default()).expect_err("it is refused");
        assert_eq!(error.to_string(), expected);
    }
}
