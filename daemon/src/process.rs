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
use tokio::sync::{mpsc, watch};

use crate::event::{Event, Killed, WorkerEnd};
use crate::options::Settings;
use crate::service;

/// The task that owns a worker, as seen by the loop.
pub(crate) struct Owner {
    wanted: watch::Sender<Wanted>,
}

/// What the loop wants of a worker; it only ever wants more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wanted {
    Work,
    Stop,
    Kill,
}

impl Owner {
    /// Asks the worker to stop. Asking twice changes nothing.
    pub(crate) fn stop(&self) {
        self.want(Wanted::Stop);
    }

    /// Kills the worker at once, whether it was asked to stop or not.
    pub(crate) fn kill(&self) {
        self.want(Wanted::Kill);
    }

    fn want(&self, wanted: Wanted) {
        self.wanted.send_if_modified(|before| {
            let more = wanted > *before;
            *before = wanted.max(*before);
            more
        });
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
        Kind::Imported => return Err(io::Error::other("it was imported; nothing here can work on it")),
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
    let (wanted, mut asked) = watch::channel(Wanted::Work);
    let (id, events) = (id.clone(), events.clone());
    tokio::spawn(async move {
        let mut killed = None;
        let status = tokio::select! {
            status = worker.ended() => status,
            () = is_wanted(&mut asked, Wanted::Stop) => {
                match end(&mut worker, &process, grace, &mut asked).await {
                    Ok(status) => status,
                    Err(why) => {
                        killed = Some(why);
                        worker.ended().await
                    }
                }
            }
        };
        let status = status.unwrap_or_else(|error| {
            tracing::error!(run = %id, "cannot wait for its worker: {error}");
            None
        });
        // Closed: the daemon leaves, and the next one will find the run as it is.
        let _ = events.send(Event::WorkerEnded { id, end: WorkerEnd { status, killed } }).await;
    });
    Owner { wanted }
}

/// Waits until so much is wanted of a worker; for ever where the loop no longer cares.
async fn is_wanted(asked: &mut watch::Receiver<Wanted>, wanted: Wanted) {
    if asked.wait_for(|now| *now >= wanted).await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Down the ladder; an error where it came to SIGKILL. Who wants it killed skips the steps that are left.
async fn end(
    worker: &mut Worker,
    process: &ProcessId,
    grace: Duration,
    asked: &mut watch::Receiver<Wanted>,
) -> Result<io::Result<Option<ExitStatus>>, Killed> {
    if *asked.borrow() < Wanted::Kill
        && let Err(error) = process.terminate()
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(pid = process.pid, "cannot ask the worker to stop: {error}");
    }
    let why = tokio::select! {
        biased;
        () = is_wanted(asked, Wanted::Kill) => {
            tracing::info!(pid = process.pid, "killing the worker, as was asked");
            Killed::Asked
        }
        status = worker.ended() => return Ok(status),
        () = tokio::time::sleep(grace) => {
            let grace = grace.as_secs_f64();
            tracing::warn!(pid = process.pid, "the worker did not stop within {grace} s; killing it");
            Killed::Late
        }
    };
    let group = Pid::from_raw(process.pid).filter(|_| process.is_alive());
    if let Some(group) = group
        && let Err(error) = kill_process_group(group, Signal::KILL)
    {
        tracing::warn!(pid = process.pid, "cannot kill the worker: {error}");
    }
    Err(why)
}
