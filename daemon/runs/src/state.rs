//! How a run stands. A state carries its own data, and knows which states may follow it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::process::ProcessId;

/// How a run stands. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum State {
    /// Waits for its turn.
    Queued {
        /// When it was queued.
        since: f64,
    },
    /// Its worker is being started and has not begun.
    Starting {
        /// When the worker was started.
        since: f64,
    },
    /// Its worker works.
    Running {
        /// When the worker began.
        since: f64,
        /// The worker.
        worker: ProcessId,
    },
    /// Its worker was asked to stop and has not ended.
    Stopping {
        /// When the worker began; none where it had not.
        started: Option<f64>,
        /// When it was asked.
        since: f64,
        /// The worker.
        worker: ProcessId,
        /// Why, where nobody asked for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Ended: everything asked for was done.
    Finished {
        /// When the worker began.
        started: f64,
        /// When it ended.
        ended: f64,
    },
    /// Ended because somebody asked, or for a reason that is no fault.
    Stopped {
        /// When the worker began; none where it never did.
        started: Option<f64>,
        /// When it ended.
        ended: f64,
        /// Why, where nobody asked for it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Ended because something went wrong that the reason names.
    Failed {
        /// When the worker began; none where it never did.
        started: Option<f64>,
        /// When it ended.
        ended: f64,
        /// What went wrong.
        reason: String,
    },
    /// The worker is gone and left no word.
    Lost {
        /// When the worker began.
        started: f64,
        /// When it was last known, or found gone.
        ended: f64,
        /// What is known.
        reason: String,
    },
}

/// The names of the states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Waits for its turn.
    Queued,
    /// The worker has not begun.
    Starting,
    /// The worker works.
    Running,
    /// The worker was asked to stop.
    Stopping,
    /// Done.
    Finished,
    /// Stopped by request.
    Stopped,
    /// Something went wrong.
    Failed,
    /// The worker vanished.
    Lost,
}

impl Status {
    /// Every status, in the order of a run's life.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Starting,
        Self::Running,
        Self::Stopping,
        Self::Finished,
        Self::Stopped,
        Self::Failed,
        Self::Lost,
    ];

    /// The word files and screens use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Stopping => "stopping",
            Self::Finished => "finished",
            Self::Stopped => "stopped",
            Self::Failed => "failed",
            Self::Lost => "lost",
        }
    }

    /// Whether no worker works or will work unless somebody resumes the run.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Finished | Self::Stopped | Self::Failed | Self::Lost)
    }

    /// Whether a worker may exist now.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Starting | Self::Running | Self::Stopping)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl State {
    /// Its name.
    pub fn status(&self) -> Status {
        match self {
            Self::Queued { .. } => Status::Queued,
            Self::Starting { .. } => Status::Starting,
            Self::Running { .. } => Status::Running,
            Self::Stopping { .. } => Status::Stopping,
            Self::Finished { .. } => Status::Finished,
            Self::Stopped { .. } => Status::Stopped,
            Self::Failed { .. } => Status::Failed,
            Self::Lost { .. } => Status::Lost,
        }
    }

    /// Whether the run has ended.
    pub fn is_ended(&self) -> bool {
        self.status().is_ended()
    }

    /// When this state began.
    pub fn since(&self) -> f64 {
        match *self {
            Self::Queued { since }
            | Self::Starting { since }
            | Self::Running { since, .. }
            | Self::Stopping { since, .. } => since,
            Self::Finished { ended, .. }
            | Self::Stopped { ended, .. }
            | Self::Failed { ended, .. }
            | Self::Lost { ended, .. } => ended,
        }
    }

    /// When the worker began, where it did.
    pub fn started(&self) -> Option<f64> {
        match *self {
            Self::Queued { .. } | Self::Starting { .. } => None,
            Self::Running { since, .. } => Some(since),
            Self::Stopping { started, .. } | Self::Stopped { started, .. } | Self::Failed { started, .. } => {
                started
            }
            Self::Finished { started, .. } | Self::Lost { started, .. } => Some(started),
        }
    }

    /// When the run ended, where it has.
    pub fn ended(&self) -> Option<f64> {
        self.is_ended().then(|| self.since())
    }

    /// Why it failed, what is known of its loss, or why it was stopped where nobody asked for it.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Failed { reason, .. } | Self::Lost { reason, .. } => Some(reason),
            Self::Stopping { reason, .. } | Self::Stopped { reason, .. } => reason.as_deref(),
            _ => None,
        }
    }

    /// The process that works on it, where one is recorded.
    pub fn worker(&self) -> Option<&ProcessId> {
        match self {
            Self::Running { worker, .. } | Self::Stopping { worker, .. } => Some(worker),
            _ => None,
        }
    }

    /// Whether `next` may follow this state. An ended run goes only back to the queue; so does
    /// one whose worker vanished and that is tried again.
    pub fn allows(&self, next: &Self) -> bool {
        use Status::{Failed, Finished, Lost, Queued, Running, Starting, Stopped, Stopping};
        let next = next.status();
        match self.status() {
            Queued => matches!(next, Starting | Running | Stopped | Failed),
            Starting => matches!(next, Queued | Running | Stopping | Stopped | Failed),
            Running => matches!(next, Queued | Stopping | Finished | Stopped | Failed | Lost),
            Stopping => matches!(next, Finished | Stopped | Failed | Lost),
            Finished | Stopped | Failed | Lost => next == Queued,
        }
    }

    /// What this state becomes where its worker is gone and left no word: a running one is lost, one
    /// that was asked to stop has stopped. Any other stays.
    pub fn abandoned(self, ended: f64, reason: impl Into<String>) -> Self {
        match self {
            Self::Running { since, .. } => Self::Lost { started: since, ended, reason: reason.into() },
            Self::Stopping { started, reason, .. } => Self::Stopped { started, ended, reason },
            other => other,
        }
    }
}
