//! `dissect completions SHELL`.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::failure::Outcome;
use crate::output;

/// What `dissect completions` takes.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Whose completions
    pub shell: Shell,
}

/// Prints the completions.
pub fn run(args: Args) -> Outcome {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "dissect", &mut text);
    output::print(&String::from_utf8_lossy(&text))?;
    Ok(())
}
