//! `dissect run`: what one does with runs. Looking needs only the run folders; whatever changes a run or the
//! queue needs the daemon.

use anyhow::anyhow;
use clap::Subcommand;
use dissect_runs::client::{Client, ClientError};
use dissect_runs::home::{Home, RunId};
use dissect_runs::state::Status;
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::output;

/// What `--json` says of a run, told at the end of each verb's help. A macro, as `concat!` takes literals only.
macro_rules! summary_shape {
    () => {
        "\
JSON of a run: id, name, kind (train, gan, dissect), status (queued, starting, running, stopping, finished, \
stopped, failed, lost), reason (why it failed, was lost, or was stopped without being asked to; or null), retry (when the next attempt after a fault begins, or null), findings \
(each {rule, reason, since}; rule is non-finite, divergence, plateau, stall or throughput), progress (0 to 1), position and length (epochs \
or ascent steps), accuracy and train_accuracy (the last, or null), created, started and ended (seconds \
since 1970, or null), time_limit, time_used and time_left (seconds of work, or null where nothing limits it), priority, group (or null), after (ids of runs that must have ended before it starts), \
folder."
    };
}
use summary_shape;

/// What the verbs that change runs print as JSON, told at the end of their help.
macro_rules! id_shape {
    () => {
        "JSON: a list of {id}."
    };
}
use id_shape;

pub mod clean;
pub mod edit;
pub mod export;
mod filtered;
pub mod import;
pub mod list;
pub mod logs;
pub mod pause;
pub mod remove;
pub mod reorder;
pub mod resume;
pub mod show;
pub mod start;
pub mod stop;
pub mod wait;

mod times;

/// The verbs on runs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Queue a run and print its id
    Start(start::Args),
    /// List the runs, the oldest first
    #[command(visible_alias = "ls")]
    List(list::Args),
    /// Show a run: its spec, where it stands, its last numbers and what it left
    Show(show::Args),
    /// Print what a run's process wrote
    Logs(logs::Args),
    /// Write what runs measured as CSV, Parquet or event files for TensorBoard
    Export(export::Args),
    /// Take in trainings that TensorBoard's event files or W&B's offline runs hold
    Import(import::Args),
    /// Wait for runs to end; fails where one did not finish
    Wait(wait::Args),
    /// Stop runs; a training keeps a checkpoint
    Stop(stop::Args),
    /// Queue ended runs again; a training goes on from its last checkpoint
    Resume(resume::Args),
    /// Ask something else of a queued run: its spec in $EDITOR, keys of it, its place, its limits
    Edit(edit::Args),
    /// Put a queued run, or a group of them, elsewhere in the queue
    Move(reorder::Args),
    /// Pause the queue: no more runs start, those that work go on
    Pause(pause::Args),
    /// Let the queue go on
    Unpause(pause::Args),
    /// Remove ended runs and all they left
    #[command(visible_alias = "rm")]
    Remove(remove::Args),
    /// Free the disk of runs that ended long ago; their last models stay
    Clean(clean::Args),
}

/// Runs the verb.
pub fn run(command: Command) -> Outcome {
    match command {
        Command::Start(args) => start::run(args),
        Command::List(args) => list::run(args),
        Command::Show(args) => show::run(args),
        Command::Logs(args) => logs::run(args),
        Command::Export(args) => export::run(args),
        Command::Import(args) => import::run(args),
        Command::Wait(args) => wait::run(args),
        Command::Stop(args) => stop::run(args),
        Command::Resume(args) => resume::run(args),
        Command::Edit(args) => edit::run(args),
        Command::Move(args) => reorder::run(args),
        Command::Pause(args) => pause::pause(args),
        Command::Unpause(args) => pause::unpause(args),
        Command::Remove(args) => remove::run(args),
        Command::Clean(args) => clean::run(args),
    }
}

/// A run that was changed.
#[derive(Debug, Serialize)]
struct Touched {
    id: RunId,
}

/// What the verbs on several runs take.
#[derive(Debug, clap::Args)]
#[command(after_help = id_shape!())]
pub struct Many {
    /// Runs: ids, names (the newest of each), or unique beginnings of either
    #[arg(value_name = "ID", required_unless_present = "group")]
    ids: Vec<String>,

    /// Every run of this group to which it can be done
    #[arg(long, short, value_name = "NAME", conflicts_with = "ids")]
    group: Option<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Does one thing to each run through the daemon. Those before a failure are done, and told. Of a group only those that
/// stand so that it can be done to them.
fn each(
    many: &Many,
    can_be: impl Fn(Status) -> bool,
    verb: impl Fn(&mut Client, &str) -> Result<RunId, ClientError>,
) -> Outcome {
    let home = Home::from_env()?;
    let ids = match &many.group {
        Some(group) => members(&home, group, can_be)?,
        None => many.ids.clone(),
    };
    let mut client = Client::connect(&home)?;
    let mut done = Vec::new();
    let outcome = ids.iter().try_for_each(|id| {
        done.push(Touched { id: verb(&mut client, id)? });
        Ok(())
    });
    tell(&done, many.json)?;
    outcome
}

/// The runs of a group that stand so, oldest first.
fn members(home: &Home, group: &str, can_be: impl Fn(Status) -> bool) -> Result<Vec<String>, Failure> {
    let mut runs = home.list()?;
    runs.retain(|run| run.place().is_ok_and(|place| place.group.as_deref() == Some(group)));
    if runs.is_empty() {
        let hint = "`dissect run list` shows the groups there are";
        return Err(Failure::NotFound(anyhow!("no run is of group `{group}`; {hint}")));
    }
    runs.retain(|run| run.status_now().is_ok_and(|state| can_be(state.status())));
    Ok(runs.iter().map(|run| run.id().to_string()).collect())
}

fn tell(runs: &[Touched], json: bool) -> Outcome {
    if json {
        output::print_json(&runs)?;
    } else {
        output::print(&runs.iter().map(|run| format!("{}\n", run.id)).collect::<String>())?;
    }
    Ok(())
}
