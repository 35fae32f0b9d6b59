//! Changes to a model that keep it a message: numbers, types, names, operators, wiring, nesting.

use dissect_onnx::proto::{
    AttributeProto, Dimension, GraphProto, ModelProto, NodeProto, SparseTensorProto, StringStringEntryProto,
    TensorProto, ValueInfoProto, dimension, type_proto,
};
use prost::Message;

use super::bytes;
use super::random::Random;

/// The mutated model of a number, as the bytes of a file.
pub(crate) fn model(seeds: &[ModelProto], number: u64) -> Vec<u8> {
    let mut random = Random::new(number);
    let mut model = seeds[random.below(seeds.len())].clone();
    let other = &seeds[random.below(seeds.len())];
    let raw = random.once_in(5);
    if !raw || random.once_in(3) {
        for _ in 0..=random.below(3) {
            change(&mut model, other, &mut random);
        }
    }
    let mut encoded = model.encode_to_vec();
    if raw {
        bytes::mutate(&mut encoded, &other.encode_to_vec(), &mut random);
    }
    encoded
}

/// One change somewhere in the model.
pub(crate) fn change(model: &mut ModelProto, other: &ModelProto, random: &mut Random) {
    if random.once_in(20) {
        match random.below(4) {
            0 => model.ir_version = random.integer(),
            1 => model.opset_import.iter_mut().for_each(|o| o.version = 1 + random.below(30) as i64),
            2 => model.opset_import.iter_mut().for_each(|o| o.version = random.integer()),
            _ => model.opset_import.clear(),
        }
        return;
    }
    let (Some(graph), Some(other)) = (&mut model.graph, &other.graph) else { return };
    match random.below(6) {
        0 => tensor(graph, random),
        1 | 2 => node(graph, other, random),
        3 => declaration(graph, random),
        4 => structure(graph, other, random),
        _ => attributes(graph, random),
    }
}

fn any<'a, T>(list: &'a mut [T], random: &mut Random) -> Option<&'a mut T> {
    let at = random.below(list.len());
    list.get_mut(at)
}

/// A name of some value, of another graph's now and then, or none at all.
fn name(graph: &GraphProto, random: &mut Random) -> String {
    let values = graph.node.iter().flat_map(|n| n.output.iter().chain(&n.input));
    let values =
        values.chain(graph.initializer.iter().map(|t| &t.name)).chain(graph.input.iter().map(|i| &i.name));
    let values: Vec<&String> = values.collect();
    match random.below(24) {
        0 => String::new(),
        1 => "n".repeat(1 << random.below(18)),
        2 => "x_grad".into(),
        _ => random.pick(&values).map_or_else(String::new, |n| (*n).clone()),
    }
}

fn tensor(graph: &mut GraphProto, random: &mut Random) {
    let attributes = graph.node.iter_mut().flat_map(|n| &mut n.attribute).filter_map(|a| a.t.as_mut());
    let mut tensors: Vec<&mut TensorProto> = graph.initializer.iter_mut().chain(attributes).collect();
    let Some(tensor) = any(&mut tensors, random) else { return };
    match random.below(9) {
        0 => tensor.data_type = random.below(30) as i32 - 1,
        1 => tensor.dims.push(random.integer()),
        2 => drop(tensor.dims.pop()),
        3 => {
            if let Some(dim) = any(&mut tensor.dims, random) {
                *dim = random.integer();
            }
        }
        4 => tensor.raw_data = tensor.raw_data.slice(..random.below(tensor.raw_data.len())),
        5 => {
            tensor.data_location = 1;
            let entry = StringStringEntryProto { key: "location".into(), value: "/etc/passwd".into() };
            tensor.external_data = vec![entry];
        }
        6 => tensor.float_data = vec![random.float(); random.below(5)],
        // Elements that stay as many: shapes, axes, indices and scales become what nobody meant.
        _ => {
            let mut data = tensor.raw_data.to_vec();
            let whole = tensor.data_type == 7;
            for _ in 0..=random.below(2) {
                let wide = random.integer().to_le_bytes();
                let single = random.float().to_le_bytes();
                let part: &[u8] = if whole { &wide } else { &single };
                let count = data.len() / part.len();
                let at = random.below(count) * part.len();
                if count > 0 {
                    data[at..at + part.len()].copy_from_slice(part);
                }
            }
            tensor.raw_data = data.into();
        }
    }
}

fn node(graph: &mut GraphProto, other: &GraphProto, random: &mut Random) {
    let (name, another) = (name(graph, random), name(other, random));
    let copies: Vec<NodeProto> = other.node.clone();
    let Some(node) = any(&mut graph.node, random) else { return };
    match random.below(9) {
        0 | 1 => {
            if let Some(operator) = random.pick(&copies) {
                node.op_type.clone_from(&operator.op_type);
                if random.once_in(2) {
                    node.attribute.clone_from(&operator.attribute);
                }
            }
        }
        2 | 3 => {
            if let Some(input) = any(&mut node.input, random) {
                *input = name;
            }
        }
        4 => {
            if let Some(output) = any(&mut node.output, random) {
                *output = if random.once_in(2) { name } else { another };
            }
        }
        5 => node.input.push(name),
        6 => drop(node.input.pop()),
        7 if random.once_in(2) => node.output.push(another),
        7 => drop(node.output.pop()),
        _ => match random.below(4) {
            0 => node.name = another,
            1 => node.domain = ["", "ai.onnx", "com.microsoft", "local"][random.below(4)].into(),
            2 => node.overload = another,
            _ => node.input.reverse(),
        },
    }
}

fn attributes(graph: &mut GraphProto, random: &mut Random) {
    let inner = graph.clone();
    let mut nodes: Vec<&mut NodeProto> = graph.node.iter_mut().filter(|n| !n.attribute.is_empty()).collect();
    let Some(node) = any(&mut nodes, random) else { return };
    let removed = random.below(node.attribute.len());
    let Some(attribute) = any(&mut node.attribute, random) else { return };
    match random.below(12) {
        0 => drop(node.attribute.remove(removed)),
        1 => attribute.r#type = random.below(17) as i32 - 1,
        2 => {
            attribute.name =
                ["axis", "axes", "to", "kernel_shape", "pads", "then_branch", "body"][random.below(7)].into()
        }
        3 => attribute.s = random.next().to_le_bytes()[..random.below(9)].to_vec(),
        4 => attribute.ints.push(random.integer()),
        5 => drop(attribute.ints.pop()),
        6 => attribute.f = random.float(),
        7 => {
            let graph = nested(inner, [0, 2, 40, 90][random.below(4)]);
            *attribute = AttributeProto {
                name: attribute.name.clone(),
                g: Some(graph),
                r#type: 5,
                ..Default::default()
            };
        }
        8 => attribute.ref_attr_name = "axis".into(),
        _ => match (any(&mut attribute.ints, random), attribute.r#type) {
            (Some(number), _) => *number = random.integer(),
            (None, 1) => attribute.f = random.float(),
            (None, _) => attribute.i = random.integer(),
        },
    }
}

/// A graph inside nodes inside graphs.
fn nested(inner: GraphProto, depth: usize) -> GraphProto {
    (0..depth).fold(inner, |inner, _| {
        let branch = AttributeProto { name: "body".into(), g: Some(inner), r#type: 5, ..Default::default() };
        let node = NodeProto { op_type: "If".into(), attribute: vec![branch], ..Default::default() };
        GraphProto { node: vec![node], ..Default::default() }
    })
}

fn declaration(graph: &mut GraphProto, random: &mut Random) {
    let (name, random_name) = (name(graph, random), random.once_in(3));
    let mut values: Vec<&mut ValueInfoProto> = graph.input.iter_mut().chain(&mut graph.output).collect();
    let Some(value) = any(&mut values, random) else { return };
    if random_name {
        value.name = name;
        return;
    }
    let Some(type_proto::Value::Tensor(tensor)) = value.r#type.as_mut().and_then(|t| t.value.as_mut()) else {
        return;
    };
    match (random.below(5), &mut tensor.shape) {
        (0, _) => tensor.elem_type = random.below(28) as i32,
        (1, shape) => *shape = None,
        (2, Some(shape)) => shape.dim.push(Dimension::default()),
        (3, Some(shape)) => drop(shape.dim.pop()),
        (_, Some(shape)) => {
            if let Some(dim) = any(&mut shape.dim, random) {
                dim.value = match random.below(3) {
                    0 => Some(dimension::Value::DimParam("batch".into())),
                    _ => Some(dimension::Value::DimValue(random.integer())),
                };
            }
        }
        _ => {}
    }
}

fn structure(graph: &mut GraphProto, other: &GraphProto, random: &mut Random) {
    let at = random.below(graph.node.len());
    match random.below(8) {
        0 if !graph.node.is_empty() => drop(graph.node.remove(at)),
        1 if !graph.node.is_empty() => {
            let copy = graph.node[at].clone();
            graph.node.push(copy);
        }
        2 => graph.node.reverse(),
        3 if !graph.initializer.is_empty() => {
            drop(graph.initializer.remove(random.below(graph.initializer.len())))
        }
        4 => {
            let values = graph.initializer.first().cloned();
            graph.sparse_initializer.push(SparseTensorProto {
                values,
                indices: None,
                dims: vec![random.integer()],
            });
        }
        5 => graph.output.clear(),
        _ => splice(graph, other, random),
    }
}

/// The other graph behind this one, its first input being a value of this one, its outputs outputs too.
fn splice(graph: &mut GraphProto, other: &GraphProto, random: &mut Random) {
    let source = name(graph, random);
    let prefix = |name: &String| if name.is_empty() { String::new() } else { format!("o/{name}") };
    let first = other.input.first().map(|i| i.name.clone());
    let rename = |value: &String| if Some(value) == first.as_ref() { source.clone() } else { prefix(value) };
    for node in &other.node {
        let mut node = node.clone();
        node.name = prefix(&node.name);
        node.input.iter_mut().chain(&mut node.output).for_each(|v| *v = rename(v));
        graph.node.push(node);
    }
    for tensor in &other.initializer {
        graph.initializer.push(TensorProto { name: prefix(&tensor.name), ..tensor.clone() });
    }
    for input in other.input.iter().skip(1) {
        graph.input.push(ValueInfoProto { name: prefix(&input.name), ..input.clone() });
    }
    for output in &other.output {
        graph.output.push(ValueInfoProto { name: rename(&output.name), ..output.clone() });
    }
}
