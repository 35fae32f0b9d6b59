//! A worker's beginning and end, as seen from outside.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use dissect_runs::folder::FolderError;
use dissect_runs::home::RunId;
use dissect_runs::process::ProcessId;
use dissect_runs::records::Happening;
use dissect_runs::state::State;
use dissect_runs::tail;

use super::core::Supervisor;
use crate::event::{Effect, WorkerEnd};

impl Supervisor {
    /// A worker was started.
    pub(crate) fn launched(&mut self, id: &RunId, worker: ProcessId) {
        if let Some(entry) = self.runs.get_mut(id) {
            entry.worker = Some(worker);
        }
    }

    /// No worker could be started.
    pub(crate) fn launch_failed(&mut self, id: &RunId, reason: &str) {
        let ended = self.now();
        let failed = self.transition(id, |_| {
            Ok::<_, FolderError>(State::Failed { started: None, ended, reason: reason.to_owned() })
        });
        match failed {
            Ok(()) => self.append_end(id),
            Err(error) => tracing::error!(run = %id, "{reason}; and {error}"),
        }
        self.schedule();
    }

    /// A worker process is gone. One that did its duty has said how the run ended; for any other
    /// the daemon says it.
    pub(super) fn worker_ended(&mut self, id: &RunId, end: WorkerEnd) {
        let Some(entry) = self.runs.get_mut(id) else { return };
        let worker = entry.worker.take();
        tracing::info!(run = %id, "its worker is gone{}", end.status.map(|s| format!(": {s}")).unwrap_or_default());
        self.settle_abandoned(id, Some((worker, end)));
        self.unfollow_if_over(id);
    }

    /// Writes the end of a run whose worker left without doing so.
    pub(super) fn settle_abandoned(&mut self, id: &RunId, seen: Option<(Option<ProcessId>, WorkerEnd)>) {
        let folder = self.folder(id);
        if !folder.path().exists() {
            return self.forget(id);
        }
        let now = self.now();
        let (worker, end) = match seen.clone() {
            Some((worker, end)) => (worker, Some(end)),
            None => (None, None),
        };
        let last_line = || last_line(&folder.log_path());
        let mut settled_here = false;
        let settled = self.transition(id, |state| {
            let to = match state {
                // Another process took the run: started by hand, or by a daemon before this one.
                State::Running { worker: ref other, .. } | State::Stopping { worker: ref other, .. }
                    if worker.as_ref() != Some(other) && other.is_alive() =>
                {
                    state
                }
                State::Starting { .. } => State::Failed {
                    started: None,
                    ended: now,
                    reason: format!("its worker ended before it began{}", how(end.as_ref(), last_line())),
                },
                State::Running { since, .. } if spoke(end.as_ref()) => State::Failed {
                    started: Some(since),
                    ended: now,
                    reason: format!("its worker ended without a word{}", how(end.as_ref(), last_line())),
                },
                State::Running { worker: ref gone, .. } | State::Stopping { worker: ref gone, .. } => {
                    let reason =
                        match end.as_ref().and_then(|end| end.status).and_then(|status| status.signal()) {
                            Some(signal) => {
                                format!("its worker (pid {}) was killed by {}", gone.pid, name(signal))
                            }
                            None => format!("its worker (pid {}) is gone and left no word", gone.pid),
                        };
                    state.abandoned(now, reason)
                }
                queued_or_ended => return Ok::<_, FolderError>(queued_or_ended),
            };
            settled_here = to.is_ended();
            Ok(to)
        });
        match settled {
            Ok(()) => {
                if end.as_ref().is_some_and(|end| end.killed) {
                    let message = "its worker did not stop within its grace time and was killed".to_owned();
                    self.append(id, Happening::Warning { message });
                }
                if settled_here {
                    self.append_end(id);
                }
                self.adopt_stranger(id);
            }
            Err(error) => {
                tracing::error!(run = %id, "cannot write down how it ended, trying again soon: {error}");
                let end = end.unwrap_or(WorkerEnd { status: None, killed: false });
                self.effects.push(Effect::Retry { id: id.clone(), end });
            }
        }
    }

    fn append_end(&self, id: &RunId) {
        if let Some(entry) = self.runs.get(id) {
            let (status, reason) = (entry.state.status(), entry.state.reason().map(str::to_owned));
            self.append(id, Happening::Ended { status, reason });
        }
    }

    fn append(&self, id: &RunId, what: Happening) {
        // The state says the same, and counts.
        if let Err(error) = self.folder(id).append_event(&what.now()) {
            tracing::warn!(run = %id, "{error}");
        }
    }
}

/// Whether the worker ended by itself, and so had something to say in its log, rather than being
/// killed from outside.
fn spoke(end: Option<&WorkerEnd>) -> bool {
    end.and_then(|end| end.status).is_some_and(|status: ExitStatus| status.code().is_some())
}

/// What is known of an end, to go after a reason's first words.
fn how(end: Option<&WorkerEnd>, last_line: Option<String>) -> String {
    let status = end.and_then(|end| end.status).map(|status| match (status.code(), status.signal()) {
        (Some(code), _) => format!(" (exit code {code})"),
        (None, Some(signal)) => format!(" (killed by {})", name(signal)),
        (None, None) => String::new(),
    });
    let said = last_line.map(|line| format!("; the last line of its log: {line}"));
    status.unwrap_or_default() + &said.unwrap_or_default()
}

fn name(signal: i32) -> String {
    match signal {
        6 => "SIGABRT".to_owned(),
        9 => "SIGKILL, by somebody or for want of memory".to_owned(),
        11 => "SIGSEGV".to_owned(),
        15 => "SIGTERM".to_owned(),
        other => format!("signal {other}"),
    }
}

fn last_line(log: &std::path::Path) -> Option<String> {
    let batch = tail::Lines::new(log).read().ok()?;
    let line = batch.items.into_iter().rev().find(|line| !line.trim().is_empty())?;
    Some(line.trim().chars().take(300).collect())
}
