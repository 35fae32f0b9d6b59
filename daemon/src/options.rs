//! What `dissectd` is told on its command line, and what follows from it.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Parser;
use dissect_runs::home::{Home, HomeError};

/// Supervises training and dissection runs: queues them, starts a worker process for each, and
/// survives being killed and started again. It runs in the foreground and logs to stderr.
#[derive(Debug, Parser)]
#[command(version, args_override_self = true)]
pub struct Options {
    /// Folder that holds the runs [default: $DISSECT_HOME, $XDG_STATE_HOME/dissect or
    /// ~/.local/state/dissect]
    #[arg(long, value_name = "DIR")]
    pub home: Option<PathBuf>,
    /// Runs that work at the same time
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    pub slots: u16,
    /// How long a worker may take to stop after it was asked, before it is killed
    #[arg(long, value_name = "SECONDS", default_value_t = 60.0, value_parser = seconds)]
    pub grace: f64,
    /// Program that trains [default: dissect-trainer beside this program, else on PATH]
    #[arg(long, value_name = "PROGRAM")]
    pub trainer: Option<PathBuf>,
    /// Program that dissects [default: dissect beside this program, else on PATH]
    #[arg(long, value_name = "PROGRAM")]
    pub dissect: Option<PathBuf>,
}

/// Everything the daemon works with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the runs are.
    pub home: Home,
    /// Runs that work at the same time.
    pub slots: usize,
    /// From SIGTERM to SIGKILL.
    pub grace: Duration,
    /// The programs that work.
    pub programs: Programs,
}

/// The programs that work on runs.
#[derive(Debug, Clone)]
pub struct Programs {
    /// Of `train` and `gan`.
    pub trainer: PathBuf,
    /// Of `dissect`.
    pub dissect: PathBuf,
}

impl Options {
    /// The settings these options ask for.
    pub fn settings(self) -> Result<Settings, HomeError> {
        let home = self.home.map_or_else(Home::from_env, |home| Ok(Home::at(home)))?;
        let program = |given: Option<PathBuf>, name| given.unwrap_or_else(|| find_program(name));
        let programs = Programs {
            trainer: program(self.trainer, "dissect-trainer"),
            dissect: program(self.dissect, "dissect"),
        };
        let grace = Duration::from_secs_f64(self.grace);
        Ok(Settings { home, slots: self.slots.into(), grace, programs })
    }
}

/// The program beside this one, else its bare name, which is looked for on PATH when it is started.
fn find_program(name: &str) -> PathBuf {
    let beside = env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(name)));
    beside.filter(|path| path.is_file()).unwrap_or_else(|| Path::new(name).to_owned())
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds".to_owned())?;
    if (0.0..=1e9).contains(&seconds) { Ok(seconds) } else { Err("expected 0 to 1e9 seconds".to_owned()) }
}
