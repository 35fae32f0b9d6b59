//! What `dissectd` is told on its command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, OnEvent, Programs, Retries, Sources, Thresholds};
use dissect_runs::home::Home;
use std::sync::Arc;
use std::time::Duration;

/// Supervises training and dissection runs: queues them, starts a worker process for each, and
/// survives being killed and started again. It runs in the foreground.
///
/// Flags are over the environment, that over ~/.config/dissect/dissectd.toml, that over
/// /etc/dissect/dissectd.toml. SIGHUP reads the files anew.
#[derive(Debug, Parser)]
#[command(version, args_override_self = true)]
pub struct Options {
    /// What is to be done instead of serving.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// What is over the configuration files.
    #[command(flatten)]
    pub flags: Flags,
}

/// What `dissectd` does beside serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
}

/// What can be asked of the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigCommand {
    /// Print the configuration that counts as TOML, each value with its origin
    Print,
    /// Say what is wrong with the configuration files, or with FILE; fails where anything cannot be used
    Check {
        /// Look at this file alone
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
    },
}

/// The flags that are over the configuration files.
#[derive(Debug, Clone, Default, Args)]
pub struct Flags {
    /// Read this configuration file alone [default: ~/.config/dissect/dissectd.toml over
    /// /etc/dissect/dissectd.toml]
    #[arg(long, value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
    /// Folder that holds the runs [default: $DISSECT_HOME, $XDG_STATE_HOME/dissect or
    /// ~/.local/state/dissect]
    #[arg(long, value_name = "DIR", global = true)]
    pub home: Option<PathBuf>,
    /// Runs that work at the same time [default: 1]
    #[arg(long, value_name = "N", global = true, value_parser = clap::value_parser!(u16).range(1..))]
    pub slots: Option<u16>,
    /// How long a worker may take to stop after it was asked, before it is killed [default: 60]
    #[arg(long, value_name = "SECONDS", global = true, value_parser = seconds)]
    pub grace: Option<f64>,
    /// Program that trains [default: dissect-trainer beside this program, else on PATH]
    #[arg(long, value_name = "PROGRAM", global = true)]
    pub trainer: Option<PathBuf>,
    /// Program that dissects [default: dissect beside this program, else on PATH]
    #[arg(long, value_name = "PROGRAM", global = true)]
    pub dissect: Option<PathBuf>,
}

impl Flags {
    /// Where the configuration is looked for.
    pub fn sources(&self) -> Sources {
        self.config.clone().map_or_else(Sources::usual, Sources::Only)
    }
}

/// What the loop works with.
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
    /// What watching looks for.
    pub rules: Thresholds,
    /// Who is told of what happens.
    pub on_event: Arc<OnEvent>,
    /// How runs are tried again.
    pub retries: Retries,
}

impl From<&Config> for Settings {
    fn from(config: &Config) -> Self {
        Self {
            home: Home::at(&config.home),
            slots: config.slots.into(),
            grace: config.grace,
            programs: config.programs.clone(),
            rules: config.rules,
            retries: config.retries,
            on_event: Arc::new(config.on_event.clone()),
        }
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds".to_owned())?;
    if (0.0..=1e9).contains(&seconds) { Ok(seconds) } else { Err("expected 0 to 1e9 seconds".to_owned()) }
}
