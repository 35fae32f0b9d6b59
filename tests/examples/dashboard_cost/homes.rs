//! Homes with runs in them, for the dashboard to look at.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use dissect_runs::home::Home;
use dissect_runs::records::Record;
use dissect_runs::spec::Spec;
use dissect_runs::worker::Worker;

type Failure = Box<dyn std::error::Error>;

/// What a step records: the loss, the accuracy and the gradient magnitude, as a training does.
pub(crate) fn record(step: u64, steps: u64) -> Record {
    let share = step as f64 / steps as f64;
    Record::step(step)
        .in_epoch(1 + (share * 20.0) as u32)
        .with("loss", 2.0 / (1.0 + step as f64 / 50.0))
        .with("accuracy", share)
        .with("gradient_magnitude", 10.0 * (-share).exp())
}

/// A home with so many ended runs, each of so many steps.
pub(crate) fn ended(root: &Path, runs: u32, steps: u64) -> Result<Home, Failure> {
    let home = Home::at(root);
    home.create()?;
    let spec = Spec::parse("kind = 'train'\nname = 'old'\ndata.dataset = 'shapes'\n")?.to_toml();
    let mut lines = Vec::new();
    for step in 0..steps {
        serde_json::to_writer(&mut lines, &record(step, steps))?;
        lines.push(b'\n');
    }
    for run in 0..runs {
        let at = home.runs().join(format!("2026{:04}-{:06}-old-{run}", 101 + run % 28, run));
        fs::create_dir(&at)?;
        fs::write(at.join("spec.toml"), &spec)?;
        fs::write(at.join("state.json"), "{\"status\":\"finished\",\"started\":1.5,\"ended\":2.75}\n")?;
        fs::File::create(at.join("metrics.jsonl"))?.write_all(&lines)?;
    }
    Ok(home)
}

/// Steps of an epoch of a run that is alive.
const EPOCH: u64 = 60;

/// What a training that is alive records at a step.
pub(crate) fn log(worker: &mut Worker, step: u64) -> Result<(), Failure> {
    worker.record(&record(step, 10 * LOGGED).in_epoch((step / EPOCH) as u32 + 1))?;
    if step > 0 && step.is_multiple_of(EPOCH) {
        let epoch = Record::epoch((step / EPOCH) as u32, step);
        worker.record(&epoch.with("train_loss", 100.0 / step as f64).with("train_accuracy", 0.5))?;
    }
    Ok(())
}

/// Steps that a run has behind it when it is first looked at.
pub(crate) const LOGGED: u64 = 600;

/// A home with so many runs whose worker is this process, ten epochs old.
pub(crate) fn live(root: &Path, runs: u32) -> Result<(Home, Vec<Worker>), Failure> {
    let home = Home::at(root);
    home.create()?;
    let mut workers = Vec::new();
    for run in 0..runs {
        let spec = Spec::parse(&format!("kind = 'train'\nname = 'live-{run}'\ndata.dataset = 'shapes'\n"))?;
        let mut worker = Worker::begin(home.create_run(&spec)?, None)?;
        for step in 0..LOGGED {
            log(&mut worker, step)?;
        }
        workers.push(worker);
    }
    Ok((home, workers))
}
