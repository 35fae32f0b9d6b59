//! A network by the book, in float64 and one example at a time: loops straight from the definitions.

use dissect_onnx::arch::{Architecture, Layer, Shortcut};
use dissect_onnx::export::Weights;
use ndarray::{Array1, Array3, ArrayD};

/// The output for one example, both flat.
pub(crate) fn forward(architecture: &Architecture, weights: &Weights, input: &[f32]) -> Vec<f64> {
    let dims = architecture.input().dims();
    let shape = if dims.len() == 3 { (dims[0], dims[1], dims[2]) } else { (dims[0], 1, 1) };
    let values = input.iter().map(|v| f64::from(*v)).collect();
    let x = Array3::from_shape_vec(shape, values).unwrap();
    through(architecture.layers(), weights, x).into_iter().collect()
}

fn through(layers: &[Layer], weights: &Weights, x: Array3<f64>) -> Array3<f64> {
    layers.iter().fold(x, |x, layer| one(layer, weights, x))
}

fn one(layer: &Layer, weights: &Weights, x: Array3<f64>) -> Array3<f64> {
    let get = |name: &str, part: &str| weights[&format!("{name}.{part}")].mapv(f64::from);
    let vector = |name: &str, part: &str| Array1::from_iter(get(name, part));
    let (channels, height, width) = x.dim();
    match layer {
        Layer::Conv { name, out_channels, kernel, stride, padding, bias, .. } => {
            let w = get(name, "weight");
            let b = if *bias { vector(name, "bias") } else { Array1::zeros(*out_channels) };
            let side = |n: usize| (n + 2 * padding - kernel) / stride + 1;
            Array3::from_shape_fn((*out_channels, side(height), side(width)), |(o, i, j)| {
                let mut sum = b[o];
                for (c, k, l) in taps(channels, *kernel) {
                    let (row, column) = (i * stride + k, j * stride + l);
                    if (*padding..height + padding).contains(&row)
                        && (*padding..width + padding).contains(&column)
                    {
                        sum += w[[o, c, k, l]] * x[[c, row - padding, column - padding]];
                    }
                }
                sum
            })
        }
        Layer::ConvTranspose { name, out_channels, kernel, stride, padding, .. } => {
            let w = get(name, "weight");
            let side = |n: usize| (n - 1) * stride + kernel - 2 * padding;
            let mut y = Array3::zeros((*out_channels, side(height), side(width)));
            for ((c, i, j), value) in x.indexed_iter() {
                for (o, k, l) in taps(*out_channels, *kernel) {
                    let (row, column) = (i * stride + k, j * stride + l);
                    if (*padding..side(height) + padding).contains(&row)
                        && (*padding..side(width) + padding).contains(&column)
                    {
                        y[[o, row - padding, column - padding]] += value * w[[c, o, k, l]];
                    }
                }
            }
            y
        }
        Layer::BatchNorm { name, epsilon, .. } => {
            let [gain, shift, mean, variance] =
                ["weight", "bias", "running_mean", "running_var"].map(|part| vector(name, part));
            Array3::from_shape_fn(x.dim(), |(c, i, j)| {
                (x[[c, i, j]] - mean[c]) / (variance[c] + f64::from(*epsilon)).sqrt() * gain[c] + shift[c]
            })
        }
        Layer::Relu => x.mapv(|v| v.max(0.0)),
        Layer::LeakyRelu { slope } => x.mapv(|v| if v > 0.0 { v } else { v * f64::from(*slope) }),
        Layer::Tanh => x.mapv(f64::tanh),
        Layer::MaxPool { kernel, stride } => {
            let side = |n: usize| (n - kernel) / stride + 1;
            Array3::from_shape_fn((channels, side(height), side(width)), |(c, i, j)| {
                let window = taps(1, *kernel).map(|(_, k, l)| x[[c, i * stride + k, j * stride + l]]);
                window.fold(f64::NEG_INFINITY, f64::max)
            })
        }
        Layer::GlobalAveragePool => Array3::from_shape_fn((channels, 1, 1), |(c, _, _)| {
            x.index_axis(ndarray::Axis(0), c).mean().unwrap()
        }),
        Layer::Flatten => x.clone().into_shape_with_order((x.len(), 1, 1)).unwrap(),
        Layer::Linear { name, inputs, outputs } => {
            let (w, b): (ArrayD<f64>, _) = (get(name, "weight"), vector(name, "bias"));
            Array3::from_shape_fn((*outputs, 1, 1), |(o, _, _)| {
                (0..*inputs).map(|i| w[[o, i]] * x[[i, 0, 0]]).sum::<f64>() + b[o]
            })
        }
        Layer::Reshape { shape: [c, h, w] } => x.into_shape_with_order((*c, *h, *w)).unwrap(),
        Layer::Residual { body, shortcut } => {
            let short = match shortcut {
                Shortcut::Identity => x.clone(),
                Shortcut::PadSubsample { stride, channels_before, channels_after } => {
                    let dim = (channels_before + channels + channels_after, height / stride, width / stride);
                    Array3::from_shape_fn(dim, |(c, i, j)| match c.checked_sub(*channels_before) {
                        Some(from) if from < channels => x[[from, i * stride, j * stride]],
                        _ => 0.0,
                    })
                }
            };
            through(body, weights, x) + short
        }
    }
}

fn taps(channels: usize, kernel: usize) -> impl Iterator<Item = (usize, usize, usize)> {
    (0..channels).flat_map(move |c| (0..kernel).flat_map(move |k| (0..kernel).map(move |l| (c, k, l))))
}
