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
    let known = node.input(1).is_some_and(|shape| !graph.constants.contains_key(shape));
    let (true, Some(shape)) = (known, shape_of(dims)) else { return };
    if shape.contains(&0) {
        return;
    }
    let shape = graph.ints(&shape);
    graph.nodes[index].inputs[1] = shape;
    graph.nodes[index].attributes.retain(|a| a.name != "allowzero");
}

/// Readers of an `Identity`, of a `Dropout` that is off, or of a `Cast` to the same type read what it reads.
fn skip_identities(graph: &mut Graph, observed: &Observed) {
    let mut sources: HashMap<String, String> = HashMap::new();
    for node in &graph.nodes {
        let type_of = |value: &str| observed.get(value).map(|o| o.data_type);
        let (Some(x), Some(y)) = (node.input(0), node.output(0)) else { continue };
        let off = |at: usize| node.input(at).is_none_or(|v| is_false(observed, v));
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
