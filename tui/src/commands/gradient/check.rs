//! Compares a gradient graph with central differences of the model itself along random directions.
//!
//! For a cotangent c and a direction d the graph's `d . x_grad` must be the slope of `c . y(x + t d)` at t = 0. The
//! model is computed in float32 (ONNX Runtime has float64 for too few operators), so a step must be large against
//! rounding and small against the kinks of ReLU and max pooling. Steps are halved until two of them agree best with
//! each other, whatever the gradient says; their difference tells how well the slope itself is known.

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
/// The largest step, against inputs of size 1, and how often it is halved.
const FIRST_STEP: f64 = 0.0625;
const HALVINGS: usize = 9;
/// The relative error that counts as agreement where the slope is well known.
const TOLERANCE: f64 = 1e-2;

/// How an input's gradient compares.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Checked {
    pub(super) input: String,
    /// Norm of the slopes' differences against the slopes' own, over all directions.
    pub(super) error: f64,
    /// What it was compared with.
    pub(super) reference: String,
    /// The most that counts as agreement: more where the slopes themselves are known less well.
    pub(super) tolerance: f64,
    pub(super) passed: bool,
}

type Tensors = BTreeMap<String, Tensor>;

/// Checks the gradient for every floating-point input.
pub(super) fn check(
    model: &Model,
    gradient: &Model,
    shapes: &BTreeMap<String, Vec<Option<usize>>>,
    seed: u64,
) -> anyhow::Result<Vec<Checked>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut forward = Session::new(model, &SessionOptions::plain())?;
    let mut backward = Session::new(gradient, &SessionOptions::plain())?;
    let inputs: Tensors = model
        .inputs()?
        .iter()
        .map(|input| Ok((input.name.clone(), random_input(input, shapes, &mut random)?)))
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
        let mut slopes = Vec::new();
        for _ in 0..DIRECTIONS {
            let direction: Vec<f64> = (0..found.len()).map(|_| random.random_range(-1.0..1.0)).collect();
            let (slope, doubt) = slope(&mut forward, &inputs, name, &direction, &cotangents)?;
            let own: f64 = found.iter().zip(&direction).map(|(gradient, along)| gradient * along).sum();
            slopes.push((own, slope, doubt));
        }
        checked.push(verdict(name, &slopes));
    }
    if checked.is_empty() {
        bail!("the gradient graph has no output INPUT_grad");
    }
    Ok(checked)
}

fn verdict(input: &str, slopes: &[(f64, f64, f64)]) -> Checked {
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|value| value * value).sum::<f64>().sqrt();
    // A gradient that is zero everywhere is compared with the smallest slope that could be told from it.
    let size = norm(&mut slopes.iter().map(|(_, slope, _)| *slope)).max(1e-12);
    let error = norm(&mut slopes.iter().map(|(own, slope, _)| own - slope)) / size;
    let doubt = norm(&mut slopes.iter().map(|(_, _, doubt)| *doubt)) / size;
    let tolerance = TOLERANCE.max(3.0 * doubt);
    Checked {
        input: input.to_owned(),
        error,
        reference: format!("{} directions, known to {doubt:.1e}", slopes.len()),
        tolerance,
        // Slopes that are not known to a tenth show nothing.
        passed: error.is_finite() && error <= tolerance && doubt < 0.1,
    }
}

/// The slope of `c . y` along a direction of one input, and how well it is known.
fn slope(
    forward: &mut Session,
    inputs: &Tensors,
    name: &str,
    direction: &[f64],
    cotangents: &Tensors,
) -> anyhow::Result<(f64, f64)> {
    let mut steps = Vec::new();
    for halving in 0..HALVINGS {
        let step = FIRST_STEP / f64::from(1 << halving);
        let (ahead, ahead_at) = value(forward, inputs, name, direction, step, cotangents)?;
        let (behind, behind_at) = value(forward, inputs, name, direction, -step, cotangents)?;
        // The step that was taken after rounding to the input's type.
        steps.push((ahead - behind) / (ahead_at - behind_at));
    }
    let pairs = steps.windows(2).map(|pair| (pair[1], (pair[0] - pair[1]).abs()));
    pairs.min_by(|a, b| a.1.total_cmp(&b.1)).context("there are at least two steps")
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
    let length: f64 = direction.iter().map(|along| along * along).sum();
    let along: f64 =
        moved.to_f64s()?.iter().zip(&at).zip(direction).map(|((moved, at), along)| (moved - at) * along).sum();
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

/// Random numbers for an input: from -1 to 1 where it is floating-point, zeros and ones otherwise.
fn random_input(
    input: &ValueInfo,
    shapes: &BTreeMap<String, Vec<Option<usize>>>,
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
        .map(|_| if floating { random.random_range(-1.0..1.0) } else { f64::from(random.random_range(0..2)) })
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
    fn a_right_gradient_passes_and_a_wrong_one_does_not() {
        for (said, expected) in [(3.0, true), (3.2, false), (-3.0, false), (0.0, false)] {
            let (forward, backward) = models(3.0, said);
            let checked = check(&forward, &backward, &BTreeMap::new(), 1).unwrap();
            assert_eq!(checked.len(), 1);
            assert_eq!(checked[0].passed, expected, "{said}: {checked:?}");
        }
    }
}
