//! `dissect run pause` and `dissect run unpause`.

use dissect_runs::client::Client;
use dissect_runs::home::Home;
use serde_json::json;

use crate::failure::Outcome;
use crate::output;

/// What both take.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The queue stays paused when the daemon is started again. Runs can be queued, moved and \
stopped all the while.\n\nJSON: {paused}."
)]
pub struct Args {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Lets no more runs start.
pub fn pause(args: Args) -> Outcome {
    Client::connect(&Home::from_env()?)?.pause()?;
    tell(true, "the queue is paused; `dissect run unpause` lets it go on\n", args.json)
}

/// Lets runs start again.
pub fn unpause(args: Args) -> Outcome {
    Client::connect(&Home::from_env()?)?.unpause()?;
    tell(false, "the queue goes on\n", args.json)
}

fn tell(paused: bool, text: &str, as_json: bool) -> Outcome {
    if as_json {
        output::print_json(&json!({ "paused": paused }))?;
    } else {
        output::print(text)?;
    }
    Ok(())
}
