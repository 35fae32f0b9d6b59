//! `dissect run`: what one does with runs. Looking needs only the run folders; start, stop, resume and remove need
//! the daemon.

use clap::Subcommand;
use dissect_runs::client::{Client, ClientError};
use dissect_runs::home::{Home, RunId};
use serde::Serialize;

use crate::failure::Outcome;
use crate::output;

/// What `--json` says of a run, told at the end of each verb's help. A macro, as `concat!` takes literals only.
macro_rules! summary_shape {
    () => {
        "\
JSON of a run: id, name, kind (train, gan, dissect), status (queued, starting, running, stopping, finished, \
stopped, failed, lost), reason (null unless failed or lost), findings \
(each {rule, reason, since}; rule is non-finite, divergence, plateau, stall or throughput), progress (0 to 1), position and length (epochs \
or ascent steps), accuracy and train_accuracy (the last, or null), created, started and ended (seconds \
since 1970, or null), folder."
    };
}
use summary_shape;

pub mod list;
pub mod logs;
pub mod remove;
pub mod resume;
pub mod show;
pub mod start;
pub mod stop;
pub mod wait;

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
    /// Wait for runs to end; fails where one did not finish
    Wait(wait::Args),
    /// Stop runs; a training keeps a checkpoint
    Stop(stop::Args),
    /// Queue ended runs again; a training goes on from its last checkpoint
    Resume(resume::Args),
    /// Remove ended runs and all they left
    #[command(visible_alias = "rm")]
    Remove(remove::Args),
}

/// Runs the verb.
pub fn run(command: Command) -> Outcome {
    match command {
        Command::Start(args) => start::run(args),
        Command::List(args) => list::run(args),
        Command::Show(args) => show::run(args),
        Command::Logs(args) => logs::run(args),
        Command::Wait(args) => wait::run(args),
        Command::Stop(args) => stop::run(args),
        Command::Resume(args) => resume::run(args),
        Command::Remove(args) => remove::run(args),
    }
}

/// What the verbs that change runs print as JSON, told at the end of their help.
const ID_SHAPE: &str = "JSON: a list of {id}.";

/// A run that was started, stopped, resumed or removed.
#[derive(Debug, Serialize)]
struct Touched {
    id: RunId,
}

/// What the verbs on several runs take.
#[derive(Debug, clap::Args)]
#[command(after_help = ID_SHAPE)]
pub struct Many {
    /// Runs: ids, names (the newest of each), or unique beginnings of either
    #[arg(value_name = "ID", required = true)]
    ids: Vec<String>,

    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Does one thing to each run through the daemon. Those before a failure are done, and told.
fn each(many: &Many, verb: impl Fn(&mut Client, &str) -> Result<RunId, ClientError>) -> Outcome {
    let mut client = Client::connect(&Home::from_env()?)?;
    let mut done = Vec::new();
    let outcome = many.ids.iter().try_for_each(|id| {
        done.push(Touched { id: verb(&mut client, id)? });
        Ok(())
    });
    tell(&done, many.json)?;
    outcome
}

fn tell(runs: &[Touched], json: bool) -> Outcome {
    if json {
        output::print_json(&runs)?;
    } else {
        output::print(&runs.iter().map(|run| format!("{}\n", run.id)).collect::<String>())?;
    }
    Ok(())
}
