//! Convolutions of images smaller than their kernel, as the last ones of deep networks are, made matrix products: most of
//! what such a kernel is multiplied with is padding. Only products with that padding's zeros are left out.

use super::context::{Context, Refusal};
use super::rules::windows::{Window, windows};
use super::target::Target;
use crate::graph::Graph;
use crate::observe::{Known, Observation, Observed, Size};
use crate::tensor::Tensor;

/// Replaces each `Conv` of one group and constant weights whose input has fewer positions than its kernel, where the matrix
/// is no more than twice as large as the weights.
pub(super) fn small_convolutions(graph: &mut Graph, observed: &mut Observed) {
    for index in 0..graph.nodes.len() {
        if !graph.nodes[index].is("Conv") {
            continue;
        }
        let before = graph.nodes.len();
        // What cannot be read as a convolution is left for its rule to refuse.
        if let Ok(Some(new)) = write_out(graph, observed, index) {
            observed.extend(new);
        } else {
            graph.nodes.truncate(before);
        }
    }
}

/// Puts `Reshape(Gemm(Reshape(x), matrix, bias))` in the node's place; what is known of the values between.
fn write_out(
    graph: &mut Graph,
    observed: &Observed,
    index: usize,
) -> Result<Option<Vec<(String, Observation)>>, Refusal> {
    let node = graph.nodes[index].clone();
    let mut cx = Context {
        graph,
        observed,
        index,
        node: node.clone(),
        output_gradients: vec![],
        wanted: vec![],
        target: Target::Cpu,
    };
    let (x, w, y) = (cx.input(0)?, cx.input(1)?, cx.output()?);
    let Some(weights) = cx.graph.constants.get(&w).cloned() else { return Ok(None) };
    let bias = match node.input(2) {
        Some(bias) => match cx.graph.constants.get(bias) {
            Some(tensor) => Some(tensor.clone()),
            None => return Ok(None),
        },
        None => None,
    };
    let kernel = weights.shape().get(2..).unwrap_or_default().to_vec();
    let (from, to) = (cx.seen(&x)?.clone(), cx.seen(&y)?.clone());
    let windows = windows(&cx, &x, &y, &kernel)?;
    let positions: usize = windows.iter().map(|w| w.input).product();
    let results: usize = windows.iter().map(|w| w.output).product();
    let size: usize = kernel.iter().product();
    if node.int("group", 1)? != 1 || positions >= size || positions * results > 2 * size {
        return Ok(None);
    }
    let cannot = |error: crate::tensor::TensorError| Refusal(error.to_string());
    let (outputs, channels) = (weights.shape()[0], weights.shape()[1]);
    let columns = outputs * results;
    let matrix = matrix(&weights.to_f64s().map_err(cannot)?, [outputs, channels], &windows);
    let matrix = Tensor::from_f64s(weights.data_type(), &[channels * positions, columns], &matrix);
    let mut operands = vec![cx.graph.constant(&format!("{w}_matrix"), matrix.map_err(cannot)?)];
    if let Some(bias) = bias {
        let each: Vec<f64> = bias.to_f64s().map_err(cannot)?;
        let each: Vec<f64> = each.iter().flat_map(|b| std::iter::repeat_n(*b, results)).collect();
        let bias = Tensor::from_f64s(bias.data_type(), &[columns], &each).map_err(cannot)?;
        operands.push(cx.graph.constant(&format!("{y}_bias"), bias));
    }
    let wide = [from.dims[0], Size::fixed(channels * positions)];
    let flat = cx.reshape(&x, &wide)?;
    let product = cx.op_with("Gemm", [flat.clone()].into_iter().chain(operands), []);
    let shaped = cx.reshape(&product, &to.dims)?;
    let last = graph.nodes.len() - 1;
    debug_assert_eq!(graph.nodes[last].outputs, [shaped]);
    graph.nodes[last].outputs = vec![y];
    graph.nodes.swap_remove(index);
    let between = |dims: [Size; 2]| Observation {
        data_type: from.data_type,
        dims: dims.to_vec(),
        known: Known::Nothing,
    };
    Ok(Some(vec![(flat, between(wide)), (product, between([to.dims[0], Size::fixed(columns)]))]))
}

/// What each element of the input, `[channels, positions]`, counts in each of the output, `[outputs, results]`: the weight
/// `[outputs, channels, kernel]` that meets it, or 0.
fn matrix(weights: &[f64], [outputs, channels]: [usize; 2], windows: &[Window]) -> Vec<f64> {
    let meetings = meetings(windows);
    let size: usize = windows.iter().map(|w| w.kernel).product();
    let positions: usize = windows.iter().map(|w| w.input).product();
    let results: usize = windows.iter().map(|w| w.output).product();
    let mut matrix = vec![0.0; channels * positions * outputs * results];
    for output in 0..outputs {
        for channel in 0..channels {
            let kernel = &weights[(output * channels + channel) * size..][..size];
            for &[position, result, element] in &meetings {
                let row = channel * positions + position;
                matrix[row * outputs * results + output * results + result] = kernel[element];
            }
        }
    }
    matrix
}

/// Which position, result and element of the kernel meet, all counted row by row.
fn meetings(windows: &[Window]) -> Vec<[usize; 3]> {
    windows.iter().fold(vec![[0; 3]], |outer, window| {
        let along = |[position, result, element]: [usize; 3]| {
            let pairs = (0..window.output).flat_map(|r| (0..window.kernel).map(move |k| (r, k)));
            pairs.filter_map(move |(r, k)| {
                let at = (r * window.stride + k * window.dilation) as i64 - window.begin;
                let at = usize::try_from(at).ok().filter(|&at| at < window.input)?;
                let inner = [position * window.input + at, result * window.output + r];
                Some([inner[0], inner[1], element * window.kernel + k])
            })
        };
        outer.into_iter().flat_map(along).collect()
    })
}
