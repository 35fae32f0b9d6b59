//! What the numbers of a run are called in TensorBoard, which groups its charts by what stands before the first `/`.

use crate::records::Kind;

/// Whom event files name as their writer, so that they are known again when they are read back.
pub const WRITER: &str = "dissect";

/// `step/loss`, `epoch/test_accuracy`; in a dissection `step/F1/dist.F2`.
pub fn tag(kind: Kind, f1: Option<&str>, field: &str) -> String {
    let kind = match kind {
        Kind::Step => "step",
        Kind::Epoch => "epoch",
    };
    match f1 {
        Some(f1) => format!("{kind}/{f1}/{field}"),
        None => format!("{kind}/{field}"),
    }
}
