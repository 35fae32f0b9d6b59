//! Worker processes. One task owns each of them: it alone waits for it, and takes it down the ladder
//! of stopping: SIGTERM, the grace time, SIGKILL to its whole process group.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use dissect_runs::folder::RunFolder;
use dissect_runs::home::RunId;
use dissect_runs::process::ProcessId;
use dissect_runs::spec::Kind;
use rustix::process::{Pid, Signal, kill_process_group, setsid};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::process::Child;
use tokio::sync::mpsc;

use crate::event::{Event, WorkerEnd};
use crate::options::Settings;
use crate::service;

/// The task that owns a worker, as seen by the loop.
pub(crate) struct Owner {
    stop: mpsc::Sender<()>,
}

impl Owner {
    /// Asks the worker to stop. Asking twice changes nothing.
    pub(crate) fn stop(&self) {
        // Full: it was asked already. Closed: it is gone already.
        let _ = self.stop.try_send(());
    }
}

/// Starts a worker in a session of its own, so that neither the daemon's end nor a terminal's
/// touches it, with its output in the run's log.
pub(crate) fn launch(
    settings: &Settings,
    run: &RunFolder,
    kind: Kind,
    events: &mpsc::Sender<Event>,
) -> io::Result<(ProcessId, Owner)> {
    let (program, verb) = match kind {
        Kind::Train | Kind::Gan => (&settings.programs.trainer, None),
        Kind::Dissect => (&settings.programs.dissect, Some("compare")),
    };
    let log = OpenOptions::new().create(true).append(true).open(run.log_path())?;
    let mut command = std::process::Command::new(program);
    command.args(verb).arg("--run").arg(run.path());
    command.env("DISSECT_HOME", settings.home.root()).current_dir(run.path());
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    for name in service::VARIABLES {
        command.env_remove(name);
    }
    let own_session = || setsid().map(drop).map_err(io::Error::from);
    // SAFETY: `own_session` runs in the child between fork and exec, where only calls that are safe
    // in a signal handler are allowed; it makes the one system call and allocates nothing.
    unsafe { command.pre_exec(own_session) };

    let named = |error: io::Error| {
        io::Error::new(error.kind(), format!("cannot start {}: {error}", program.display()))
    };
    let child = tokio::process::Command::from(command).spawn().map_err(named)?;
    let pid = child.id().expect("it was not waited for") as i32;
    // Not reaped yet, so the pid is its own even where it has ended.
    let process = ProcessId::of(pid).or_else(|error| match error.kind() {
        io::ErrorKind::NotFound => Ok(ProcessId { pid, start_time: 0, boot: String::new() }),
        _ => Err(error),
    })?;
    Ok((process.clone(), own(Worker::Child(child), process, run.id(), settings.grace, events)))
}

/// Watches over a worker that lives already; `NotFound` where it does not.
pub(crate) fn adopt(
    process: &ProcessId,
    id: &RunId,
    grace: Duration,
    events: &mpsc::Sender<Event>,
) -> io::Result<Owner> {
    // SAFETY: an `OwnedFd` is open and the same until it is dropped, and only the `AsyncFd` has it.
    let descriptor = unsafe { AsyncFd::register_with_interest(process.open()?, Interest::READABLE) }?;
    Ok(own(Worker::Adopted(descriptor), process.clone(), id, grace, events))
}

enum Worker {
    Child(Child),
    Adopted(AsyncFd<OwnedFd>),
}

impl Worker {
    /// Waits for its end; its status is known of a child only. May be cancelled and called again.
    async fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        match self {
            Self::Child(child) => child.wait().await.map(Some),
            Self::Adopted(descriptor) => descriptor.readable().await.map(|_| None),
        }
    }
}

fn own(
    mut worker: Worker,
    process: ProcessId,
    id: &RunId,
    grace: Duration,
    events: &mpsc::Sender<Event>,
) -> Owner {
    let (stop, mut asked) = mpsc::channel(1);
    let (id, events) = (id.clone(), events.clone());
    tokio::spawn(async move {
        let mut killed = false;
        let status = tokio::select! {
            status = worker.ended() => status,
            Some(()) = asked.recv() => match end(&mut worker, &process, grace).await {
                Some(status) => status,
                None => {
                    killed = true;
                    worker.ended().await
                }
            },
        };
        let status = status.unwrap_or_else(|error| {
            tracing::error!(run = %id, "cannot wait for its worker: {error}");
            None
        });
        // Closed: the daemon leaves, and the next one will find the run as it is.
        let _ = events.send(Event::WorkerEnded { id, end: WorkerEnd { status, killed } }).await;
    });
    Owner { stop }
}

/// Down the ladder; none where it came to SIGKILL.
async fn end(
    worker: &mut Worker,
    process: &ProcessId,
    grace: Duration,
) -> Option<io::Result<Option<ExitStatus>>> {
    if let Err(error) = process.terminate()
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(pid = process.pid, "cannot ask the worker to stop: {error}");
    }
    if let Ok(status) = tokio::time::timeout(grace, worker.ended()).await {
        return Some(status);
    }
    tracing::warn!(pid = process.pid, "the worker did not stop within {} s; killing it", grace.as_secs_f64());
    let group = Pid::from_raw(process.pid).filter(|_| process.is_alive());
    if let Some(group) = group
        && let Err(error) = kill_process_group(group, Signal::KILL)
    {
        tracing::warn!(pid = process.pid, "cannot kill the worker: {error}");
    }
    None
}
