//! A gradient against differences of what ONNX Runtime computes, at and about the inputs of a case.
//! Knows sessions and numbers; nothing of files.

use std::collections::BTreeMap;

use dissect_onnx::model::Model;
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::{DataType, Tensor};

use crate::retype::Retyped;

type Outputs = BTreeMap<String, Tensor>;
type Moved<'a> = Option<(usize, &'a [f64], f64)>;

/// How far inputs are moved, and how exact the gradient must then be.
pub(crate) struct Precision {
    pub(crate) data_type: DataType,
    pub(crate) step: f64,
    pub(crate) tolerance: f64,
    /// The inputs are shifted by about so much, off the bends and ties at which many cases lie.
    pub(crate) shift: f64,
}

/// What was compared.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Compared {
    pub(crate) slopes: usize,
    /// Of these, how many lie at a bend, where any slope between those of the two sides is right.
    pub(crate) bends: usize,
}

/// Numbers in (-1, 1) that are not 0, the same at every run.
fn noise(count: usize, seed: usize) -> Vec<f64> {
    let mut state = seed as u64 * 7919 + 12345;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let unit = (state >> 11) as f64 / (1_u64 << 53) as f64;
        if unit < 0.5 { -1.0 + 1.6 * unit } else { 0.2 + 1.6 * (unit - 0.5) }
    };
    (0..count).map(|_| next()).collect()
}

struct Point<'a> {
    forward: &'a mut Session,
    variables: Vec<(String, Vec<usize>, Vec<f64>)>,
    data_type: DataType,
}

impl Point<'_> {
    fn tensors(&self, moved: Moved) -> Vec<(String, Tensor)> {
        (self.variables.iter().enumerate())
            .map(|(v, (name, shape, values))| {
                let tensor = match moved {
                    Some((variable, direction, by)) if variable == v => {
                        let there: Vec<f64> = values.iter().zip(direction).map(|(x, d)| x + d * by).collect();
                        Tensor::from_f64s(self.data_type, shape, &there)
                    }
                    _ => Tensor::from_f64s(self.data_type, shape, values),
                };
                (name.clone(), tensor.unwrap())
            })
            .collect()
    }

    fn run(&mut self, moved: Moved) -> Result<Outputs, String> {
        let inputs = self.tensors(moved);
        let mut outputs = self.forward.run(inputs.iter().map(|(n, t)| (n, t))).map_err(|e| e.to_string())?;
        outputs.retain(|_, tensor| tensor.data_type().is_float());
        Ok(outputs)
    }
}

fn holes(outputs: &Outputs) -> usize {
    outputs.values().flat_map(|y| y.to_f64s().unwrap()).filter(|v| !v.is_finite()).count()
}

/// Compares, unless two runs of the same model differ. The error says what differs.
pub(crate) fn compare(
    retyped: Retyped,
    gradient: &Model,
    forward: &mut Session,
    precision: &Precision,
) -> Result<Option<Compared>, String> {
    let mut session = Session::new(gradient, &SessionOptions::plain()).map_err(|e| e.to_string())?;
    let mut point = Point { forward, variables: retyped.variables, data_type: precision.data_type };
    let stored = point.run(None)?;
    if holes(&stored) == 0 && !(1..3).all(|_| point.run(None).as_ref() == Ok(&stored)) {
        return Ok(None);
    }
    let unshifted = point.variables.clone();
    for (at, (_, _, values)) in point.variables.iter_mut().enumerate() {
        let noise = noise(values.len(), at + 1);
        values.iter_mut().zip(noise).for_each(|(x, n)| *x += n * precision.shift);
    }
    let mut outputs = point.run(None).unwrap_or_default();
    // Some cases lie at the edge of where the operator is defined.
    if outputs.is_empty() || holes(&outputs) > holes(&stored) {
        (outputs, point.variables) = (stored, unshifted);
    }
    let seeds: BTreeMap<String, Vec<f64>> = (outputs.iter().enumerate())
        .map(|(i, (name, y))| {
            let finite = y.to_f64s().unwrap().into_iter().map(|v| f64::from(u8::from(v.is_finite())));
            (name.clone(), noise(y.len(), 100 + i).into_iter().zip(finite).map(|(s, f)| s * f).collect())
        })
        .collect();
    let mut given = point.tensors(None);
    for (name, seed) in &seeds {
        let seed = Tensor::from_f64s(precision.data_type, outputs[name].shape(), seed).unwrap();
        given.push((format!("{name}_grad"), seed));
    }
    let gradients = session.run(given.iter().map(|(n, t)| (n, t))).map_err(|e| e.to_string())?;
    for (name, y) in &outputs {
        let (y, again) = (y.to_f64s().unwrap(), gradients[name].to_f64s().unwrap());
        let off = (y.iter().zip(&again).filter(|(a, _)| a.is_finite()))
            .map(|(a, b)| (a - b).abs() / a.abs().max(1.0))
            .fold(0.0, f64::max);
        if off > precision.tolerance || y.len() != again.len() {
            return Err(format!("output `{name}` differs by {off:e} in the gradient model"));
        }
    }
    let mut compared = Compared::default();
    for variable in 0..point.variables.len() {
        slopes(&mut point, variable, (&outputs, &seeds, &gradients), precision, &mut compared)?;
    }
    Ok(Some(compared))
}

/// Which directions an input is moved in: each element where they are few, some where they are many, and all at once.
fn directions(count: usize) -> Vec<Vec<f64>> {
    let tried = if count <= 4096 { 30 } else { 4 };
    let stride = count.div_ceil(tried).max(1);
    let unit = |at: usize| (0..count).map(|i| f64::from(u8::from(i == at))).collect();
    let mut directions: Vec<Vec<f64>> = (0..count).step_by(stride).map(unit).collect();
    if count > 1 {
        directions.push(noise(count, 7));
    }
    directions
}

fn slopes(
    point: &mut Point,
    variable: usize,
    (outputs, seeds, gradients): (&Outputs, &BTreeMap<String, Vec<f64>>, &Outputs),
    precision: &Precision,
    compared: &mut Compared,
) -> Result<(), String> {
    let (name, shape, values) = &point.variables[variable];
    let found = &gradients[&format!("{name}_grad")];
    if found.shape() != shape {
        return Err(format!("the gradient of `{name}` has shape {:?}, expected {shape:?}", found.shape()));
    }
    let (name, found) = (name.clone(), found.to_f64s().unwrap());
    let mut rows = Vec::new();
    for direction in directions(values.len()) {
        let above = point.run(Some((variable, &direction, precision.step)))?;
        let below = point.run(Some((variable, &direction, -precision.step)))?;
        let change = |to: &Outputs, from: &Outputs| -> f64 {
            let part = |(name, seed): (&String, &Vec<f64>)| -> f64 {
                let (to, from) = (to[name].to_f64s().unwrap(), from[name].to_f64s().unwrap());
                let weighed = to.iter().zip(&from).zip(seed).filter(|(_, s)| **s != 0.0);
                weighed.map(|((t, f), s)| (t - f) * s).sum()
            };
            seeds.iter().map(part).sum::<f64>() / precision.step
        };
        let got: f64 = found.iter().zip(&direction).filter(|(_, d)| **d != 0.0).map(|(g, d)| g * d).sum();
        rows.push((change(&above, outputs), change(outputs, &below), got));
    }
    let finite = |row: &&(f64, f64, f64)| row.0.is_finite() && row.1.is_finite();
    let largest = rows.iter().filter(finite).map(|r| (r.0 + r.1).abs() / 2.0).fold(1.0, f64::max);
    let room = precision.tolerance * largest;
    for (at, (right, left, got)) in rows.iter().filter(finite).enumerate() {
        compared.slopes += 1;
        if (got - (right + left) / 2.0).abs() <= room {
            continue;
        }
        if (right.min(*left) - room..=right.max(*left) + room).contains(got) {
            compared.bends += 1;
            continue;
        }
        return Err(format!(
            "direction {at} of `{name}` has slope {got:.6}, expected {left:.6} to {right:.6}; \
             largest slope {largest:.4}"
        ));
    }
    Ok(())
}
