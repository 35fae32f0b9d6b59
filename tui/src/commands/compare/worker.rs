//! `dissect compare --run FOLDER`: works off a dissection that the daemon queued. It speaks to its run folder alone,
//! so that neither the daemon's end nor a terminal's matters.

use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context as _, anyhow};
use dissect_onnx::dissect::{self, DissectError, Settings};
use dissect_onnx::session::Device;
use dissect_runs::folder::RunFolder;
use dissect_runs::home::Home;
use dissect_runs::records::{Happening, Record};
use dissect_runs::spec::{self, DissectSpec, Spec};
use dissect_runs::worker::{End, Worker};

use super::{model, nearest, progress, steps_done, told};
use crate::failure::{Failure, Outcome};

/// Takes the run and works it off. Ends well once the folder says how it ended.
pub(super) fn run(folder: &Path) -> Outcome {
    // Caught before the run is taken: from then on a request to stop must not go unheard.
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        signal_hook::flag::register(signal, Arc::clone(&stop)).context("cannot catch signals")?;
    }
    let folder = RunFolder::open(folder)?;
    let Spec::Dissect(spec) = folder.spec()? else {
        return Err(Failure::Usage(anyhow!(
            "run {} is no dissection; dissect-trainer works it off",
            folder.id()
        )));
    };
    let mut worker = Worker::begin(folder, None)?;
    let end = match work(&mut worker, &spec, &stop) {
        Ok(end) => end,
        Err(failure) => End::Failed(failure.message().unwrap_or_default()),
    };
    if let End::Failed(reason) = &end {
        // Into the log as well.
        eprintln!("dissect: {reason}");
    }
    worker.end(end)?;
    Ok(())
}

fn work(worker: &mut Worker, spec: &DissectSpec, stop: &AtomicBool) -> Result<End, Failure> {
    let runs = worker.folder().path().parent().and_then(Path::parent);
    let home = Home::at(runs.context("a run folder lies in a home")?);
    let settings = settings(spec, &home)?;
    let mut progress = progress(&settings);
    let mut lost = None;
    let outcome = dissect::dissect(&settings, &mut |at| {
        progress.at((at.turn * at.steps) as u64 + steps_done(at), &told(at));
        if let Some(record) = record(spec, at)
            && let Err(error) = worker.record(&record)
        {
            lost = Some(error);
            return ControlFlow::Break(());
        }
        if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.end();
    if let Some(error) = lost {
        return Err(error.into());
    }
    let outcome = match outcome {
        Ok(outcome) => outcome,
        Err(DissectError::Stopped { .. }) => return Ok(End::Stopped),
        Err(error) => return Err(error.into()),
    };
    for note in &outcome.report.notes {
        worker.event(Happening::Warning { message: note.clone() })?;
    }
    let results = worker.folder().results();
    worker.event(Happening::Stage { name: "nearest training images".to_owned() })?;
    // A data set that has moved away since takes nothing from the distances.
    if let Err(error) = nearest::write(spec, &home, &outcome, &results, stop) {
        worker.event(Happening::Warning { message: format!("no nearest training images: {error:#}") })?;
    }
    outcome.write(&results)?;
    Ok(End::Finished)
}

fn settings(spec: &DissectSpec, home: &Home) -> Result<Settings, Failure> {
    let models =
        spec.models.iter().map(|reference| model(reference, Some(home))).collect::<Result<_, _>>()?;
    Ok(Settings {
        seeds: spec.seeds as usize,
        steps: spec.steps as usize,
        learning_rate: spec.learning_rate,
        objective: match spec.objective {
            spec::Objective::Logit => dissect::Objective::Logit,
            spec::Objective::LogSoftmax => dissect::Objective::LogSoftmax,
            spec::Objective::Softmax => dissect::Objective::Softmax,
        },
        optimizer: match spec.optimizer {
            spec::Optimizer::Plain => dissect::Optimizer::Plain,
            spec::Optimizer::Adam => dissect::Optimizer::Adam,
        },
        seed: spec.seed,
        all_pairs: spec.all_pairs,
        device: match spec.run.device {
            spec::Device::Auto => Device::Auto,
            spec::Device::Cpu => Device::Cpu,
            spec::Device::Cuda(index) => Device::Cuda(i32::try_from(index).unwrap_or(i32::MAX)),
        },
        batch: spec.batch as usize,
        ..Settings::new(models, home.model(&spec.generator)?)
    })
}

/// The line of `metrics.jsonl` where something was measured.
fn record(spec: &DissectSpec, at: &dissect::Progress) -> Option<Record> {
    let measured = at.measured.as_ref()?;
    // By the spec's own name for the model, which is how readers tell the turn.
    let f1 = spec.models.get(at.turn).map_or_else(|| at.f1.clone(), spec::ModelRef::label);
    let record = Record::step(at.step as u64).of_f1(f1).with("activation", measured.activation);
    Some(measured.distances.iter().fold(record, |record, (f2, distance)| record.with_dist(f2, *distance)))
}
