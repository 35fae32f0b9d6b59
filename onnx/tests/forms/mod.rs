//! Models written node by node, as exporters leave them, and the check that their gradient is that of what they compute.
#![allow(dead_code, reason = "each test file uses a part of this")]
#![expect(clippy::unwrap_used, reason = "where a helper cannot go on the test has failed")]

use std::collections::BTreeMap;

use dissect_onnx::gradient::{GradientError, Options, differentiate};
use dissect_onnx::model::{Dim, Model, ValueInfo};
use dissect_onnx::proto::{
    AttributeProto, AttributeType, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TypeProto,
    ValueInfoProto, type_proto,
};
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::{DataType, Tensor};
use prost::Message;

/// A node of the standard domain; its name is its first output's with "n_" before it.
pub(crate) fn node(
    operator: &str,
    inputs: &[&str],
    outputs: &[&str],
    attributes: Vec<AttributeProto>,
) -> NodeProto {
    NodeProto {
        op_type: operator.into(),
        name: format!("n_{}", outputs[0]),
        input: inputs.iter().map(|&i| i.into()).collect(),
        output: outputs.iter().map(|&o| o.into()).collect(),
        attribute: attributes,
        ..Default::default()
    }
}

/// A declaration such as `value("x", DataType::Double, &["N", "3"])`.
pub(crate) fn value(name: &str, data_type: DataType, dims: &[&str]) -> ValueInfoProto {
    let dims = dims.iter().map(|d| match d.parse() {
        Ok(n) => dissect_onnx::proto::Dimension {
            value: Some(dissect_onnx::proto::dimension::Value::DimValue(n)),
            ..Default::default()
        },
        Err(_) => dissect_onnx::proto::Dimension {
            value: Some(dissect_onnx::proto::dimension::Value::DimParam((*d).into())),
            ..Default::default()
        },
    });
    let shape = Some(dissect_onnx::proto::TensorShapeProto { dim: dims.collect() });
    typed(name, type_proto::Value::Tensor(type_proto::Tensor { elem_type: data_type.number(), shape }))
}

/// A declaration of a sequence of tensors.
pub(crate) fn sequence(name: &str, data_type: DataType) -> ValueInfoProto {
    let tensor = type_proto::Value::Tensor(type_proto::Tensor { elem_type: data_type.number(), shape: None });
    let elem_type = Some(Box::new(TypeProto { value: Some(tensor), ..Default::default() }));
    typed(name, type_proto::Value::Sequence(Box::new(type_proto::Sequence { elem_type })))
}

fn typed(name: &str, value: type_proto::Value) -> ValueInfoProto {
    let r#type = Some(TypeProto { value: Some(value), ..Default::default() });
    ValueInfoProto { name: name.into(), r#type, ..Default::default() }
}

/// A tensor in which nothing but the element type is said, for values inside.
pub(crate) fn open(name: &str, data_type: DataType) -> ValueInfoProto {
    typed(name, type_proto::Value::Tensor(type_proto::Tensor { elem_type: data_type.number(), shape: None }))
}

/// A graph with initializers.
pub(crate) fn graph(
    nodes: Vec<NodeProto>,
    inputs: Vec<ValueInfoProto>,
    outputs: Vec<ValueInfoProto>,
    constants: &[(&str, Tensor)],
) -> GraphProto {
    GraphProto {
        name: "g".into(),
        node: nodes,
        input: inputs,
        output: outputs,
        initializer: constants.iter().map(|(name, tensor)| tensor.to_proto(name)).collect(),
        ..Default::default()
    }
}

/// An attribute that is a graph.
pub(crate) fn body(name: &str, graph: GraphProto) -> AttributeProto {
    let mut attribute = AttributeProto { name: name.into(), g: Some(graph), ..Default::default() };
    attribute.set_type(AttributeType::Graph);
    attribute
}

/// Operator sets as a model or a function imports them.
pub(crate) fn opsets(versions: &[(&str, i64)]) -> Vec<OperatorSetIdProto> {
    versions.iter().map(|&(domain, version)| OperatorSetIdProto { domain: domain.into(), version }).collect()
}

/// A model of an opset, through its bytes as from a file.
pub(crate) fn model(graph: GraphProto, opset: i64) -> Model {
    read(ModelProto {
        ir_version: 8,
        graph: Some(graph),
        opset_import: opsets(&[("", opset)]),
        ..Default::default()
    })
}

/// A model through its bytes as from a file.
pub(crate) fn read(proto: ModelProto) -> Model {
    Model::from_bytes(proto.encode_to_vec()).unwrap()
}

/// Numbers in (-1, 1), the same for the same seed.
pub(crate) fn numbers(seed: u32, shape: &[usize]) -> Tensor {
    numbers_of(DataType::Double, seed, shape)
}

/// As [`numbers`], rounded to a type.
pub(crate) fn numbers_of(data_type: DataType, seed: u32, shape: &[usize]) -> Tensor {
    let mut state = seed.wrapping_mul(747_796_405).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8) / f64::from(1 << 23) - 1.0
    };
    let values: Vec<f64> = (0..shape.iter().product()).map(|_| next()).collect();
    Tensor::from_f64s(data_type, shape, &values).unwrap()
}

/// Runs a model.
pub(crate) fn run(model: &Model, inputs: &BTreeMap<String, Tensor>) -> BTreeMap<String, Tensor> {
    Session::new(model, &SessionOptions::plain()).unwrap().run(inputs).unwrap()
}

/// The inputs a model declares, at a batch.
pub(crate) fn inputs_of(model: &Model, batch: usize) -> BTreeMap<String, Tensor> {
    let size = |dim: &Dim| if let Dim::Fixed(n) = dim { *n } else { batch };
    let tensor = |(i, input): (usize, ValueInfo)| {
        let shape: Vec<usize> = input.dims.iter().flatten().map(size).collect();
        (input.name, numbers_of(input.data_type, i as u32 + 7, &shape))
    };
    model.inputs().unwrap().into_iter().enumerate().map(tensor).collect()
}

/// Differentiates a model of float64 and compares what it gives at batch 1 and 2 with the model and its central
/// differences. Gives the gradient model.
pub(crate) fn check(model: &Model, options: &Options) -> Model {
    let gradient = differentiate(model, options).unwrap();
    let open = model
        .inputs()
        .unwrap()
        .iter()
        .flat_map(|i| i.dims.clone().unwrap())
        .any(|d| !matches!(d, Dim::Fixed(_)));
    for batch in if open { 1..=2 } else { 1..=1 } {
        compare(model, &gradient, batch);
    }
    gradient
}

fn compare(model: &Model, gradient: &Model, batch: usize) {
    let inputs = inputs_of(model, batch);
    let plain = run(model, &inputs);
    let mut given = inputs.clone();
    let mut cotangents = BTreeMap::new();
    for (i, (name, output)) in plain.iter().enumerate() {
        if output.data_type().is_float() {
            let cotangent = numbers(i as u32 + 99, output.shape());
            cotangents.insert(name.clone(), cotangent.to_f64s().unwrap());
            given.insert(format!("{name}_grad"), cotangent);
        }
    }
    let outputs = run(gradient, &given);
    for (name, output) in &plain {
        assert_eq!(&outputs[name], output, "output `{name}`");
    }
    let mut session = Session::new(model, &SessionOptions::plain()).unwrap();
    let mut along = |name: &str, tensor: &Tensor| -> f64 {
        let given = inputs.iter().map(|(n, t)| (n, if n == name { tensor } else { t }));
        let outputs = session.run(given).unwrap();
        let dot = |(name, c): (&String, &Vec<f64>)| {
            outputs[name].to_f64s().unwrap().iter().zip(c).map(|(y, c)| y * c).sum::<f64>()
        };
        cotangents.iter().map(dot).sum()
    };
    for (name, input) in inputs.iter().filter(|(_, t)| t.data_type() == DataType::Double) {
        let found = outputs[&format!("{name}_grad")].to_f64s().unwrap();
        let values = input.to_f64s().unwrap();
        for at in 0..values.len() {
            let mut side = |step: f64| {
                let mut moved = values.clone();
                moved[at] += step;
                along(name, &Tensor::from_f64s(DataType::Double, input.shape(), &moved).unwrap())
            };
            let slope = (side(1e-5) - side(-1e-5)) / 2e-5;
            assert!(
                (slope - found[at]).abs() < 1e-6 * (1.0 + slope.abs()),
                "{name}[{at}] at batch {batch}: gradient {}, slope {slope}",
                found[at]
            );
        }
    }
}

/// The obstacles of a model that cannot be differentiated, as text.
pub(crate) fn obstacles(model: &Model) -> Vec<String> {
    match differentiate(model, &Options::default()) {
        Err(GradientError::Obstacles(nodes)) => nodes.iter().map(ToString::to_string).collect(),
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it has a gradient"),
    }
}
