//! Compares a gradient graph with central differences of the model itself along random directions.
//!
//! For a cotangent c and a direction d the graph's `d . x_grad` must be the slope of `c . y(x + t d)` at t = 0. The
//! model is computed in float32 (ONNX Runtime has float64 for too few operators), so that a slope must stand out from
//! rounding: a direction moves a random half of the elements, each the way its gradient points, and those without a
//! gradient either way, so that a part that is missing shows. A step must be large against rounding and small against
//! the kinks of ReLU and max pooling, and how large that is differs from model to model, so it is halved many times. A
//! right gradient agrees with all directions at once at some size; the slopes of a wrong one settle elsewhere. How much
//! they change at the next halving tells how well they are known there.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use dissect_onnx::model::{Dim, Model, ValueInfo};
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::{DataType, Tensor};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// Examples in the random batch.
const BATCH: usize = 2;
/// Directions an input is tried in.
const DIRECTIONS: usize = 8;
/// The largest step, in halves of the inputs' range, and how often it is halved.
const FIRST_STEP: f64 = 1.0;
const HALVINGS: u32 = 18;
/// The relative error that counts as agreement where the slopes are well known.
const TOLERANCE: f64 = 1e-2;
/// The most that is allowed for slopes that are known less well.
const LARGEST_TOLERANCE: f64 = 5e-2;
/// Slopes that are known less well than this show nothing.
const USELESS: f64 = 0.1;

/// How an input's gradient compares.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Checked {
    pub(super) input: String,
    /// How far the graph's slopes are from the model's, over all directions, relative to the model's.
    pub(super) error: f64,
    /// What it was compared with.
    pub(super) reference: String,
    /// The most that counts as agreement: more where the slopes themselves are known less well.
    pub(super) tolerance: f64,
    pub(super) passed: bool,
    /// Whether the slopes are known well enough to say anything.
    pub(super) known: bool,
}

type Tensors = BTreeMap<String, Tensor>;

/// Checks the gradient for every floating-point input.
pub(super) fn check(
    model: &Model,
    gradient: &Model,
    shapes: &BTreeMap<String, Vec<Option<usize>>>,
    range: [f64; 2],
    seed: u64,
) -> anyhow::Result<Vec<Checked>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut forward = Session::new(model, &SessionOptions::plain())?;
    let mut backward = Session::new(gradient, &SessionOptions::plain())?;
    let inputs: Tensors = model
        .inputs()?
        .iter()
        .map(|input| Ok((input.name.clone(), random_input(input, shapes, range, &mut random)?)))
        .collect::<anyhow::Result<_>>()?;
    let outputs = forward.run(&inputs)?;

    // A cotangent for every output that has one.
    let given: Vec<String> = backward.inputs().map(str::to_owned).collect();
    let mut cotangents = Tensors::new();
    for (name, output) in &outputs {
        let grad = format!("{name}_grad");
        if given.contains(&grad) {
            let values: Vec<f64> = (0..output.len()).map(|_| random.random_range(-1.0..1.0)).collect();
            cotangents.insert(grad, Tensor::from_f64s(output.data_type(), output.shape(), &values)?);
        }
    }
    let gradients = backward.run(inputs.iter().chain(&cotangents))?;

    let mut checked = Vec::new();
    for name in inputs.keys() {
        let Some(found) = gradients.get(&format!("{name}_grad")) else { continue };
        let found = found.to_f64s()?;
        let directions: Vec<Vec<f64>> = (0..DIRECTIONS).map(|_| direction(&found, &mut random)).collect();
        let own: Vec<f64> = directions.iter().map(|direction| dot(&found, direction)).collect();
        let sizes =
            slopes(&mut forward, &inputs, name, &directions, &cotangents, (range[1] - range[0]) / 2.0)?;
        checked.push(verdict(name, &own, &sizes));
    }
    if checked.is_empty() {
        bail!("the gradient graph has no output INPUT_grad");
    }
    Ok(checked)
}

/// Half of the elements, each moved by 1 the way its gradient points.
fn direction(gradient: &[f64], random: &mut ChaCha8Rng) -> Vec<f64> {
    let either = |random: &mut ChaCha8Rng| if random.random() { 1.0 } else { -1.0 };
    let moved = |gradient: &f64| match random.random() {
        false => 0.0,
        true if *gradient == 0.0 => either(random),
        true => gradient.signum(),
    };
    gradient.iter().map(moved).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The length of the difference of two vectors, relative to the second.
fn apart(a: &[f64], b: &[f64]) -> f64 {
    let length =
        |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    let size = length(&mut b.iter().copied()).max(f64::MIN_POSITIVE);
    length(&mut a.iter().zip(b).map(|(a, b)| a - b)) / size
}

/// The slopes of `c . y` at one step size, one for each direction.
type Slopes = Vec<f64>;

fn verdict(input: &str, own: &[f64], sizes: &[Slopes]) -> Checked {
    let input = input.to_owned();
    // Nothing moves and nothing is said to move: there is no difference, and no size to hold one against.
    if own.iter().chain(sizes.iter().flatten()).all(|slope| *slope == 0.0) {
        let reference = format!("{} directions, all of them flat", own.len());
        return Checked { input, error: 0.0, reference, tolerance: TOLERANCE, passed: true, known: true };
    }
    let known = sizes.windows(2).map(|pair| (apart(own, &pair[0]), apart(&pair[1], &pair[0])));
    match known.filter(|(_, doubt)| *doubt < USELESS).min_by(|a, b| a.0.total_cmp(&b.0)) {
        Some((error, doubt)) => {
            let tolerance = (3.0 * doubt).clamp(TOLERANCE, LARGEST_TOLERANCE);
            let reference = format!("{} directions, slopes known to {doubt:.1e}", own.len());
            Checked { input, error, reference, tolerance, passed: error <= tolerance, known: true }
        }
        None => {
            let reference =
                "at no step size are its slopes known; give the values the model expects with --range";
            let (error, tolerance) = (f64::NAN, TOLERANCE);
            Checked { input, error, reference: reference.to_owned(), tolerance, passed: false, known: false }
        }
    }
}

/// The slopes along directions of one input, at step after step of half the size.
fn slopes(
    forward: &mut Session,
    inputs: &Tensors,
    name: &str,
    directions: &[Vec<f64>],
    cotangents: &Tensors,
    unit: f64,
) -> anyhow::Result<Vec<Slopes>> {
    let mut sizes = Vec::new();
    for halving in 0..HALVINGS {
        let step = unit * FIRST_STEP / f64::from(1 << halving);
        let mut slopes = Vec::new();
        for direction in directions {
            let (ahead, ahead_at) = value(forward, inputs, name, direction, step, cotangents)?;
            let (behind, behind_at) = value(forward, inputs, name, direction, -step, cotangents)?;
            // Over the way that was taken after rounding to the input's type; none where that moved nothing.
            let way = ahead_at - behind_at;
            slopes.push(if way == 0.0 { 0.0 } else { (ahead - behind) / way });
        }
        sizes.push(slopes);
    }
    Ok(sizes)
}

/// `c . y` at a step along the direction, and how far along it the rounded input lies.
fn value(
    forward: &mut Session,
    inputs: &Tensors,
    name: &str,
    direction: &[f64],
    step: f64,
    cotangents: &Tensors,
) -> anyhow::Result<(f64, f64)> {
    let at = inputs[name].to_f64s()?;
    let moved: Vec<f64> = at.iter().zip(direction).map(|(at, along)| at + step * along).collect();
    let moved = Tensor::from_f64s(inputs[name].data_type(), inputs[name].shape(), &moved)?;
    let length = dot(direction, direction).max(f64::MIN_POSITIVE);
    let along: f64 = moved
        .to_f64s()?
        .iter()
        .zip(&at)
        .zip(direction)
        .map(|((moved, at), along)| (moved - at) * along)
        .sum();
    let given = inputs.iter().map(|(input, tensor)| (input, if input == name { &moved } else { tensor }));
    let outputs = forward.run(given)?;
    let mut sum = 0.0;
    for (grad, cotangent) in cotangents {
        let output = grad.strip_suffix("_grad").and_then(|output| outputs.get(output));
        let output = output.context("every cotangent is an output's")?.to_f64s()?;
        sum += output.iter().zip(cotangent.to_f64s()?).map(|(y, c)| y * c).sum::<f64>();
    }
    Ok((sum, along / length))
}

/// Random numbers for an input: of the range where it is floating-point, zeros and ones otherwise.
fn random_input(
    input: &ValueInfo,
    shapes: &BTreeMap<String, Vec<Option<usize>>>,
    range: [f64; 2],
    random: &mut ChaCha8Rng,
) -> anyhow::Result<Tensor> {
    let declared = input.dims.as_deref().unwrap_or_default().iter().map(|dim| match dim {
        Dim::Fixed(size) => Some(*size),
        Dim::Symbol(_) | Dim::Unknown => None,
    });
    let shape: Vec<Option<usize>> = shapes.get(&input.name).cloned().unwrap_or_else(|| declared.collect());
    let shape: Vec<usize> = shape.into_iter().map(|size| size.unwrap_or(BATCH)).collect();
    let count = shape.iter().product();
    let floating = matches!(
        input.data_type,
        DataType::Float | DataType::Double | DataType::Float16 | DataType::Bfloat16
    );
    let values: Vec<f64> = (0..count)
        .map(|_| {
            if floating {
                random.random_range(range[0]..range[1])
            } else {
                f64::from(random.random_range(0..2))
            }
        })
        .collect();
    Tensor::from_f64s(input.data_type, &shape, &values).with_context(|| format!("input `{}`", input.name))
}

#[cfg(test)]
mod tests {
    use dissect_onnx::graph::{Graph, attr};

    use super::*;

    /// y = relu(x) * factor, and a "gradient" graph that says x_grad = y_grad * said for positive x.
    fn models(factor: f32, said: f32) -> (Model, Model) {
        let dims = || [Dim::Symbol("batch".into()), Dim::Fixed(3)];
        let mut forward = Graph::new("forward", 17);
        forward.add_input("x", DataType::Float, dims());
        let relu = forward.node("Relu", ["x"], []);
        let constant = forward.constant("factor", Tensor::scalar(factor));
        let y = forward.node("Mul", [relu.as_str(), constant.as_str()], []);
        forward.add_output_as("y", &y, DataType::Float, dims());

        let mut backward = forward.clone();
        backward.add_input("y_grad", DataType::Float, dims());
        let zero = backward.constant("zero", Tensor::scalar(0_f32));
        let positive = backward.node("Greater", ["x", zero.as_str()], []);
        let mask = backward.node("Cast", [positive.as_str()], [attr("to", 1_i64)]);
        let said = backward.constant("said", Tensor::scalar(said));
        let scaled = backward.node("Mul", ["y_grad", said.as_str()], []);
        let grad = backward.node("Mul", [scaled.as_str(), mask.as_str()], []);
        backward.add_output_as("x_grad", &grad, DataType::Float, dims());
        (forward.to_model().unwrap(), backward.to_model().unwrap())
    }

    #[test]
    fn what_rounding_hides_is_not_called_wrong() {
        let noise: Vec<Slopes> = (0..9).map(|at| vec![f64::from(at % 3) - 1.0, f64::from(at % 2)]).collect();
        let checked = verdict("x", &[1.0, 2.0], &noise);
        assert!(!checked.passed && !checked.known, "{checked:?}");
    }

    #[test]
    fn a_right_gradient_passes_and_a_wrong_one_does_not() {
        for (said, expected) in [(3.0, true), (3.2, false), (-3.0, false), (0.0, false)] {
            let (forward, backward) = models(3.0, said);
            let checked = check(&forward, &backward, &BTreeMap::new(), [-1.0, 1.0], 1).unwrap();
            assert_eq!(checked.len(), 1);
            assert_eq!(checked[0].passed, expected, "{said}: {checked:?}");
        }
    }
}
