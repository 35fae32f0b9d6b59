//! Every gradient rule against central differences of what ONNX Runtime computes, over a table of shapes and attributes.
//! In float64 where ONNX Runtime has such kernels, else in float32.
#![expect(clippy::unwrap_used, reason = "where a helper cannot go on the test has failed")]

mod cases;
mod check;
mod properties;
mod structure;

use dissect_onnx::gradient::operators;

#[test]
fn gradients_are_those_of_central_differences() {
    let failures: Vec<String> = cases::all().iter().filter_map(|case| check::check(case).err()).collect();
    assert!(failures.is_empty(), "{} cases fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_rule_has_a_case() {
    let cases = cases::all();
    let missing: Vec<_> = operators()
        .iter()
        .filter(|o| !o.blocks() && !cases.iter().any(|case| case.operator == o.name))
        .collect();
    assert!(missing.is_empty(), "no numeric check of {missing:?}");
}

#[test]
fn the_table_is_in_the_order_of_names() {
    let names: Vec<_> = operators().iter().map(|o| o.name).collect();
    assert!(names.is_sorted(), "binary search relies on the order");
}

#[test]
fn the_page_of_operators_is_true() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/operators.md");
    let written = std::fs::read_to_string(path).unwrap();
    let renew = "cargo run -p dissect-onnx --example operators > docs/operators.md";
    assert!(written == dissect_onnx::gradient::page(), "the page is out of date; `{renew}`");
}
