//! Every gradient rule against libtorch's autograd, wherever libtorch computes the same: outputs and gradients of the same
//! numbers in float32, within 1e-5 (L2), in the forms for any provider and for the CPU's.
#![expect(clippy::unwrap_used, reason = "where a helper cannot go on the test has failed")]

mod case;
mod elementwise;
mod layout;
mod linear;
mod reductions;
mod spatial;

use case::Case;
use dissect_onnx::gradient::operators;

/// Operators of which libtorch has no function, or only one with another meaning.
const WITHOUT: [(&str, &str); 4] = [
    ("DeformConv", "torchvision's, not libtorch's"),
    ("DequantizeLinear", "libtorch's has no gradient"),
    ("RotaryEmbedding", "written out by those who use it"),
    ("TensorScatter", "written out by those who use it"),
];

fn all() -> Vec<Case> {
    let parts = [elementwise::all(), layout::all(), linear::all(), reductions::all(), spatial::all()];
    parts.into_iter().flatten().collect()
}

#[test]
fn gradients_are_libtorchs() {
    tch::set_num_threads(1);
    let cases = all();
    let failures: Vec<String> = cases.iter().filter_map(|case| case.check().err()).collect();
    assert!(failures.is_empty(), "{} of {} differ:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn every_rule_is_compared_or_has_nothing_to_be_compared_with() {
    let cases = all();
    let compared = |name: &str| cases.iter().any(|case| case.operator == name);
    let without = |name: &str| WITHOUT.iter().any(|(without, _)| *without == name);
    let missing: Vec<_> =
        operators().iter().filter(|o| !o.blocks() && compared(o.name) == without(o.name)).collect();
    assert!(missing.is_empty(), "neither compared nor excepted, or both: {missing:?}");
}
