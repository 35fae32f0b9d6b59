//! `dissect compare`: a dissection in this process, by flags or, as the daemon's worker, by a run's spec.

mod args;
pub(super) mod facts;
mod images;
mod nearest;
mod table;
mod worker;

pub use args::{Args, FactArgs};

use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::anyhow;
use dissect_onnx::dissect::{self, ModelRef, Settings};
use dissect_runs::home::Home;
use dissect_runs::spec;

use crate::failure::{Failure, Outcome};
use crate::output;
use crate::progress::Progress;

/// Dissects.
pub fn run(args: Args) -> Outcome {
    if let Some(folder) = &args.run {
        return worker::run(folder);
    }
    let settings = settings(&args)?;
    let mut progress = progress(&settings);
    let outcome = dissect::dissect(&settings, &mut |at| {
        progress.at((at.turn * at.steps) as u64 + steps_done(at), &told(at));
        ControlFlow::Continue(())
    });
    progress.end();
    let outcome = outcome?;
    for note in &outcome.report.notes {
        eprintln!("note: {note}");
    }
    eprintln!("computed by ONNX Runtime on {}", told_provider(&outcome.report));
    if let Some(out) = &args.out {
        outcome.write(out)?;
        eprintln!("report, figures, latents and patterns are in {}", out.display());
    }
    if args.json {
        output::print_json(&outcome.report)?;
    } else {
        output::print(&table::text(&outcome.report, args.verbose))?;
    }
    Ok(())
}

fn settings(args: &Args) -> Result<Settings, Failure> {
    if args.models.len() < 2 {
        return Err(Failure::Usage(anyhow!("one model is not enough: name two or more, f1 first")));
    }
    let generator = args.generator.as_deref().expect("clap requires a generator without --run");
    let generator = file(&reference(generator)?)?;
    let facts = args.facts.gather(args.models.len())?;
    let mut models = Vec::new();
    for (text, facts) in args.models.iter().zip(facts) {
        models.push(ModelRef { facts, ..model(&reference(text)?, None)? });
    }
    Ok(Settings {
        seeds: args.seeds as usize,
        steps: args.steps as usize,
        learning_rate: args.learning_rate,
        objective: args.objective,
        optimizer: args.optimizer,
        seed: args.seed,
        latents: args.latents.clone(),
        all_pairs: args.all_pairs,
        device: args.device,
        batch: args.batch,
        tf32: args.tf32,
        convolution_search: args.cudnn_search,
        cuda_graph: args.cuda_graph,
        images: args.images.as_deref().map(|path| images::read(path, args.image_limit)).transpose()?,
        resamples: args.bootstrap as usize,
        ..Settings::new(models, generator)
    })
}

fn reference(text: &str) -> Result<spec::ModelRef, Failure> {
    text.parse().map_err(|expected| Failure::Usage(anyhow!("model `{text}`: expected {expected}")))
}

/// The file that a reference means. Only references to runs need a home.
fn file(reference: &spec::ModelRef) -> Result<PathBuf, Failure> {
    match reference {
        spec::ModelRef::File(path) => Ok(path.clone()),
        spec::ModelRef::Run { .. } => Ok(Home::from_env()?.model(reference)?),
    }
}

/// A classifier by its reference: a run's goes by the run's name, a file's by what its metadata says.
fn model(reference: &spec::ModelRef, home: Option<&Home>) -> Result<ModelRef, Failure> {
    let path = match home {
        Some(home) => home.model(reference)?,
        None => file(reference)?,
    };
    let model = ModelRef::new(path);
    Ok(match reference {
        spec::ModelRef::File(_) => model,
        spec::ModelRef::Run { .. } => model.named(reference.label()),
    })
}

/// Where it ran and what the ascent cost.
fn told_provider(report: &dissect::Report) -> String {
    let timing = &report.timing;
    let precision = if report.settings.tf32 { " with TensorFloat-32" } else { "" };
    format!(
        "{}{precision}, {} starts at once; {:.1} s in the steps of the ascent, {:.1} % of it outside ONNX Runtime",
        report.provider,
        report.settings.batch,
        timing.ascent_s,
        100.0 * timing.overhead
    )
}

fn progress(settings: &Settings) -> Progress {
    let turns = if settings.all_pairs { settings.models.len() } else { 1 };
    Progress::new((turns * settings.steps) as u64, "steps")
}

/// Steps of this turn, counting those that only a part of the starts has taken by that part.
fn steps_done(at: &dissect::Progress) -> u64 {
    (at.done * at.steps as f64) as u64
}

fn told(at: &dissect::Progress) -> String {
    let Some(measured) = &at.measured else { return format!("ascent on {}", at.f1) };
    let distances = measured.distances.iter().map(|(f2, distance)| format!(", {f2} at {distance:.3}"));
    format!("ascent on {}: activation {:.3}{}", at.f1, measured.activation, distances.collect::<String>())
}
