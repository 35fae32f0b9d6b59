//! `dissectd`: takes the home, opens the socket, and serves until it is told to leave.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use dissect_runs::home::Home;
use dissectd::config::{self, ConfigError, Live, Sources};
use dissectd::home_lock::HomeLock;
use dissectd::options::{Command, ConfigCommand, Flags, Options};
use dissectd::{logging, serve, socket};

fn main() -> ExitCode {
    let Options { command, flags } = Options::parse();
    let done = match command {
        None => serve(flags),
        Some(Command::Config(ConfigCommand::Print)) => print(&flags),
        Some(Command::Config(ConfigCommand::Check { file })) => check(flags, file),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            // There is no log yet. Nothing is left to be done where nobody hears it.
            let _ = writeln!(io::stderr(), "dissectd: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn serve(flags: Flags) -> anyhow::Result<ExitCode> {
    let live = Live::read(flags)?;
    let config = live.config();
    let home = Home::at(&config.home);
    home.create()?;
    socket::check_home(&home)?;
    let logging = logging::start(&config.log)?;
    for unknown in &live.reading().unknown {
        tracing::warn!("{unknown}");
    }
    // From here on errors belong into the log.
    match supervise(live, &home, logging) {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            tracing::error!("{error:#}");
            Ok(ExitCode::FAILURE)
        }
    }
}

fn supervise(live: Live, home: &Home, logging: logging::Logging) -> anyhow::Result<()> {
    let lock = HomeLock::take(home)?;
    // Bound while this is the only thread: the umask that keeps the socket private is the process's.
    let listener = socket::open(home, &lock)?;
    serve::raise_open_files();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("cannot build the async runtime")?;
    let served = runtime.block_on(serve::serve(live, logging, listener));
    // A folder may still be being deleted; what is left of it goes at the next start.
    runtime.shutdown_background();
    served
}

fn print(flags: &Flags) -> anyhow::Result<ExitCode> {
    let reading = config::read(flags, &flags.sources().load()?)?;
    for unknown in &reading.unknown {
        writeln!(io::stderr(), "warning: {unknown}")?;
    }
    write!(io::stdout(), "{}", config::to_toml(&reading.shown))?;
    Ok(ExitCode::SUCCESS)
}

fn check(flags: Flags, file: Option<PathBuf>) -> anyhow::Result<ExitCode> {
    let sources = file.map_or_else(|| flags.sources(), Sources::Only);
    let files = sources.load()?;
    let reading = match config::read(&flags, &files) {
        // Every problem on a line of its own, as compilers do.
        Err(ConfigError::Wrong(problems)) => {
            for problem in &problems {
                writeln!(io::stderr(), "error: {problem}")?;
            }
            anyhow::bail!("{} of the configuration cannot be used", counted(problems.len(), "value"));
        }
        other => other?,
    };
    for unknown in &reading.unknown {
        writeln!(io::stderr(), "warning: {unknown}")?;
    }
    let (files, unknown) = (counted(files.len(), "file"), counted(reading.unknown.len(), "unknown key"));
    writeln!(io::stdout(), "{files} read, {unknown}")?;
    Ok(ExitCode::SUCCESS)
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
