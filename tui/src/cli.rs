//! The command line's grammar and where each verb goes. It must not know what a verb does.

use std::io;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands;
use crate::dashboard::config::Flags;
use crate::failure::{Failure, Outcome};

/// What `--help` says at its end.
const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed
  2  usage: arguments or a spec that do not hold
  3  not found: no such file or run
  4  the daemon cannot be reached

Runs live in $DISSECT_HOME, else $XDG_STATE_HOME/dissect, else ~/.local/state/dissect.";

/// Tells what a network learned from what it memorised.
///
/// Without a command it opens the dashboard: runs with their live metrics, GPUs, dissections.
#[derive(Debug, Parser)]
#[command(name = "dissect", version, after_help = EXIT_CODES, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// What to do; the dashboard where nothing is said.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// How the dashboard is to look and behave.
    #[command(flatten)]
    pub flags: Flags,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the dashboard, as without a command, or check its configuration
    Dashboard(commands::dashboard::Args),
    /// Start, list, follow and stop runs
    #[command(subcommand, visible_alias = "runs")]
    Run(commands::run::Command),
    /// Dissect models: how far what the first has learned excites the others
    Compare(Box<commands::compare::Args>),
    /// Write the gradient graph of a model
    Gradient(commands::gradient::Args),
    /// Say what a model is made of and whether it can be differentiated
    Inspect(commands::inspect::Args),
    /// Tell the whole story in minutes, in a home of its own
    Demo(commands::demo::Args),
    /// Check libraries, GPUs, daemon and data, and say what to do
    Doctor(commands::doctor::Args),
    /// Print the completions for a shell
    Completions(commands::completions::Args),
    /// Print the man page, or write all of them
    Man(commands::man::Args),
}

/// Parses the arguments, runs the verb, reports its failure, and gives the exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match dispatch(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn dispatch(cli: Cli) -> Outcome {
    match cli.command {
        None => commands::dashboard::open(cli.flags),
        Some(Command::Dashboard(args)) => commands::dashboard::run(args),
        Some(Command::Run(command)) => commands::run::run(command),
        Some(Command::Compare(args)) => commands::compare::run(*args),
        Some(Command::Gradient(args)) => commands::gradient::run(args),
        Some(Command::Inspect(args)) => commands::inspect::run(args),
        Some(Command::Demo(args)) => commands::demo::run(args),
        Some(Command::Doctor(args)) => commands::doctor::run(args),
        Some(Command::Completions(args)) => commands::completions::run(args),
        Some(Command::Man(args)) => commands::man::run(args),
    }
}

/// Help and version go to stdout as they are; a usage error reads like every other error of this program.
fn usage(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        return match error.print() {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Failure::from(error).report(),
            _ => ExitCode::SUCCESS,
        };
    }
    let text = error.render().to_string();
    eprint!("dissect: {}", text.strip_prefix("error: ").unwrap_or(&text));
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_grammar_holds() {
        Cli::command().debug_assert();
    }
}
