//! What becomes of a case: compared with differences, left out for a reason, or failed.

use dissect_onnx::gradient::{GradientError, Options, differentiate};
use dissect_onnx::graph::{Graph, GraphError};
use dissect_onnx::model::Model;
use dissect_onnx::observe::ObserveError;
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::{DataType, Tensor};
use prost::Message;

use crate::differences::{Compared, Precision, compare};
use crate::retype::{Retype, retype, variables};
use crate::suite::NodeCase;

/// What ONNX Runtime makes of a case as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Forward {
    Agrees,
    Differs,
    /// ONNX Runtime has no kernel for it, or one that refuses it.
    Refused,
}

#[derive(Debug)]
pub(crate) enum Outcome {
    Compared { forward: Forward, data_type: DataType, compared: Compared },
    LeftOut(String),
    Failed(String),
}

const PRECISIONS: [Precision; 2] = [
    Precision { data_type: DataType::Double, step: 1e-5, tolerance: 1e-6, shift: 1e-3 },
    Precision { data_type: DataType::Float, step: 4e-3, tolerance: 6e-3, shift: 2e-2 },
];

pub(crate) fn outcome(case: Option<&NodeCase>) -> Outcome {
    let Some(case) = case else {
        return Outcome::LeftOut("a sequence, an optional or a text goes in or comes out".into());
    };
    match reason(case) {
        Some(reason) => Outcome::LeftOut(reason),
        None => check(case),
    }
}

/// Why a case is not tried.
fn reason(case: &NodeCase) -> Option<String> {
    let graph = case.proto.graph.as_ref().unwrap();
    let float = |tensors: &[Tensor]| tensors.iter().any(|t| t.data_type().is_float());
    let opset = case.proto.opset_import.iter().find(|o| o.domain.is_empty()).map_or(0, |o| o.version);
    let foreign = graph.node.iter().find(|n| !n.domain.is_empty() && n.domain != "ai.onnx");
    let (oldest, newest) = (Graph::OLDEST_OPSET, Graph::NEWEST_OPSET);
    match () {
        () if !float(&case.inputs) => Some("no floating-point number goes in".into()),
        () if !float(&case.outputs) => Some("no floating-point number comes out".into()),
        () if foreign.is_some() => Some("the operator is of another domain than the standard's".into()),
        () if opset < oldest => Some(format!("an opset before {oldest}")),
        () if opset > newest => Some(format!("an opset after {newest}")),
        () => None,
    }
}

fn check(case: &NodeCase) -> Outcome {
    let forward = forward(case);
    let variables = variables(case);
    if variables.is_empty() {
        return Outcome::LeftOut("the only floating-point numbers are sizes and the like".into());
    }
    let mut reasons = Vec::new();
    for precision in &PRECISIONS {
        for constants in [true, false] {
            let how = Retype { to: precision.data_type, constants };
            let retyped = match retype(case, &variables, how) {
                Ok(retyped) => retyped,
                Err(reason) => return Outcome::Failed(reason),
            };
            let mut session = match Session::new(&retyped.model, &SessionOptions::plain()) {
                Ok(session) => session,
                Err(error) => {
                    reasons.push((true, error.to_string()));
                    continue;
                }
            };
            let gradient = match differentiate(&retyped.model, &Options::default()) {
                Ok(gradient) => gradient,
                Err(GradientError::Nothing) => return Outcome::LeftOut("no gradient flows".into()),
                Err(GradientError::Obstacles(obstacles)) => {
                    let first = &obstacles[0];
                    return Outcome::LeftOut(format!("refused: {}: {}", first.operator, first.reason));
                }
                Err(GradientError::Observe(ObserveError::Shape { .. })) if case.inputs[0].is_empty() => {
                    return Outcome::LeftOut("refused: an input without elements".into());
                }
                // A form of an operator that is not read.
                Err(GradientError::Graph(error @ GraphError::Node { .. })) => {
                    return Outcome::LeftOut(format!("refused: {error}"));
                }
                Err(error) => {
                    reasons.push((false, error.to_string()));
                    continue;
                }
            };
            match compare(retyped, &gradient, &mut session, precision) {
                Ok(None) => return Outcome::LeftOut("each run gives other numbers, drawn at random".into()),
                Ok(Some(compared)) => {
                    return Outcome::Compared { forward, data_type: precision.data_type, compared };
                }
                Err(reason) => reasons.push((false, format!("in {}: {reason}", precision.data_type))),
            }
        }
    }
    let refused = |(kernel, reason): &(bool, String)| *kernel || reason.contains("running the model");
    if forward == Forward::Refused && reasons.iter().all(refused) {
        return Outcome::LeftOut("ONNX Runtime's CPU provider does not take it in any type".into());
    }
    let reasons: Vec<_> = reasons.into_iter().map(|(_, reason)| reason).collect();
    Outcome::Failed(format!("{forward:?} {}", reasons.join("\n    ")))
}

/// Runs the case as it stands and compares with what is stored.
fn forward(case: &NodeCase) -> Forward {
    let model = Model::from_bytes(case.proto.encode_to_vec()).unwrap();
    let Ok(mut session) = Session::new(&model, &SessionOptions::plain()) else { return Forward::Refused };
    let graph = case.proto.graph.as_ref().unwrap();
    let inputs = graph.input.iter().map(|info| &info.name).zip(&case.inputs);
    let Ok(outputs) = session.run(inputs) else { return Forward::Refused };
    let agree = (graph.output.iter().zip(&case.outputs)).all(|(info, expected)| {
        let found = &outputs[&info.name];
        let numbers =
            |t: &Tensor| t.to_f64s().or_else(|_| t.to_ints().map(|v| v.iter().map(|&i| i as f64).collect()));
        let (Ok(a), Ok(b)) = (numbers(found), numbers(expected)) else { return false };
        // Half precision has three digits.
        let room = if expected.data_type().bits() == 16 { 1e-2 } else { 1e-3 };
        let least = 1e-5 * b.iter().filter(|v| v.is_finite()).fold(1.0, |most: f64, v| most.max(v.abs()));
        let near =
            |a: f64, b: f64| a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= least + room * b.abs();
        found.shape() == expected.shape() && a.iter().zip(&b).all(|(&a, &b)| near(a, b))
    });
    if agree { Forward::Agrees } else { Forward::Differs }
}
