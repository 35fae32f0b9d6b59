//! `dissect run stop`.

use super::{Many, each};
use crate::failure::Outcome;

/// What `dissect run stop` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    many: Many,
}

/// Asks the runs to stop, one after the other, and prints their ids.
pub fn run(args: Args) -> Outcome {
    each(&args.many, |status| !status.is_ended(), |client, id| client.stop(id))
}
