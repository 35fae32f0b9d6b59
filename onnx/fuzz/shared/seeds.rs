//! Small whole models: every operator in every form that the gradient's table of checks has, and two small networks.

use dissect_onnx::proto::ModelProto;
use dissect_onnx::tensor::DataType;

use crate::{cases, check};

/// All seeds, in the table's order.
pub(crate) fn all() -> Vec<ModelProto> {
    cases::all().iter().map(|case| check::build(case, DataType::Float).model.proto().clone()).collect()
}
