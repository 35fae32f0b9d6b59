//! `dissect-trainer --run FOLDER`: the worker that dissectd starts for a training.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::Parser;
use dissect_runs::state::State;
use dissect_trainer::stop::Stop;
use dissect_trainer::work::{prepare_environment, work};

/// Trains one run's network with libtorch. dissectd starts it; by hand it takes up a run that no worker is on.
#[derive(Parser)]
#[command(name = "dissect-trainer", version)]
struct Arguments {
    /// The run's folder, with its spec.toml and state.json.
    #[arg(long, value_name = "FOLDER")]
    run: PathBuf,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Err(error) = let_threads_sleep() {
        eprintln!("dissect-trainer: its threads will spin while they wait: {error}");
    }
    // SAFETY: the process has one thread yet.
    unsafe { prepare_environment(&arguments.run) };
    let result = Stop::on_signals()
        .map_err(anyhow::Error::from)
        .and_then(|stop| work(&arguments.run, &stop).map_err(anyhow::Error::from));
    match result {
        // A stop that was asked for is no failure.
        Ok(State::Failed { .. }) => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("dissect-trainer: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Starts this program anew in an environment where the threads of libtorch's OpenMP sleep while they wait. By default
/// they spin, so that two trainings on the same cores take tens of times as long as one after the other. OpenMP reads
/// the environment while it is loaded, which is before `main`.
fn let_threads_sleep() -> std::io::Result<()> {
    const POLICY: &str = "OMP_WAIT_POLICY";
    if std::env::var_os(POLICY).is_some() {
        return Ok(());
    }
    let program = std::env::current_exe()?;
    // Returns only where it failed.
    Err(Command::new(program).args(std::env::args_os().skip(1)).env(POLICY, "passive").exec())
}
