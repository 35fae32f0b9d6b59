//! A matrix product before a batch normalization made a `Gemm`, which the normalization can be folded into. Exact: the same
//! products and sums.

use crate::graph::Graph;
use crate::observe::Observed;

/// Turns `MatMul`, or `MatMul` and `Add` of constants, that a batch normalization alone reads into a `Gemm`.
pub(super) fn linear_before_norm(graph: &mut Graph, observed: &Observed) {
    let uses = graph.use_counts();
    let alone = |value: &str| uses.get(value) == Some(&1);
    for norm in 0..graph.nodes.len() {
        let Some(x) =
            graph.nodes[norm].input(0).filter(|x| graph.nodes[norm].is("BatchNormalization") && alone(x))
        else {
            continue;
        };
        let Some(last) = graph.producer(x) else { continue };
        let (product, bias) = if graph.nodes[last].is("Add") {
            let Some(split) = summands(graph, last).filter(|(value, _)| alone(value)) else { continue };
            let Some(product) = graph.producer(&split.0) else { continue };
            (product, Some(split.1))
        } else {
            (last, None)
        };
        let node = &graph.nodes[product];
        let (Some(a), Some(b)) = (node.input(0), node.input(1)) else { continue };
        let flat = observed.get(a).is_some_and(|seen| seen.dims.len() == 2);
        let width = graph.constants.get(b).filter(|w| w.shape().len() == 2).map(|w| w.shape()[1]);
        let fits = |bias: &String| {
            graph.constants.get(bias).is_some_and(|t| Some(t.len()) == width && t.shape().len() < 3)
        };
        if !node.is("MatMul") || !flat || width.is_none() || !bias.iter().all(fits) {
            continue;
        }
        let inputs = [a.to_owned(), b.to_owned()].into_iter().chain(bias).collect();
        graph.nodes[last].operator = "Gemm".into();
        graph.nodes[last].inputs = inputs;
    }
    graph.remove_dead();
}

/// The computed and the constant summand of an `Add`.
fn summands(graph: &Graph, index: usize) -> Option<(String, String)> {
    let (a, b) = (graph.nodes[index].input(0)?, graph.nodes[index].input(1)?);
    match (graph.constants.contains_key(a), graph.constants.contains_key(b)) {
        (false, true) => Some((a.to_owned(), b.to_owned())),
        (true, false) => Some((b.to_owned(), a.to_owned())),
        _ => None,
    }
}
