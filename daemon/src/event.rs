//! Everything that can happen to the daemon, and everything it can do about it. Handlers turn the
//! one into the other without waiting for anything.

use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use dissect_runs::home::RunId;
use dissect_runs::process::ProcessId;
use dissect_runs::protocol::{Reply, Request};
use dissect_runs::spec::Kind;
use tokio::sync::{mpsc, oneshot};

use crate::hooks::Notice;
use crate::rules::Verdict;

/// What can happen.
#[derive(Debug)]
pub(crate) enum Event {
    /// A client asks.
    Request {
        /// For what.
        request: Request,
        /// Where the answer goes.
        answer: oneshot::Sender<Answer>,
    },
    /// A worker process is gone.
    WorkerEnded {
        /// The run it worked on.
        id: RunId,
        /// How it went.
        end: WorkerEnd,
    },
    /// Somebody else wrote the state of a run that is watched.
    StateWritten(RunId),
    /// The rules that watch a run say something else than before.
    Noticed {
        /// The run.
        id: RunId,
        /// What each rule says now.
        verdicts: Vec<Verdict>,
    },
    /// The time has come for a run that is tried again.
    LookAgain,
    /// Run folders came or went.
    RunsChanged,
    /// The configuration may be another one.
    Reload,
    /// The daemon is to leave.
    Leave(&'static str),
}

/// What a client gets.
#[derive(Debug)]
pub(crate) struct Answer {
    /// At once.
    pub(crate) replies: Vec<Reply>,
    /// And later, to one that watches.
    pub(crate) then: Option<mpsc::Receiver<Reply>>,
}

/// How a worker process went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct WorkerEnd {
    /// Its exit status; only the parent learns it.
    pub(crate) status: Option<ExitStatus>,
    /// Why it was killed, if it was.
    pub(crate) killed: Option<Killed>,
}

/// Why the daemon killed a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Killed {
    /// A client asked for that.
    Asked,
    /// It did not stop in time.
    Late,
}

/// What the daemon can do to the world beside writing states.
#[derive(Debug, PartialEq)]
pub(crate) enum Effect {
    /// Start a worker.
    Launch {
        /// For this run.
        id: RunId,
        /// Of this kind.
        kind: Kind,
    },
    /// Watch over a worker that another daemon, or somebody by hand, started.
    Adopt {
        /// The run it works on.
        id: RunId,
        /// The process.
        worker: ProcessId,
    },
    /// Ask a worker to stop, and kill it where it does not.
    Stop(RunId),
    /// Kill a worker.
    Kill(RunId),
    /// Hear of writes to a run's state.
    Follow(RunId),
    /// Hear of them no more.
    Unfollow(RunId),
    /// Delete a folder that no run's name points to any more.
    Delete(PathBuf),
    /// Tell of a worker's end once more after a while: it could not be written down.
    Retry {
        /// The run.
        id: RunId,
        /// How its worker went.
        end: WorkerEnd,
    },
    /// Look what can start after this long.
    LookAgain(Duration),
    /// Tell the hooks.
    Notify(Notice),
    /// Read the configuration anew.
    Reload,
    /// Leave.
    Leave(&'static str),
}
