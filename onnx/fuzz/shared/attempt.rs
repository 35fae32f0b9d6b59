//! Everything that a stranger's file goes through: reading, the editable graph, inspection, the gradient, and running
//! both in ONNX Runtime.

use dissect_onnx::gradient::{GradientError, Options, differentiate};
use dissect_onnx::graph::Graph;
use dissect_onnx::inspect::inspect;
use dissect_onnx::model::{Dim, Model, ModelError};
use dissect_onnx::observe::ObserveError;
use dissect_onnx::session::{Device, Session, SessionOptions};
use dissect_onnx::tensor::Tensor;

/// More elements than this in one input are not made up to run a model.
const SMALL: usize = 1 << 16;

/// Tries everything and says how far it came.
pub(crate) fn attempt(bytes: Vec<u8>, run: bool) -> &'static str {
    let model = match Model::from_bytes(bytes) {
        Ok(model) => model,
        Err(ModelError::NotOnnx { .. }) => return "no message",
        Err(_) => return "refused on reading",
    };
    if run {
        let _ = inspect(&model, &Options::default());
    }
    if Graph::from_model(&model).is_err() {
        return "refused as a graph";
    }
    let gradient = match differentiate(&model, &Options::default()) {
        Ok(gradient) => gradient,
        Err(GradientError::Obstacles(_)) => return "operators in the way",
        Err(GradientError::Observe(ObserveError::Session(_))) => return "refused by ONNX Runtime",
        Err(GradientError::Observe(_)) => return "refused on observing",
        Err(_) => return "no gradient",
    };
    if !run {
        return "differentiated";
    }
    if execute(&model) && execute(&gradient) { "differentiated and run" } else { "differentiated, not run" }
}

/// Runs a model at batch 2 with every number being 1.
fn execute(model: &Model) -> bool {
    let options = SessionOptions { device: Device::Cpu, threads: 1, ..Default::default() };
    let Ok(mut session) = Session::new(model, &options) else { return false };
    let Ok(inputs) = model.inputs() else { return false };
    let mut given = Vec::new();
    for input in inputs {
        let size = |dim: &Dim| if let Dim::Fixed(n) = dim { *n } else { 2 };
        let shape: Vec<usize> = input.dims.iter().flatten().map(size).collect();
        let count = shape.iter().try_fold(1_usize, |n, &d| n.checked_mul(d)).filter(|&n| n <= SMALL);
        let Some(tensor) = count.and_then(|n| Tensor::from_f64s(input.data_type, &shape, &vec![1.0; n]).ok())
        else {
            return false;
        };
        given.push((input.name, tensor));
    }
    session.run(given.iter().map(|(n, t)| (n, t))).is_ok()
}
