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

/// A home with so many runs whose worker is this process.
pub(crate) fn live(root: &Path, runs: u32) -> Result<(Home, Vec<Worker>), Failure> {
    let home = Home::at(root);
    home.create()?;
    let mut workers = Vec::new();
    for run in 0..runs {
        let spec = Spec::parse(&format!("kind = 'train'\nname = 'live-{run}'\ndata.dataset = 'shapes'\n"))?;
        workers.push(Worker::begin(home.create_run(&spec)?, None)?);
    }
    Ok((home, workers))
}
