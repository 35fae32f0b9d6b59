//! The page of the node tests: how many were compared, and why others were not. Knows Markdown; runs nothing.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dissect_onnx::tensor::DataType;

use crate::outcome::{Forward, Outcome};

/// The page in Markdown, `docs/node-tests.md`.
pub(crate) fn page(outcomes: &[(String, Outcome)]) -> String {
    let mut left_out: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let (mut compared, mut double, mut agree) = (0, 0, 0);
    let mut slopes = 0;
    let mut differ = Vec::new();
    let mut no_kernel = Vec::new();
    let mut failed = 0;
    for (name, outcome) in outcomes {
        match outcome {
            Outcome::LeftOut(reason) => left_out.entry(reason).or_default().push(name),
            Outcome::Failed(_) => failed += 1,
            Outcome::Compared { forward, data_type, compared: of_case } => {
                compared += 1;
                double += usize::from(*data_type == DataType::Double);
                slopes += of_case.slopes;
                match forward {
                    Forward::Agrees => agree += 1,
                    Forward::Differs => differ.push(name.as_str()),
                    Forward::Refused => no_kernel.push(name.as_str()),
                }
            }
        }
    }
    let all = outcomes.len();
    let out: usize = left_out.values().map(Vec::len).sum();
    let mut page = format!(
        "# ONNX's node tests\n\n\
         Made by `DISSECT_WRITE_PAGE=1 cargo test -p dissect-onnx --test node_tests`; the same test keeps it true.\n\n\
         The `onnx` wheel (1.22.0) holds a small model with inputs and outputs for every form of every operator. Each that \
         has floating-point inputs and outputs and an opset that is read is loaded and differentiated. The gradient is \
         compared with one-sided and central differences of what ONNX Runtime computes, element by element and in one \
         direction of all elements: in float64 where ONNX Runtime computes in it, else in float32. Inputs that cannot be \
         varied (indices, sizes, masks) are constants. Inputs are first shifted a little, off bends and ties; at a bend \
         that is left any slope between those of its sides is taken.\n\n\
         | node tests | {all} |\n| --- | ---: |\n\
         | **gradient compared, and right** | **{compared}** |\n\
         | of these in float64 | {double} |\n\
         | of these, outputs of ONNX Runtime as stored | {agree} |\n\
         | gradient wrong, or an error | {failed} |\n\
         | left out, for the reasons below | {out} |\n\n\
         {slopes} slopes were compared.\n"
    );
    page.push_str("\n## Compared, with other outputs\n");
    list(&mut page, "ONNX Runtime's outputs differ from those stored, the gradient is right", &differ);
    list(
        &mut page,
        "ONNX Runtime has a kernel for another type only, in which the gradient is right",
        &no_kernel,
    );
    let mut reasons: Vec<_> = left_out.into_iter().collect();
    reasons.sort_by_key(|(reason, names)| (reason.starts_with("refused"), std::cmp::Reverse(names.len())));
    page.push_str("\n## Left out\n");
    for (reason, names) in reasons {
        list(&mut page, reason, &names);
    }
    page
}

fn list(page: &mut String, title: &str, names: &[&str]) {
    if !names.is_empty() {
        let mut title = title.to_owned();
        title[..1].make_ascii_uppercase();
        let _ = write!(page, "\n### {title}: {}\n\n{}.\n", names.len(), names.join(", "));
    }
}
