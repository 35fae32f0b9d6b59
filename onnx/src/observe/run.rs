//! Running a graph with every value exposed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::inputs::InputShapes;
use super::statics::Statics;
use super::{Known, Observation, ObserveError, ObserveOptions, Observed, Size};
use crate::graph::Graph;
use crate::model::ValueInfo;
use crate::proto::ValueInfoProto;
use crate::session::{RunValue, Session, SessionOptions};
use crate::tensor::{DataType, Tensor};

type Run = BTreeMap<String, RunValue>;

/// A graph with some of its values exposed, ready to be run at any batch.
struct Runs<'g> {
    shapes: InputShapes<'g>,
    statics: Statics,
    session: Session,
}

impl<'g> Runs<'g> {
    fn of(graph: &'g Graph, exposed: Vec<String>, options: &ObserveOptions) -> Result<Self, ObserveError> {
        let shapes = InputShapes::of(graph, options)?;
        let statics = Statics::of(graph)?;
        let mut model = graph.to_model()?;
        // ONNX Runtime infers their types.
        model.graph_mut().output =
            exposed.into_iter().map(|name| ValueInfoProto { name, ..Default::default() }).collect();
        let session = Session::new(&model, &SessionOptions { threads: 0, ..SessionOptions::plain() })?;
        Ok(Self { shapes, statics, session })
    }

    fn at(&mut self, batch: usize) -> Result<Run, ObserveError> {
        let inputs = self.shapes.tensors(batch)?;
        let wanted =
            |name: &str, data_type: DataType, count: usize| self.statics.wanted(name, data_type, count);
        let mut values = self.session.run_selected(inputs.iter().map(|(n, t)| (n, t)), &wanted)?;
        for (name, tensor) in inputs {
            let (data_type, shape) = (tensor.data_type(), tensor.shape().to_vec());
            values.insert(name, RunValue { data_type, shape, tensor: None });
        }
        Ok(values)
    }
}

/// Runs a graph at batch 2 and 3, or once where its inputs have no batch, and says what all its values are.
pub fn observe(graph: &Graph, options: &ObserveOptions) -> Result<Observed, ObserveError> {
    let all = graph.nodes.iter().flat_map(|n| &n.outputs).filter(|o| !o.is_empty()).cloned().collect();
    let mut runs = Runs::of(graph, all, options)?;
    let mut observed = if runs.shapes.have_batch() {
        let (two, three) = (runs.at(2)?, runs.at(3)?);
        both(two, &three)?
    } else {
        runs.at(1)?.into_iter().map(|(name, value)| (name, single(value))).collect()
    };
    for (name, tensor) in &graph.constants {
        observed.insert(name.clone(), Observation::constant(tensor));
    }
    Ok(observed)
}

/// Runs what these values need and says what they are. What is another number at batch 1 than at 2 and 3 is not known:
/// whether a dimension is 1 is what control flow asks most.
pub(crate) fn observe_values(
    graph: &Graph,
    values: &BTreeSet<String>,
    options: &ObserveOptions,
) -> Result<Observed, ObserveError> {
    let mut part = graph.clone();
    let computed: HashSet<&String> = graph.nodes.iter().flat_map(|n| &n.outputs).collect();
    let exposed: Vec<String> = values.iter().filter(|v| computed.contains(v)).cloned().collect();
    let as_output = |name: &String| ValueInfo { name: name.clone(), data_type: DataType::Float, dims: None };
    part.outputs = exposed.iter().map(as_output).collect();
    part.remove_dead();
    let mut observed = Observed::new();
    if !exposed.is_empty() {
        let mut runs = Runs::of(&part, exposed, options)?;
        if runs.shapes.have_batch() {
            let (one, two, three) = (runs.at(1)?, runs.at(2)?, runs.at(3)?);
            observed = both(two, &three)?;
            for (name, seen) in &mut observed {
                if let (Known::Constant(known), Some(one)) = (&seen.known, one.get(name))
                    && one.tensor.as_ref() != Some(known)
                {
                    seen.known = Known::Nothing;
                }
            }
        } else {
            observed = runs.at(1)?.into_iter().map(|(name, value)| (name, single(value))).collect();
        }
    }
    for (name, seen) in InputShapes::of(graph, options)?.observations() {
        observed.insert(name, seen);
    }
    for (name, tensor) in graph.constants.iter().filter(|(name, _)| values.contains(*name)) {
        observed.insert(name.clone(), Observation::constant(tensor));
    }
    Ok(observed)
}

fn single(value: RunValue) -> Observation {
    Observation {
        data_type: value.data_type,
        dims: value.shape.iter().map(|&d| Size::fixed(d)).collect(),
        known: value.tensor.map_or(Known::Nothing, Known::Constant),
    }
}

fn both(two: Run, three: &Run) -> Result<Observed, ObserveError> {
    let mut observed = Observed::new();
    for (name, at_two) in two {
        let Some(at_three) = three.get(&name) else { continue };
        if at_two.shape.len() != at_three.shape.len() {
            let (two, three) = (at_two.shape.len(), at_three.shape.len());
            return Err(ObserveError::Rank { value: name, two, three });
        }
        let dims =
            at_two.shape.iter().zip(&at_three.shape).map(|(&a, &b)| line(a as i64, b as i64)).collect();
        let known = match (&at_two.tensor, &at_three.tensor) {
            (Some(a), Some(b)) => known(a, b),
            _ => Known::Nothing,
        };
        observed.insert(name, Observation { data_type: at_two.data_type, dims, known });
    }
    Ok(observed)
}

/// The line through a number at batch 2 and one at batch 3.
fn line(two: i64, three: i64) -> Size {
    let per_batch = three.wrapping_sub(two);
    Size { per_batch, fixed: two.wrapping_sub(per_batch.wrapping_mul(2)) }
}

fn known(two: &Tensor, three: &Tensor) -> Known {
    if two == three {
        return Known::Constant(two.clone());
    }
    match (two.shape() == three.shape(), two.to_ints(), three.to_ints()) {
        (true, Ok(a), Ok(b)) => Known::Sizes(a.into_iter().zip(b).map(|(a, b)| line(a, b)).collect()),
        _ => Known::Nothing,
    }
}
