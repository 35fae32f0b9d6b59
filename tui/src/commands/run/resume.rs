//! `dissect run resume`.

use dissect_runs::state::Status;

use super::{Many, each};
use crate::failure::Outcome;

/// What `dissect run resume` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    many: Many,
}

/// Queues the runs again, one after the other, and prints their ids.
pub fn run(args: Args) -> Outcome {
    each(&args.many, |status| status.is_ended() && status != Status::Finished, |client, id| client.resume(id))
}
