//! `dissect` without a verb: the dashboard on this machine's runs.

use std::io::{self, IsTerminal as _};

use anyhow::anyhow;
use dissect_runs::home::Home;

use crate::dashboard;
use crate::failure::{Failure, Outcome};

/// Opens the dashboard until the person leaves it.
pub fn run() -> Outcome {
    let home = Home::from_env()?;
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(Failure::Usage(anyhow!(
            "the dashboard needs a terminal; `dissect run list` and `dissect --help` do not"
        )));
    }
    dashboard::run(dashboard::Options { home })?;
    Ok(())
}
