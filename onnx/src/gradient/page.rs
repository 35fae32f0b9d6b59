//! The page that says which operators have a gradient: written from the registry, so that it cannot say anything else.

use std::fmt::Write as _;

use super::registry::{Operator, operators};
use crate::graph::Graph;

/// Operators that become others, or nothing, before any rule is asked.
const READ_AS: &[(&str, &str)] = &[
    ("If", "the branch that is taken"),
    ("Loop, Scan", "their turns, one after the other"),
    ("Scatter", "ScatterElements"),
    (
        "SequenceConstruct, SequenceEmpty, SequenceInsert, SequenceErase, SequenceAt, SequenceLength, SplitToSequence, \
         ConcatFromSequence",
        "their elements",
    ),
    ("Upsample", "Resize"),
];

/// The coverage page in Markdown, `docs/operators.md`.
pub fn page() -> String {
    let with = operators().iter().filter(|o| !o.blocks()).count();
    let read_as: usize = READ_AS.iter().map(|(names, _)| names.split(", ").count()).sum();
    let mut page = format!(
        "# Operators that have a gradient\n\n\
         Made from the registry by `cargo run -p dissect-onnx --example operators > docs/operators.md`; a test keeps it \
         true.\n\n\
         {with} operators of the standard domain have a gradient, in every form they have from opset {} to {}; {read_as} \
         more become others before any rule is asked. \
         Through {} others none flows, because their results are no smooth functions of their inputs, or are no numbers. \
         \"Since\" is the opset in which an operator first appears, or the oldest that is read.\n\n\
         | operator | since | gradient with respect to | how |\n| --- | --- | --- | --- |\n",
        Graph::OLDEST_OPSET,
        Graph::NEWEST_OPSET,
        operators().len() - with,
    );
    for operator in operators().iter().filter(|o| !o.blocks()) {
        let name = operator.name;
        let link = format!("[{name}](https://onnx.ai/onnx/operators/onnx__{name}.html)");
        let _ = writeln!(page, "| {link} | {} | {} | {} |", operator.since, inputs(operator), operator.how());
    }
    page.push_str("\n## Without a gradient\n\nValues pass, gradients end here: ");
    let without: Vec<_> = operators().iter().filter(|o| o.blocks()).map(|o| o.name).collect();
    let _ = writeln!(page, "{}.", without.join(", "));
    page.push_str(
        "\n## Read as something else\n\nWhere what decides is known beforehand:\n\n| operator | read as |\n| --- | --- |\n",
    );
    page.push_str("| functions of the model's own | their bodies |\n");
    for (operator, other) in READ_AS {
        let _ = writeln!(page, "| {operator} | {other} |");
    }
    page
}

fn inputs(operator: &Operator) -> String {
    match (0..32).take_while(|&input| operator.differentiates(input)).count() {
        1 => "input 0".into(),
        2 => "inputs 0 and 1".into(),
        32 => "all inputs".into(),
        count => format!("inputs 0 to {}", count - 1),
    }
}
