//! `dissect run wait`.

use std::time::Duration;

use anyhow::anyhow;
use dissect_runs::folder::RunFolder;
use dissect_runs::home::Home;
use dissect_runs::state::Status;
use dissect_runs::tail::Watcher;

use crate::failure::{Failure, Outcome};
use crate::output;
use crate::summary::Summary;

/// How often a worker's death is looked for where no file tells of it.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What `dissect run wait` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = concat!("The runs are a JSON array, printed when all have ended.\n", super::summary_shape!()))]
pub struct Args {
    /// Runs: ids, names (the newest of each), or unique beginnings of either
    #[arg(value_name = "ID", required = true)]
    pub ids: Vec<String>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Waits for all; fails where one did not finish.
pub fn run(args: Args) -> Outcome {
    let home = Home::from_env()?;
    let runs = args.ids.iter().map(|id| home.find(id)).collect::<Result<Vec<RunFolder>, _>>()?;
    let mut watcher = Watcher::new()?;
    for run in &runs {
        watcher.add(run.path())?;
    }
    let mut summaries = Vec::new();
    for run in &runs {
        while !run.status_now()?.is_ended() {
            watcher.wait(LOOK_EVERY)?;
        }
        let summary = Summary::of(run);
        if !args.json {
            output::print(&format!("{}  {}\n", summary.id, summary.status))?;
        }
        summaries.push(summary);
    }
    if args.json {
        output::print_json(&summaries)?;
    }
    let short: Vec<String> = summaries
        .iter()
        .filter(|summary| summary.status != Status::Finished)
        .map(|summary| match &summary.reason {
            Some(reason) => format!("{} {}: {reason}", summary.id, summary.status),
            None => format!("{} {}", summary.id, summary.status),
        })
        .collect();
    if short.is_empty() { Ok(()) } else { Err(Failure::Failed(anyhow!("run {}", short.join("; run ")))) }
}
