//! Models exported for a fixed number of images, made to take any number where their graph allows it, which is found
//! out by running both.

use crate::graph::{Graph, attr};
use crate::model::{Dim, ValueInfo};
use crate::session::{Session, SessionOptions};
use crate::tensor::Tensor;

/// The number of images that an input declares, where it is fixed.
pub(super) fn fixed(input: &ValueInfo) -> Option<usize> {
    match input.dims.as_deref() {
        Some([Dim::Fixed(count), ..]) => Some(*count),
        _ => None,
    }
}

/// The same graph with the numbers that an exporter wrote down for a batch of `count` left open: the first size of a
/// constant Reshape, and constants that stand beside images in a Concat, such as a class token.
pub(super) fn freed(graph: &Graph, count: usize) -> Graph {
    let mut graph = graph.clone();
    for input in &mut graph.inputs {
        if let Some(first) = input.dims.as_mut().and_then(|dims| dims.first_mut()) {
            *first = Dim::Symbol("batch".into());
        }
    }
    for index in 0..graph.nodes.len() {
        match graph.nodes[index].operator.as_str() {
            "Reshape" => free_reshape(&mut graph, index, count),
            "Concat" => free_concat(&mut graph, index, count),
            _ => {}
        }
    }
    graph
}

fn free_reshape(graph: &mut Graph, index: usize, count: usize) {
    let sizes = graph.nodes[index].input(1).and_then(|name| graph.constants.get(name));
    let Some(mut sizes) = sizes.and_then(|tensor| tensor.to_ints().ok()) else { return };
    let open = sizes.iter().position(|size| *size == -1);
    let Some(first) = sizes.first_mut() else { return };
    *first = match open {
        // What the other sizes leave is the batch, alone or merged with sizes that were before it.
        None => -1,
        // 0 takes the size that the input has there.
        Some(1..) if *first == count as i64 => 0,
        Some(_) => return,
    };
    let sizes = graph.ints(&sizes);
    graph.nodes[index].inputs[1] = sizes;
}

/// `Concat(constant [1, ...], x)` along another axis than the batch: the constant is repeated for each image.
fn free_concat(graph: &mut Graph, index: usize, count: usize) {
    let node = graph.nodes[index].clone();
    let constant =
        |name: &String| graph.constants.get(name).filter(|tensor| tensor.shape().first() == Some(&1));
    let Some(image) = node.inputs.iter().find(|name| !graph.constants.contains_key(*name)).cloned() else {
        return;
    };
    if count != 1
        || node.int("axis", 0).unwrap_or(0) == 0
        || !node.inputs.iter().any(|name| constant(name).is_some())
    {
        return;
    }
    let inputs: Vec<(String, Option<Vec<i64>>)> = (node.inputs.iter())
        .map(|name| {
            let rest = constant(name).map(|t| t.shape()[1..].iter().map(|size| *size as i64).collect());
            (name.clone(), rest)
        })
        .collect();
    let shape = graph.node("Shape", [image], []);
    let zero = graph.ints(&[0]);
    let images = graph.node("Gather", [shape, zero], [attr("axis", 0)]);
    for (place, (name, rest)) in inputs.into_iter().enumerate() {
        let Some(rest) = rest else { continue };
        let rest = graph.ints(&rest);
        let sizes = graph.node("Concat", [&images, &rest], [attr("axis", 0)]);
        let repeated = graph.node("Expand", [name, sizes], []);
        graph.nodes[index].inputs[place] = repeated;
    }
}

/// Runs the graph as it was on `count` images after the other and the freed one on all of them, from `image` to
/// `logits`. The error says how they differ.
///
/// # Errors
/// A freed graph that fails or gives other logits.
pub(super) fn check(
    fixed: &Graph,
    freed: &Graph,
    count: usize,
    shape: [usize; 3],
    options: &SessionOptions,
) -> Result<(), String> {
    let size: usize = shape.iter().product();
    let [channels, height, width] = shape;
    // Any images do, as long as they differ: a wave that fits nothing else.
    let values: Vec<f32> = (0..2 * count * size).map(|at| (at as f32 * 0.7371).sin()).collect();
    let run = |graph: &Graph, values: &[f32]| -> Result<Vec<f64>, Box<dyn std::error::Error>> {
        let mut session = Session::new(&graph.to_model()?, options)?;
        let mut logits = Vec::new();
        let images = if std::ptr::eq(graph, freed) { 2 * count } else { count };
        for chunk in values.chunks(images * size) {
            let images = Tensor::from_vec(&[images, channels, height, width], chunk);
            logits.extend(session.run([("image", &images)])?["logits"].to_f64s()?);
        }
        Ok(logits)
    };
    let expected = run(fixed, &values).map_err(|error| error.to_string())?;
    let found = run(freed, &values).map_err(|error| error.to_string())?;
    let largest = expected.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    let same = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-3 * (1e-6 + largest);
    if expected.len() != found.len() || !expected.iter().zip(&found).all(same) {
        return Err("the answers to two batches are not those to each of them".into());
    }
    Ok(())
}
