//! `dissect run stop`.

use dissect_runs::client::Client;

use super::{Many, each};
use crate::failure::Outcome;

/// What `dissect run stop` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    many: Many,

    /// Kill the workers at once: no checkpoint is written, and what came after the last one is lost
    #[arg(long)]
    now: bool,
}

/// Asks the runs to stop, one after the other, and prints their ids.
pub fn run(args: Args) -> Outcome {
    let verb = |client: &mut Client, id: &str| if args.now { client.kill(id) } else { client.stop(id) };
    each(&args.many, |status| !status.is_ended(), verb)
}
