//! The null baseline of a classifier: its own graph with weights drawn anew, which has learned nothing. Knows graphs and
//! where operators keep their weights.

use std::collections::BTreeSet;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use rand_distr::{Distribution, StandardNormal};

use crate::graph::{Graph, Node};
use crate::tensor::Tensor;

/// What a constant becomes.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Start {
    /// Normal with variance 2 / fan_in (He et al. 2015).
    Normal { fan_in: usize },
    /// One number everywhere.
    Constant(f64),
}

/// The graph with new weights, and how many tensors were drawn. Weights are what Conv, ConvTranspose, Gemm, MatMul and
/// the recurrent operators multiply with; their biases become 0, and scales, shifts and statistics of normalizations
/// what they are before training. Other constants, such as masks and position embeddings, stay as they are. Only
/// constants of which `is_own` says so are touched.
pub(super) fn untrained(graph: &Graph, seed: u64, is_own: impl Fn(&str) -> bool) -> (Graph, usize) {
    let mut random = ChaCha20Rng::seed_from_u64(seed);
    let mut made = graph.clone();
    let mut done = BTreeSet::new();
    let mut drawn = 0;
    for node in &graph.nodes {
        for (index, start) in starts(graph, node) {
            let Some((name, _)) = node.input(index).and_then(|value| constant(graph, value)) else {
                continue;
            };
            if !is_own(name) || !done.insert(name.to_owned()) {
                continue;
            }
            let old = &graph.constants[name];
            let values: Vec<f64> = match start {
                Start::Constant(value) => vec![value; old.len()],
                Start::Normal { fan_in } => {
                    drawn += 1;
                    let std = (2.0 / fan_in.max(1) as f64).sqrt();
                    let mut one = || -> f64 { StandardNormal.sample(&mut random) };
                    (0..old.len()).map(|_| one() * std).collect()
                }
            };
            if let Ok(new) = Tensor::from_f64s(old.data_type(), old.shape(), &values) {
                made.constants.insert(name.to_owned(), new);
            }
        }
    }
    (made, drawn)
}

/// Which inputs of a node are parameters, and what they become.
fn starts(graph: &Graph, node: &Node) -> Vec<(usize, Start)> {
    use Start::{Constant, Normal};
    let shape = |index: usize| {
        let (name, transposed) = constant(graph, node.input(index)?)?;
        let mut shape = graph.constants[name].shape().to_vec();
        if transposed && shape.len() >= 2 {
            let last = shape.len() - 1;
            shape.swap(last - 1, last);
        }
        Some(shape)
    };
    let weight = |index: usize, fan_in: &dyn Fn(&[usize]) -> usize| {
        shape(index).filter(|shape| shape.len() >= 2).map(|shape| (index, Normal { fan_in: fan_in(&shape) }))
    };
    let rows = |shape: &[usize]| shape[shape.len() - 2];
    let columns = |shape: &[usize]| shape[shape.len() - 1];
    let behind = |shape: &[usize]| shape[1..].iter().product::<usize>();
    let is_set = |name: &str| node.flag(name, false).unwrap_or(false);
    match node.operator.as_str() {
        "Conv" | "ConvTranspose" => weight(1, &behind).into_iter().chain([(2, Constant(0.0))]).collect(),
        "Gemm" => {
            let first = weight(0, if is_set("transA") { &rows } else { &columns });
            let second = weight(1, if is_set("transB") { &columns } else { &rows });
            first.into_iter().chain(second).chain([(2, Constant(0.0))]).collect()
        }
        "MatMul" => weight(0, &columns).into_iter().chain(weight(1, &rows)).collect(),
        "LSTM" | "GRU" | "RNN" => {
            weight(1, &columns).into_iter().chain(weight(2, &columns)).chain([(3, Constant(0.0))]).collect()
        }
        "BatchNormalization" => {
            vec![(1, Constant(1.0)), (2, Constant(0.0)), (3, Constant(0.0)), (4, Constant(1.0))]
        }
        "LayerNormalization" | "InstanceNormalization" | "GroupNormalization" => {
            vec![(1, Constant(1.0)), (2, Constant(0.0))]
        }
        // The bias of a linear layer that an exporter wrote as MatMul and Add.
        "Add" => {
            let from_product = |index: usize| {
                node.input(index).and_then(|x| graph.producer(x)).is_some_and(|p| graph.nodes[p].is("MatMul"))
            };
            [(0, 1), (1, 0)]
                .into_iter()
                .filter(|(bias, product)| {
                    from_product(*product) && shape(*bias).is_some_and(|shape| shape.len() == 1)
                })
                .map(|(bias, _)| (bias, Constant(0.0)))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// The constant behind a value, through nodes that change no number; and whether its last two dimensions are swapped.
fn constant<'a>(graph: &'a Graph, value: &'a str) -> Option<(&'a str, bool)> {
    let (mut value, mut transposed) = (value, false);
    loop {
        if let Some((name, tensor)) = graph.constants.get_key_value(value) {
            return tensor.data_type().is_float().then_some((name, transposed));
        }
        let node = &graph.nodes[graph.producer(value)?];
        match node.operator.as_str() {
            "Identity" | "Cast" => {}
            "Transpose" => transposed = !transposed,
            _ => return None,
        }
        value = node.input(0)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::attr;
    use crate::model::Dim;
    use crate::tensor::DataType;

    #[test]
    fn parameters_become_what_they_are_before_training_and_nothing_else() {
        let mut graph = Graph::new("g", 18);
        let mut x = graph.add_input("x", DataType::Float, [Dim::Symbol("n".into()), Dim::Fixed(400)]);
        let add = |graph: &mut Graph, name: &str, shape: &[usize]| {
            graph.constant(name, Tensor::from_vec(shape, &vec![7.0_f32; shape.iter().product()]))
        };
        let linear = add(&mut graph, "linear", &[300, 400]);
        let turned = graph.node("Transpose", [linear], [attr("perm", [1, 0])]);
        x = graph.node("MatMul", [x, turned], []);
        let bias = add(&mut graph, "bias", &[300]);
        x = graph.node("Add", [&x, &bias], []);
        let [scale, shift] = ["scale", "shift"].map(|name| add(&mut graph, name, &[300]));
        x = graph.node("LayerNormalization", [x, scale, shift], []);
        let token = add(&mut graph, "token", &[300]);
        x = graph.node("Add", [&x, &token], []);
        let frozen = add(&mut graph, "frozen", &[300, 300]);
        x = graph.node("MatMul", [x, frozen], []);
        graph.add_output_as("y", &x, DataType::Float, []);
        let (made, drawn) = untrained(&graph, 3, |name| name != "frozen");
        assert_eq!(drawn, 1);
        let of = |name: &str| made.constants[name].to_f64s().unwrap();
        for (name, value) in [("bias", 0.0), ("scale", 1.0), ("shift", 0.0), ("token", 7.0), ("frozen", 7.0)]
        {
            assert!(of(name).iter().all(|found| *found == value), "{name}");
        }
        let weights = of("linear");
        let variance = weights.iter().map(|w| w * w).sum::<f64>() / weights.len() as f64;
        assert!((variance - 2.0 / 400.0).abs() < 2e-4, "{variance}");
        assert_eq!(untrained(&graph, 3, |_| true).0.constants["linear"], made.constants["linear"]);
        assert_ne!(untrained(&graph, 4, |_| true).0.constants["linear"], made.constants["linear"]);
    }
}
