//! A command as a hook: the event on stdin, a process group of its own, and not longer than its limit.

use std::io;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use crate::service;

/// Why a command has not done its work.
#[derive(Debug, thiserror::Error)]
pub(super) enum CommandError {
    /// It is not there, or may not be started.
    #[error("cannot be started: {0}")]
    Start(io::Error),
    /// It took too long.
    #[error("did not end within {} s and was killed", .0.as_secs_f64())]
    Slow(Duration),
    /// It says that it failed.
    #[error("{0}")]
    Failed(std::process::ExitStatus),
    /// The kernel does not say how it ended.
    #[error("cannot wait for it: {0}")]
    Wait(io::Error),
}

/// Runs it to its end, or until `limit`.
pub(super) async fn run(
    program: &str,
    arguments: &[String],
    json: &str,
    limit: Duration,
) -> Result<(), CommandError> {
    let mut command = Command::new(program);
    command.args(arguments).process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    for name in service::VARIABLES {
        command.env_remove(name);
    }
    let mut child = command.spawn().map_err(CommandError::Start)?;
    match tokio::time::timeout(limit, feed(&mut child, json)).await {
        Ok(Ok(status)) if status.success() => Ok(()),
        Ok(Ok(status)) => Err(CommandError::Failed(status)),
        Ok(Err(error)) => Err(CommandError::Wait(error)),
        Err(_) => {
            // It was not waited for yet, so that the pid is its own.
            let group = child.id().and_then(|pid| Pid::from_raw(pid as i32));
            if let Some(group) = group {
                let _ = kill_process_group(group, Signal::KILL);
            }
            let _ = child.wait().await;
            Err(CommandError::Slow(limit))
        }
    }
}

async fn feed(child: &mut Child, json: &str) -> io::Result<std::process::ExitStatus> {
    if let Some(mut stdin) = child.stdin.take() {
        // One that does not read what it is told may still do its work.
        let _ = stdin.write_all(json.as_bytes()).await;
    }
    child.wait().await
}
