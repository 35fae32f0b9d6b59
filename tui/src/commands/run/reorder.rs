//! `dissect run move`.

use dissect_runs::client::Client;
use dissect_runs::home::Home;
use dissect_runs::protocol::Whereto;

use super::{Touched, tell};
use crate::failure::Outcome;

/// What `dissect run move` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = concat!("A run that is put among runs of another priority takes theirs. A group is put together: its \
queued runs stand one behind the other afterwards, in the order in which they stood. `dissect run list --queue` shows the \
order.\n\n", super::id_shape!()))]
pub struct Args {
    /// A queued run: its id, its name (the newest of it), or a unique beginning of either
    #[arg(required_unless_present = "group")]
    pub id: Option<String>,

    /// Every queued run of this group
    #[arg(long, short, value_name = "NAME", conflicts_with = "id")]
    pub group: Option<String>,

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

    /// Behind all
    #[arg(long)]
    bottom: bool,

    /// Before this queued run
    #[arg(long, value_name = "ID")]
    before: Option<String>,
}

/// Moves the run, or the runs of the group, and prints their ids.
pub fn run(args: Args) -> Outcome {
    let to = match args.to {
        To { before: Some(other), .. } => Whereto::Before(other),
        To { up: true, .. } => Whereto::Up,
        To { down: true, .. } => Whereto::Down,
        To { bottom: true, .. } => Whereto::Bottom,
        To { .. } => Whereto::Top,
    };
    let mut client = Client::connect(&Home::from_env()?)?;
    let moved = match (args.group, args.id) {
        (Some(group), _) => client.move_group(&group, to)?,
        (None, id) => vec![client.move_to(&id.unwrap_or_default(), to)?],
    };
    let moved: Vec<Touched> = moved.into_iter().map(|id| Touched { id }).collect();
    tell(&moved, args.json)
}
