//! `dissect-trainer --run FOLDER`: the worker that dissectd starts for a training.

use std::path::PathBuf;
use std::process::ExitCode;

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
