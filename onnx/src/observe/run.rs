//! Running a graph with every value exposed.

use std::collections::BTreeMap;

use super::inputs::InputShapes;
use super::statics::Statics;
use super::{Known, Observation, ObserveError, ObserveOptions, Observed, Size};
use crate::graph::Graph;
use crate::proto::ValueInfoProto;
use crate::session::{RunValue, Session, SessionOptions};
use crate::tensor::{DataType, Tensor};

type Run = BTreeMap<String, RunValue>;

/// Runs a graph at batch 2 and 3, or once where its inputs have no batch, and says what all its values are.
pub fn observe(graph: &Graph, options: &ObserveOptions) -> Result<Observed, ObserveError> {
    let shapes = InputShapes::of(graph, options)?;
    let statics = Statics::of(graph)?;
    let mut session =
        Session::new(&exposed(graph)?, &SessionOptions { threads: 0, ..SessionOptions::plain() })?;
    let mut run = |batch: usize| -> Result<Run, ObserveError> {
        let inputs = shapes.tensors(batch)?;
        let wanted = |name: &str, data_type: DataType, count: usize| statics.wanted(name, data_type, count);
        let mut values = session.run_selected(inputs.iter().map(|(n, t)| (n, t)), &wanted)?;
        for (name, tensor) in inputs {
            let (data_type, shape) = (tensor.data_type(), tensor.shape().to_vec());
            values.insert(name, RunValue { data_type, shape, tensor: None });
        }
        Ok(values)
    };
    let mut observed = if shapes.have_batch() {
        let (two, three) = (run(2)?, run(3)?);
        both(two, &three)?
    } else {
        run(1)?.into_iter().map(|(name, value)| (name, single(value))).collect()
    };
    for (name, tensor) in &graph.constants {
        observed.insert(name.clone(), Observation::constant(tensor));
    }
    Ok(observed)
}

/// The graph with each node's every output made an output of the model; ONNX Runtime infers their types.
fn exposed(graph: &Graph) -> Result<crate::model::Model, ObserveError> {
    let mut model = graph.to_model()?;
    let proto = model.graph_mut();
    let names = proto.node.iter().flat_map(|n| &n.output).filter(|o| !o.is_empty());
    proto.output = names.map(|name| ValueInfoProto { name: name.clone(), ..Default::default() }).collect();
    Ok(model)
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
