//! `dissect run import`.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use anyhow::anyhow;
use dissect_runs::home::{Home, RunId};
use dissect_runs::imported::Written;
use serde::Serialize;

use crate::exchange::import::{Log, Training, find, read};
use crate::failure::{Failure, Outcome};
use crate::output;
use crate::progress::Progress;

/// More logs than this have their progress shown.
const MANY: usize = 8;

/// What `dissect run import` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Each folder with event files of TensorBoard, and each file of an offline run of W&B (run-ID.wandb), becomes a run, with \
its scalars by their steps. What is no number is counted and left. Imported again, the same source brings its run up to \
date. A log that is damaged is imported as far as it can be read; the damage is told with file and byte, and the exit code \
is 1.\n\n\
JSON: a list of {id, source, import (new, updated, unchanged), records, left ({what: count}), unfinished, problems}.")]
pub struct Args {
    /// Event files, W&B files, or folders with any of them somewhere below
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A log that became a run.
#[derive(Debug, Serialize)]
struct Done {
    id: Option<RunId>,
    source: String,
    import: &'static str,
    records: usize,
    left: BTreeMap<String, u64>,
    unfinished: Vec<String>,
    problems: Vec<String>,
}

/// Imports everything and prints the ids.
pub fn run(args: Args) -> Outcome {
    let home = Home::from_env()?;
    let mut logs: Vec<Log> = Vec::new();
    for path in &args.paths {
        let found = find(path).map_err(|error| {
            let failure = anyhow!("cannot read {}: {error}", path.display());
            if error.kind() == io::ErrorKind::NotFound { Failure::NotFound(failure) } else { failure.into() }
        })?;
        if found.is_empty() {
            let expected = "expected files with tfevents in their names, or files ending in .wandb";
            return Err(Failure::NotFound(anyhow!("nothing to import in {}: {expected}", path.display())));
        }
        logs.extend(found.into_iter().filter(|log| !logs.contains(log)).collect::<Vec<_>>());
    }
    let mut progress = (logs.len() > MANY).then(|| Progress::new(logs.len() as u64, "logs"));
    let mut done = Vec::new();
    for log in &logs {
        let training = read(log);
        if let Some(progress) = &mut progress {
            progress.at(done.len() as u64 + 1, &training.name);
        }
        done.push(import(&home, training)?);
    }
    if let Some(progress) = progress {
        progress.end();
    }
    tell(&done, args.json)?;
    let damaged: usize = done.iter().map(|done| done.problems.len()).sum();
    match damaged {
        0 => Ok(()),
        1 => Err(anyhow!("1 log could not be read to its end").into()),
        damaged => Err(anyhow!("{damaged} logs could not be read to their ends").into()),
    }
}

/// A log without a single number makes no run.
fn import(home: &Home, training: Training) -> Result<Done, Failure> {
    let mut done = Done {
        id: None,
        source: training.source.path.clone(),
        import: "empty",
        records: training.records.len(),
        left: training.left.clone(),
        unfinished: training.unfinished.clone(),
        problems: training.problems.clone(),
    };
    if !training.records.is_empty() {
        let (run, written) = training.into_run().write(home)?;
        done.id = Some(run.id().clone());
        done.import = match written {
            Written::New => "new",
            Written::Updated => "updated",
            Written::Unchanged => "unchanged",
        };
    }
    Ok(done)
}

/// Ids to stdout, everything else to stderr.
fn tell(done: &[Done], json: bool) -> Outcome {
    if json {
        output::print_json(&done)?;
    } else {
        let ids = done.iter().filter_map(|done| done.id.as_ref());
        output::print(&ids.map(|id| format!("{id}\n")).collect::<String>())?;
    }
    for done in done {
        let Done { source, import, records, left, .. } = done;
        let left: Vec<String> = left.iter().map(|(what, count)| format!("{what} ({count})")).collect();
        let left = if left.is_empty() { String::new() } else { format!("; left: {}", left.join(", ")) };
        if !json {
            eprintln!("{import}: {source}, {records} records{left}");
        }
        for torn in &done.unfinished {
            eprintln!("{torn}; what comes before is imported, import it again once it has grown");
        }
        for problem in &done.problems {
            eprintln!("dissect: {problem}; what comes before is imported");
        }
    }
    Ok(())
}
