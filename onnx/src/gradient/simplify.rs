//! Replacing what does not depend on the data by constants, so that neither the model nor its gradient computes shapes.

use std::collections::HashMap;

use super::context::shape_of;
use crate::graph::Graph;
use crate::observe::{Known, Observed};
use crate::tensor::DataType;

/// Makes constants of values known beforehand, gives reshapes a constant shape where that can hold at any batch, passes
/// over nodes that change nothing, and removes what is then needed no longer.
pub(super) fn simplify(graph: &mut Graph, observed: &Observed) {
    constants(graph, observed);
    for index in 0..graph.nodes.len() {
        if graph.nodes[index].is("Reshape") {
            constant_shape(graph, index, observed);
        }
    }
    skip_identities(graph, observed);
    merge_reshapes(graph);
    graph.remove_dead();
}

fn constants(graph: &mut Graph, observed: &Observed) {
    let outputs: Vec<String> = graph.outputs.iter().map(|o| o.name.clone()).collect();
    graph.nodes.retain(|node| {
        let known = |name: &String| {
            name.is_empty()
                || (!outputs.contains(name)
                    && matches!(observed.get(name).map(|o| &o.known), Some(Known::Constant(_))))
        };
        if !node.outputs.iter().all(known) {
            return true;
        }
        for name in node.outputs.iter().filter(|o| !o.is_empty()) {
            if let Some(Known::Constant(tensor)) = observed.get(name).map(|o| &o.known) {
                graph.constants.insert(name.clone(), tensor.clone());
            }
        }
        false
    });
}

/// A shape that grows with the batch in one dimension is as good with -1 there.
fn constant_shape(graph: &mut Graph, index: usize, observed: &Observed) {
    let node = &graph.nodes[index];
    let Some(dims) = node.output(0).and_then(|y| observed.get(y)).map(|o| &o.dims) else { return };
    // A constant stays as it is, but for one that copies dimensions of the input.
    let plain = |t: &crate::tensor::Tensor| t.to_ints().is_ok_and(|shape| !shape.contains(&0));
    let open = node.input(1).is_some_and(|shape| !graph.constants.get(shape).is_some_and(plain));
    let (true, Some(shape)) = (open, shape_of(dims)) else { return };
    if shape.contains(&0) {
        return;
    }
    let shape = graph.ints(&shape);
    graph.nodes[index].inputs[1] = shape;
    graph.nodes[index].attributes.retain(|a| a.name != "allowzero");
}

/// A reshape to a constant shape does not mind what shape its input had before another reshape.
fn merge_reshapes(graph: &mut Graph) {
    let mut before: HashMap<String, String> = HashMap::new();
    for node in &mut graph.nodes {
        let (Some(x), Some(y)) = (node.input(0).map(str::to_owned), node.output(0).map(str::to_owned)) else {
            continue;
        };
        let keeps_elements = ["Reshape", "Flatten", "Squeeze", "Unsqueeze"].iter().any(|o| node.is(o));
        if !keeps_elements {
            continue;
        }
        let source = before.get(&x).cloned().unwrap_or(x);
        let shape = node.input(1).and_then(|shape| graph.constants.get(shape)).and_then(|t| t.to_ints().ok());
        // A 0 would copy a dimension of the input.
        if node.is("Reshape") && shape.is_some_and(|shape| !shape.contains(&0)) {
            node.inputs[0].clone_from(&source);
        }
        before.insert(y, source);
    }
}

/// Whether every number of one type is one of the other.
fn holds(wide: DataType, narrow: DataType) -> bool {
    use DataType::{Bfloat16, Double, Float, Float16};
    matches!((wide, narrow), (Float | Double, Float16 | Bfloat16) | (Double, Float))
}

/// Readers of an `Identity`, of a `Dropout` that is off, of a `Cast` to the same type or of one back from a wider type
/// read what it reads.
fn skip_identities(graph: &mut Graph, observed: &Observed) {
    let mut sources: HashMap<String, String> = HashMap::new();
    let mut widened: HashMap<&str, &str> = HashMap::new();
    for node in &graph.nodes {
        let type_of = |value: &str| observed.get(value).map(|o| o.data_type);
        let (Some(x), Some(y)) = (node.input(0), node.output(0)) else { continue };
        let off = |at: usize| node.input(at).is_none_or(|v| is_false(observed, v));
        if let (true, Some(from), Some(to)) = (node.is("Cast"), type_of(x), type_of(y)) {
            if holds(to, from) {
                widened.insert(y, x);
            }
            if let Some(&narrow) = widened.get(x).filter(|narrow| type_of(narrow) == Some(to)) {
                let source = sources.get(narrow).cloned().unwrap_or_else(|| narrow.to_owned());
                sources.insert(y.to_owned(), source);
                continue;
            }
        }
        let same = node.is("Identity")
            || (node.is("Dropout") && off(2) && node.output(1).is_none())
            || (node.is("Cast") && type_of(x).is_some() && type_of(x) == type_of(y));
        if same {
            let source = sources.get(x).cloned().unwrap_or_else(|| x.to_owned());
            sources.insert(y.to_owned(), source);
        }
    }
    for input in graph.nodes.iter_mut().flat_map(|n| &mut n.inputs) {
        if let Some(source) = sources.get(input) {
            input.clone_from(source);
        }
    }
}

fn is_false(observed: &Observed, value: &str) -> bool {
    match observed.get(value).map(|o| &o.known) {
        Some(Known::Constant(tensor)) => {
            tensor.data_type() == DataType::Bool && tensor.to_ints().is_ok_and(|v| v.iter().all(|&v| v == 0))
        }
        _ => false,
    }
}
