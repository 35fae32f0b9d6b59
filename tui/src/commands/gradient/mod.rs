//! `dissect gradient`: a model's gradient graph, checked if asked.

mod check;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use dissect_onnx::gradient::{self, Half, Options, Target};
use dissect_onnx::model::Model;
use dissect_onnx::observe::ObserveError;
use serde::Serialize;

use self::check::Checked;
use super::compare::facts;
use crate::failure::{Failure, Outcome};
use crate::output::{self, bytes};

/// What `--json` prints.
const SHAPE: &str = "\
JSON: model, out, inputs and outputs (names of the gradient graph), nodes, bytes and check (null without \
--check, else a list of input, error, reference, tolerance, passed, known).

The gradient graph has the model's inputs and outputs, and, for an output y, an input y_grad (the cotangent, \
of y's shape) and, for each floating-point input x, an output x_grad.";

/// What `dissect gradient` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = SHAPE)]
pub struct Args {
    /// The model
    #[arg(value_name = "MODEL.onnx")]
    pub model: PathBuf,

    /// Where the gradient graph goes
    #[arg(long, short, value_name = "OUT.onnx")]
    pub out: PathBuf,

    /// Compare the written graph with central differences on random inputs; fails where they do not agree
    #[arg(long)]
    pub check: bool,

    /// The shape of an input that does not declare it, such as x=N,3,224,224; N stands for the batch
    #[arg(long, value_name = "INPUT=DIMS", value_parser = shape)]
    pub shape: Vec<(String, Vec<Option<usize>>)>,

    /// Differentiate float16 and bfloat16 in themselves instead of in float32; not every provider has the kernels
    #[arg(long)]
    pub keep_half: bool,

    /// Where the graph is to run fast: on any provider, or on ONNX Runtime's CPU provider
    #[arg(long, value_enum, default_value = "any", value_name = "PROVIDER")]
    pub target: Provider,

    /// Values of the check's random inputs: what the model expects, such as 0,255
    #[arg(long, value_name = "LOW,HIGH", default_value = "-1,1", allow_hyphen_values = true, value_parser = facts::range)]
    pub range: [f64; 2],

    /// Seed of the random inputs of the check
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Whose fast forms are chosen.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Provider {
    /// Forms that every provider runs well
    Any,
    /// The CPU provider's fastest
    Cpu,
}

impl From<Provider> for Target {
    fn from(provider: Provider) -> Self {
        match provider {
            Provider::Any => Self::Any,
            Provider::Cpu => Self::Cpu,
        }
    }
}

#[derive(Debug, Serialize)]
struct Written {
    model: PathBuf,
    out: PathBuf,
    inputs: Vec<String>,
    outputs: Vec<String>,
    nodes: usize,
    bytes: u64,
    check: Option<Vec<Checked>>,
}

/// Writes the graph, reads it back for the check, and tells.
pub fn run(args: Args) -> Outcome {
    let model = Model::load(&args.model)?;
    let shapes: BTreeMap<_, _> = args.shape.into_iter().collect();
    let half = if args.keep_half { Half::Keep } else { Half::Promote };
    let options = Options { shapes: shapes.clone(), half, target: args.target.into() };
    let differentiated = gradient::differentiate(&model, &options);
    let differentiated = differentiated.map_err(|error| refused(&args.model, error))?;
    differentiated.save(&args.out)?;
    let check = if args.check {
        // What was written is what is checked.
        let written = Model::load(&args.out)?;
        Some(check::check(&model, &written, &shapes, args.range, args.seed).context("the check")?)
    } else {
        None
    };
    let names =
        |values: Vec<dissect_onnx::model::ValueInfo>| values.into_iter().map(|value| value.name).collect();
    let written = Written {
        inputs: names(differentiated.inputs()?),
        outputs: names(differentiated.outputs()?),
        nodes: differentiated.graph().node.len(),
        bytes: std::fs::metadata(&args.out).map_or(0, |metadata| metadata.len()),
        model: args.model,
        out: args.out,
        check,
    };
    if args.json {
        output::print_json(&written)?
    } else {
        output::print(&text(&written))?
    }
    verdict(&written)
}

/// Fails where the gradient for an input differs, or where nothing can be told.
fn verdict(written: &Written) -> Outcome {
    let those = |known| -> Vec<&str> {
        let failed = written.check.iter().flatten().filter(|check| !check.passed && check.known == known);
        failed.map(|check| check.input.as_str()).collect()
    };
    let (wrong, unknown) = (those(true), those(false));
    let out = written.out.display();
    if !wrong.is_empty() {
        let inputs = wrong.join(", ");
        let message = anyhow!("{out}: the gradient for {inputs} does not agree with central differences");
        return Err(Failure::Failed(message));
    }
    if !unknown.is_empty() {
        let inputs = unknown.join(", ");
        let message =
            anyhow!("{out}: the gradient for {inputs} could not be checked: rounding hides its slopes");
        return Err(Failure::Failed(message));
    }
    Ok(())
}

/// A shape that must be given is a matter of usage; anything else is the model's.
fn refused(path: &Path, error: gradient::GradientError) -> Failure {
    let usage = matches!(
        error,
        gradient::GradientError::Observe(ObserveError::UnknownDimension { .. } | ObserveError::Shape { .. })
    );
    let advice = matches!(error, gradient::GradientError::Obstacles(_));
    let mut message = format!("{}: {error}", path.display());
    if advice {
        message.push_str(&format!("; see `dissect inspect {}`", path.display()));
    }
    if usage { Failure::Usage(anyhow!(message)) } else { Failure::Failed(anyhow!(message)) }
}

fn text(written: &Written) -> String {
    let mut text = format!(
        "{}: {} nodes, {}\ninputs   {}\noutputs  {}\n",
        written.out.display(),
        written.nodes,
        bytes(written.bytes),
        written.inputs.join(", "),
        written.outputs.join(", ")
    );
    for check in written.check.iter().flatten() {
        if !check.known {
            text.push_str(&format!("check    {} cannot be told: {}\n", check.input, check.reference));
            continue;
        }
        let verdict = if check.passed { "agrees with" } else { "DIFFERS from" };
        text.push_str(&format!(
            "check    {} {verdict} central differences: relative error {:.1e} (at most {:.1e}; {})\n",
            check.input, check.error, check.tolerance, check.reference
        ));
    }
    text
}

/// Reads `x=N,3,224,224`.
pub(super) fn shape(text: &str) -> Result<(String, Vec<Option<usize>>), String> {
    let expected = || "expected INPUT=DIMS, such as x=N,3,224,224".to_owned();
    let (input, dims) = text.rsplit_once('=').filter(|(input, _)| !input.is_empty()).ok_or_else(expected)?;
    let dims = dims.split(',').map(|dim| match dim.trim() {
        "N" | "n" => Ok(None),
        dim => dim.parse().ok().filter(|dim| *dim > 0).map(Some).ok_or_else(expected),
    });
    Ok((input.to_owned(), dims.collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_name_their_input() {
        assert_eq!(shape("x=N,3,8"), Ok(("x".into(), vec![None, Some(3), Some(8)])));
        assert_eq!(shape("a=b=2"), Ok(("a=b".into(), vec![Some(2)])));
        for wrong in ["x", "=1", "x=0", "x=1,,2", "x=-1", "x="] {
            assert!(shape(wrong).is_err(), "{wrong}");
        }
    }
}
