//! `dissect run show`.

use std::fs;
use std::path::Path;

use dissect_runs::clock;
use dissect_runs::folder::RunFolder;
use dissect_runs::home::{Home, RunId};
use dissect_runs::records::{Kind as RecordKind, Record};
use dissect_runs::span;
use dissect_runs::spec::Spec;
use serde::Serialize;

use super::list::progress;
use crate::failure::Outcome;
use crate::output::{self, bytes, duration};
use crate::summary::Summary;

/// What `dissect run show` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = concat!(
    super::summary_shape!(),
    "\nAlso: spec (every key), last_epoch and last_step (metric records or null), snapshots and results (file names)."
))]
pub struct Args {
    /// The run: its id, its name (the newest of it), or a unique beginning of either
    pub id: String,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// A run, whole.
#[derive(Debug, Serialize)]
struct Whole {
    #[serde(flatten)]
    summary: Summary,
    spec: Option<Spec>,
    last_epoch: Option<Record>,
    last_step: Option<Record>,
    snapshots: Vec<String>,
    results: Vec<String>,
}

/// Prints the run.
pub fn run(args: Args) -> Outcome {
    let run = Home::from_env()?.find(&args.id)?;
    let whole = Whole {
        summary: Summary::of(&run),
        spec: run.spec().ok(),
        last_epoch: run.last_record(RecordKind::Epoch),
        last_step: run.last_record(RecordKind::Step),
        snapshots: files(&run.snapshots()),
        results: files(&run.results()),
    };
    if args.json {
        output::print_json(&whole)?;
    } else {
        output::print(&text(&run, &whole))?;
    }
    Ok(())
}

fn text(run: &RunFolder, whole: &Whole) -> String {
    let Whole { summary, .. } = whole;
    let mut lines = vec![
        ("run", summary.id.to_string()),
        ("status", super::list::status(summary)),
        ("progress", progress(summary)),
        ("queued", format!("{} ago", duration(clock::now() - summary.created))),
    ];
    // A reason that the status has said already is not said twice.
    if let Some(reason) = summary.reason.as_ref().filter(|reason| !lines[1].1.contains(reason.as_str())) {
        lines.insert(2, ("reason", reason.clone()));
    }
    for (nth, finding) in summary.findings.iter().enumerate() {
        lines.insert(2 + nth, ("found", format!("{}: {}", finding.rule, finding.reason)));
    }
    if summary.priority != 0 {
        lines.push(("priority", summary.priority.to_string()));
    }
    lines.extend(summary.group.clone().map(|group| ("group", group)));
    if !summary.after.is_empty() {
        let after: Vec<&str> = summary.after.iter().map(RunId::as_str).collect();
        lines.push(("after", after.join(", ")));
    }
    if let (Some(limit), Some(left)) = (summary.time_limit, summary.time_left) {
        lines.push(("time limit", format!("{}, {} left", span::describe(limit), duration(left))));
    }
    if let Some(started) = summary.started {
        lines.push(("ran for", duration(summary.ended.unwrap_or_else(clock::now) - started)));
    }
    let epoch = whole.last_epoch.as_ref().map(|record| ("last epoch", numbers(record)));
    let step = whole.last_step.as_ref().map(|record| ("last step", numbers(record)));
    lines.extend(epoch.into_iter().chain(step));
    lines.push(("folder", run.path().display().to_string()));
    for (name, folder, files) in
        [("snapshots", run.snapshots(), &whole.snapshots), ("results", run.results(), &whole.results)]
    {
        if !files.is_empty() {
            lines.push((name, with_sizes(&folder, files)));
        }
    }
    let mut text: String = lines.iter().map(|(name, value)| format!("{name:<11}{value}\n")).collect();
    if let Some(spec) = &whole.spec {
        text.push('\n');
        text.push_str(&spec.to_toml());
    }
    text
}

/// A record's numbers in words.
fn numbers(record: &Record) -> String {
    let mut words: Vec<String> = record.epoch.map(|epoch| format!("epoch {epoch}")).into_iter().collect();
    words.push(format!("step {}", record.step));
    words.extend(record.values.iter().map(|(name, value)| format!("{name} {value:.4}")));
    words.extend(record.dist.iter().map(|(f2, value)| format!("distance to {f2} {value:.4}")));
    words.join(", ")
}

/// The files of a folder by name; none where it is not there. Files whose names begin with a dot are not done yet.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
    names.sort_unstable();
    names
}

fn with_sizes(folder: &Path, files: &[String]) -> String {
    let describe = |name: &String| {
        let size = fs::metadata(folder.join(name)).map_or(0, |metadata| metadata.len());
        format!("{name} ({})", bytes(size))
    };
    files.iter().map(describe).collect::<Vec<_>>().join(", ")
}
