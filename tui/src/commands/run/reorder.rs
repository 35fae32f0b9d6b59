//! `dissect run move`.

use dissect_runs::client::Client;
use dissect_runs::home::Home;
use dissect_runs::protocol::Whereto;

use super::{Touched, tell};
use crate::failure::Outcome;

/// What `dissect run move` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = concat!("A run that is put among runs of another priority takes theirs. `dissect run list --queue` \
shows the order.\n\n", super::id_shape!()))]
pub struct Args {
    /// A queued run: its id, its name (the newest of it), or a unique beginning of either
    pub id: String,

    #[command(flatten)]
    to: To,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Where to: one of these.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct To {
    /// Before the run before it
    #[arg(long)]
    up: bool,

    /// Behind the run behind it
    #[arg(long)]
    down: bool,

    /// Before all
    #[arg(long)]
    top: bool,

    /// Before this queued run
    #[arg(long, value_name = "ID")]
    before: Option<String>,
}

/// Moves the run and prints its id.
pub fn run(args: Args) -> Outcome {
    let to = match args.to {
        To { before: Some(other), .. } => Whereto::Before(other),
        To { up: true, .. } => Whereto::Up,
        To { down: true, .. } => Whereto::Down,
        To { .. } => Whereto::Top,
    };
    let id = Client::connect(&Home::from_env()?)?.move_to(&args.id, to)?;
    tell(&[Touched { id }], args.json)
}
