//! `dissect inspect`: what a model is made of, and whether it has a gradient.

use std::path::PathBuf;

use dissect_onnx::gradient::Options;
use dissect_onnx::inspect::{GradientStatus, Inspection, Port, inspect};
use dissect_onnx::model::Model;
use serde::Serialize;

use super::gradient::shape;
use crate::failure::Outcome;
use crate::output;

/// What `--json` prints.
const SHAPE: &str = "\
JSON: model, differentiable (true or false), opset, other_opsets, ir_version, producer, inputs and outputs (lists of \
name, data_type, shape), nodes, operators (how often each occurs), parameters, metadata and gradient (status: possible; \
obstacles with nodes, a list of operator, node, output, reason; or failed with reason).";

/// What `dissect inspect` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = SHAPE)]
pub struct Args {
    /// The model
    #[arg(value_name = "MODEL.onnx")]
    pub model: PathBuf,

    /// The shape of an input that does not declare it, such as x=N,3,224,224; N stands for the batch
    #[arg(long, value_name = "INPUT=DIMS", value_parser = shape)]
    pub shape: Vec<(String, Vec<Option<usize>>)>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Debug, Serialize)]
struct Told {
    model: PathBuf,
    differentiable: bool,
    #[serde(flatten)]
    inspection: Inspection,
}

/// Describes the model.
pub fn run(args: Args) -> Outcome {
    let model = Model::load(&args.model)?;
    let options = Options { shapes: args.shape.into_iter().collect(), ..Options::default() };
    let inspection = inspect(&model, &options)?;
    let differentiable = inspection.gradient == GradientStatus::Possible;
    let told = Told { model: args.model, differentiable, inspection };
    if args.json {
        output::print_json(&told)?
    } else {
        output::print(&text(&told))?
    }
    Ok(())
}

fn text(told: &Told) -> String {
    let Told { inspection, .. } = told;
    let mut lines = vec![("model", told.model.display().to_string())];
    let producer = if inspection.producer.is_empty() { "not said" } else { inspection.producer.as_str() };
    let others = inspection.other_opsets.iter().map(|(domain, version)| format!(", {domain} {version}"));
    lines.push(("opset", format!("{}{}", inspection.opset, others.collect::<String>())));
    lines.push(("producer", producer.to_owned()));
    lines.extend(inspection.inputs.iter().map(|input| ("input", port(input))));
    lines.extend(inspection.outputs.iter().map(|output| ("output", port(output))));
    lines.push(("parameters", grouped(inspection.parameters)));
    let operators = inspection.operators.iter().map(|(operator, count)| format!("{operator} {count}"));
    lines.push(("nodes", format!("{}: {}", inspection.nodes, operators.collect::<Vec<_>>().join(", "))));
    lines.extend(inspection.metadata.iter().map(|(key, value)| ("metadata", format!("{key} = {value}"))));
    match &inspection.gradient {
        GradientStatus::Possible => lines.push(("gradient", "can be differentiated".to_owned())),
        GradientStatus::Failed { reason } => lines.push(("gradient", format!("none: {reason}"))),
        GradientStatus::Obstacles { nodes } => {
            lines.push(("gradient", format!("none: {} in the way", count(nodes.len()))));
            lines.extend(nodes.iter().map(|node| ("", node.to_string())));
        }
    }
    lines.iter().map(|(name, value)| format!("{name:<12}{value}\n")).collect()
}

fn count(nodes: usize) -> String {
    if nodes == 1 { "1 node stands".to_owned() } else { format!("{nodes} nodes stand") }
}

/// `x  float [batch, 3, 32, 32]`
fn port(port: &Port) -> String {
    let shape = port
        .shape
        .as_ref()
        .map_or_else(|| "of any shape".to_owned(), |shape| format!("[{}]", shape.join(", ")));
    format!("{}  {} {shape}", port.name, port.data_type)
}

/// A number with its thousands apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        for (number, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (9_231_114, "9,231,114")] {
            assert_eq!(grouped(number), expected);
        }
    }
}
