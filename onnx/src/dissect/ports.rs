//! Which of a model's inputs is the image, and which of its outputs has the class scores. Knows names and declared
//! types; what the numbers mean is for others.

use super::DissectError;
use super::facts::{Facts, refuse};
use crate::graph::{Graph, GraphError};
use crate::model::{Dim, ValueInfo};
use crate::tensor::DataType;

/// What a class score's output looks like.
pub(super) const EXPECTED_OUTPUT: &str = "one float output [batch, classes]";
/// What to do about a model that has no such output.
pub(super) const NOT_A_CLASSIFIER: &str =
    "give a classifier of images, or name the output that has the class scores with --output NAME";
const EXPECTED_INPUT: &str = "one float input of images [batch, 3, h, w] or [batch, h, w, 3]";

/// Chooses the output with the class scores and cuts the graph to it.
pub(super) fn output(
    path: &str,
    graph: &mut Graph,
    facts: &Facts,
    notes: &mut Vec<String>,
) -> Result<ValueInfo, DissectError> {
    let signature = |found: String| DissectError::Signature {
        model: path.to_owned(),
        found,
        expected: EXPECTED_OUTPUT.into(),
        advice: NOT_A_CLASSIFIER,
    };
    let outputs = &graph.outputs;
    let named = |name: &str| outputs.iter().find(|output| output.name == name);
    let likely: Vec<&ValueInfo> = outputs.iter().filter(|output| has_scores(output)).collect();
    let chosen = match (&facts.output_name, &outputs[..], &likely[..]) {
        (Some(name), ..) => match named(name) {
            Some(output) => output,
            None => return refuse(path, "the output", format!("`{name}`"), one_of(outputs)),
        },
        (None, [output], _) => output,
        (None, _, [output]) => {
            notes.push(format!(
                "output `{}` of {} taken, the only one of class scores",
                output.name,
                outputs.len()
            ));
            *output
        }
        // `--output logits` names the output as well where it is called so.
        _ => facts.output.and_then(|kind| named(kind.name())).ok_or_else(|| {
            signature(match outputs.len() {
                0 => "no output".into(),
                several => format!("{several} outputs ({})", names(outputs)),
            })
        })?,
    };
    if !has_scores(chosen) {
        return Err(signature(format!("output {chosen}")));
    }
    let chosen = chosen.clone();
    graph.cut(vec![chosen.clone()]).map_err(|source| cannot(path, source))?;
    Ok(chosen)
}

/// Chooses the image among the inputs; no other may be needed. An input of bytes whose readers cast it becomes one of
/// float32, so that it can be differentiated, and its range that of bytes where `facts` says nothing.
pub(super) fn input(
    path: &str,
    graph: &mut Graph,
    facts: &mut Facts,
    notes: &mut Vec<String>,
) -> Result<ValueInfo, DissectError> {
    let signature = |found: String, advice: &'static str| DissectError::Signature {
        model: path.to_owned(),
        found,
        expected: EXPECTED_INPUT.into(),
        advice,
    };
    let needed = graph.use_counts();
    let inputs = &graph.inputs;
    let chosen = match (&facts.input_name, &inputs[..]) {
        (Some(name), _) => match inputs.iter().position(|input| input.name == *name) {
            Some(index) => index,
            None => return refuse(path, "the input", format!("`{name}`"), one_of(inputs)),
        },
        (None, [_]) => 0,
        (None, []) => return Err(signature("no input".into(), "give a classifier of images")),
        (None, several) => {
            let found = format!("{} inputs ({})", several.len(), names(several));
            return Err(signature(
                found,
                "name the image with --input NAME, if the class scores need no other",
            ));
        }
    };
    let mut others =
        (inputs.iter().enumerate()).filter(|(index, _)| *index != chosen).map(|(_, input)| input);
    if let Some(other) = others.find(|other| needed.contains_key(&other.name)) {
        return Err(signature(
            format!("input `{}` that is needed beside `{}`", other.name, inputs[chosen].name),
            "export the model with the image as its only input, or choose another output with --output NAME",
        ));
    }
    let mut input = inputs[chosen].clone();
    if input.data_type == DataType::Uint8 && is_only_cast(graph, &input.name) {
        input.data_type = DataType::Float;
        if facts.range.is_none() {
            facts.range = Some([0.0, 255.0]);
            notes.push(
                "input range [0, 255] guessed, since it takes bytes; gets values between them as well".into(),
            );
        }
    } else if !input.data_type.is_float() || input.dims.as_ref().is_some_and(|dims| dims.len() != 4) {
        return Err(signature(format!("input {input}"), "give a classifier of images"));
    }
    graph.inputs = vec![input.clone()];
    Ok(input)
}

fn is_only_cast(graph: &Graph, value: &str) -> bool {
    graph
        .nodes
        .iter()
        .filter(|node| node.reads().iter().any(|read| read == value))
        .all(|node| node.is("Cast"))
}

/// `[batch, classes]`, or `[batch]` for two classes; or nothing said.
fn has_scores(output: &ValueInfo) -> bool {
    output.data_type.is_float() && output.dims.as_ref().is_none_or(|dims| (1..=2).contains(&dims.len()))
}

/// Whether the declaration says that there is a single score, that of the second of two classes.
pub(super) fn is_single(output: &ValueInfo) -> bool {
    matches!(output.dims.as_deref(), Some([_] | [_, Dim::Fixed(1)]))
}

fn names(values: &[ValueInfo]) -> String {
    values.iter().map(|value| format!("`{}`", value.name)).collect::<Vec<_>>().join(", ")
}

fn one_of(values: &[ValueInfo]) -> String {
    if values.is_empty() { "none".into() } else { format!("one of {}", names(values)) }
}

fn cannot(path: &str, source: GraphError) -> DissectError {
    DissectError::Graph { model: path.to_owned(), source }
}
