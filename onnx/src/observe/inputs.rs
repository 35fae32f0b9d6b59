//! Concrete inputs for a graph at a batch: shapes from declarations and options, numbers from a fixed rule.

use std::collections::HashMap;

use super::{Known, Observation, ObserveError, ObserveOptions, Size};
use crate::graph::Graph;
use crate::model::{Dim, ValueInfo};
use crate::tensor::Tensor;

/// More than this in one input is a mistake in a file, not an input.
const LIMIT: usize = 1 << 24;

/// What a symbol stands for; `None` is the batch.
type Symbols<'g> = HashMap<&'g str, Option<usize>>;

/// The inputs' shapes; `None` is the batch.
pub(super) struct InputShapes<'g> {
    shapes: Vec<(&'g ValueInfo, Vec<Option<usize>>)>,
}

impl<'g> InputShapes<'g> {
    /// Resolves all inputs. A first dimension that is no number is the batch, and so is whatever has its symbol; a symbol
    /// that one input is given a number for is that number everywhere.
    pub(super) fn of(graph: &'g Graph, options: &ObserveOptions) -> Result<Self, ObserveError> {
        if let Some(input) = options.shapes.keys().find(|name| graph.input(name).is_none()) {
            let names: Vec<_> = graph.inputs.iter().map(|i| i.name.as_str()).collect();
            let reason = format!("there is no such input; the inputs are {}", names.join(", "));
            return Err(ObserveError::Shape { input: input.clone(), reason });
        }
        let mut symbols = Symbols::new();
        for input in &graph.inputs {
            let given = options.shapes.get(&input.name);
            for (at, dim) in input.dims.iter().flatten().enumerate() {
                let Dim::Symbol(symbol) = dim else { continue };
                match given.and_then(|shape| shape.get(at)) {
                    Some(&size) => drop(symbols.insert(symbol, size)),
                    None if at == 0 => drop(symbols.entry(symbol).or_insert(None)),
                    None => {}
                }
            }
        }
        let shapes = (graph.inputs.iter())
            .map(|input| match options.shapes.get(&input.name) {
                Some(shape) => given(input, shape).map(|shape| (input, shape)),
                None => declared(input, &symbols).map(|shape| (input, shape)),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { shapes })
    }

    /// Whether any input has a batch dimension.
    pub(super) fn have_batch(&self) -> bool {
        self.shapes.iter().any(|(_, shape)| shape.contains(&None))
    }

    /// What is known of the inputs without running anything.
    pub(super) fn observations(&self) -> impl Iterator<Item = (String, Observation)> {
        self.shapes.iter().map(|(input, shape)| {
            let size = |d: &Option<usize>| d.map_or(Size { per_batch: 1, fixed: 0 }, Size::fixed);
            let dims = shape.iter().map(size).collect();
            (input.name.clone(), Observation { data_type: input.data_type, dims, known: Known::Nothing })
        })
    }

    /// Inputs at a batch. Numbers are spread over (-1, 1) and the same whenever asked; integers are 0, which is an index
    /// everywhere.
    pub(super) fn tensors(&self, batch: usize) -> Result<Vec<(String, Tensor)>, ObserveError> {
        let mut seed = 1_u32;
        (self.shapes.iter())
            .map(|(input, shape)| {
                let shape: Vec<usize> = shape.iter().map(|d| d.unwrap_or(batch)).collect();
                let count = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d)).filter(|&n| n <= LIMIT);
                let count = count.ok_or_else(|| ObserveError::TooLarge {
                    input: input.name.clone(),
                    shape: shape.clone(),
                    limit: LIMIT,
                })?;
                if count == 0 {
                    // Some operators divide by the length of what they are given.
                    let reason = format!("{shape:?} has no elements");
                    return Err(ObserveError::Shape { input: input.name.clone(), reason });
                }
                let mut next = || {
                    seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    f64::from(seed >> 8) / f64::from(1 << 23) - 1.0
                };
                let float = input.data_type.is_float();
                let values: Vec<f64> = (0..count).map(|_| if float { next() } else { 0.0 }).collect();
                let tensor = Tensor::from_f64s(input.data_type, &shape, &values).map_err(|_| {
                    ObserveError::InputType { input: input.name.clone(), data_type: input.data_type }
                })?;
                Ok((input.name.clone(), tensor))
            })
            .collect()
    }
}

fn declared(input: &ValueInfo, symbols: &Symbols) -> Result<Vec<Option<usize>>, ObserveError> {
    let unknown = |reason: String, example: Vec<String>| ObserveError::UnknownDimension {
        input: input.name.clone(),
        shape: input.dims.as_ref().map_or("not declared".into(), |dims| {
            format!("[{}]", dims.iter().map(Dim::to_string).collect::<Vec<_>>().join(", "))
        }),
        reason,
        example: example.join(","),
    };
    let Some(dims) = &input.dims else {
        let example = ["N", "3", "224", "224"].map(str::to_owned).to_vec();
        return Err(unknown("its dimensions are not known".into(), example));
    };
    let is_batch = |index: usize, dim: &Dim| match dim {
        Dim::Fixed(_) => false,
        Dim::Symbol(symbol) => symbols.get(symbol.as_str()) == Some(&None),
        Dim::Unknown => index == 0,
    };
    let resolve = |(index, dim): (usize, &Dim)| match dim {
        Dim::Fixed(n) => Ok(Some(*n)),
        Dim::Symbol(symbol) if matches!(symbols.get(symbol.as_str()), Some(Some(_))) => {
            Ok(symbols[symbol.as_str()])
        }
        dim if is_batch(index, dim) => Ok(None),
        dim => {
            let example = dims.iter().enumerate().map(|(i, d)| match d {
                Dim::Fixed(n) => n.to_string(),
                Dim::Symbol(s) if matches!(symbols.get(s.as_str()), Some(Some(_))) => {
                    symbols[s.as_str()].map_or("N".into(), |n| n.to_string())
                }
                d if is_batch(i, d) => "N".into(),
                _ => if dims.len() == 4 && i == 1 { "3" } else { "224" }.into(),
            });
            Err(unknown(format!("dimension {index} (`{dim}`) is not known"), example.collect()))
        }
    };
    dims.iter().enumerate().map(resolve).collect()
}

fn given(input: &ValueInfo, shape: &[Option<usize>]) -> Result<Vec<Option<usize>>, ObserveError> {
    let Some(dims) = &input.dims else { return Ok(shape.to_vec()) };
    let fits = dims.len() == shape.len()
        && dims.iter().zip(shape).all(|(dim, given)| match (dim, given) {
            (Dim::Fixed(n), Some(given)) => n == given,
            (Dim::Fixed(_), None) => false,
            _ => true,
        });
    if fits {
        return Ok(shape.to_vec());
    }
    let reason = match dims
        .iter()
        .zip(shape)
        .position(|(d, given)| matches!(d, Dim::Fixed(_)) && given.is_none())
    {
        Some(at) if dims.len() == shape.len() => format!(
            "dimension {at} is fixed in the declared `{input}`; give its number there, or export the model with a batch that \
             is open"
        ),
        _ => format!("does not fit the declared `{input}`"),
    };
    Err(ObserveError::Shape { input: input.name.clone(), reason })
}
