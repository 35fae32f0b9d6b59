//! `dissect run remove`.

use super::{Many, each};
use crate::failure::Outcome;

/// What `dissect run remove` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    many: Many,
}

/// Deletes the runs, one after the other, and prints their ids.
pub fn run(args: Args) -> Outcome {
    each(&args.many, |status| !status.is_active(), |client, id| client.remove(id))
}
