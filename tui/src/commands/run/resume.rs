//! `dissect run resume`.

use dissect_runs::state::Status;

use super::{Many, each, times};
use crate::failure::Outcome;

/// What `dissect run resume` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = concat!("What is left of a time limit is left to the run; where nothing is, the limit begins anew.\n\n",
super::id_shape!()))]
pub struct Args {
    #[command(flatten)]
    many: Many,

    /// Stop the run when it has worked this long from now on, such as 8h or 1h30m, or none
    #[arg(long, value_name = "TIME", value_parser = times::limit_or_none)]
    time_limit: Option<String>,
}

/// Queues the runs again, one after the other, and prints their ids.
pub fn run(args: Args) -> Outcome {
    let can_be = |status: Status| status.is_ended() && status != Status::Finished;
    each(&args.many, can_be, |client, id| client.resume_for(id, args.time_limit.as_deref()))
}
