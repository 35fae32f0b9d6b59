//! `dissectd`: takes the home, opens the socket, and serves until it is told to leave.

use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use dissectd::home_lock::HomeLock;
use dissectd::options::Options;
use dissectd::{serve, socket};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let options = Options::parse();
    let filter = EnvFilter::try_from_env("DISSECTD_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let ansi = std::io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(ansi).init();
    match run(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: Options) -> anyhow::Result<()> {
    let settings = options.settings()?;
    settings.home.create()?;
    socket::check_home(&settings.home)?;
    let lock = HomeLock::take(&settings.home)?;
    // Bound while this is the only thread: the umask that keeps the socket private is the process's.
    let listener = socket::bind(&settings.home, &lock)?;
    serve::raise_open_files();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("cannot build the async runtime")?;
    let served = runtime.block_on(serve::serve(settings, listener));
    // A folder may still be being deleted; what is left of it goes at the next start.
    runtime.shutdown_background();
    served
}
