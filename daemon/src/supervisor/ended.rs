//! A worker's beginning and end, as seen from outside.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use dissect_runs::folder::{FolderError, RunFolder};
use dissect_runs::home::RunId;
use dissect_runs::process::ProcessId;
use dissect_runs::records::Happening;
use dissect_runs::state::State;

use super::core::Supervisor;
use crate::event::{Effect, Killed, WorkerEnd};
use crate::hooks::{Notice, Topic};

impl Supervisor {
    /// A worker was started.
    pub(crate) fn launched(&mut self, id: &RunId, worker: ProcessId) {
        if let Some(entry) = self.runs.get_mut(id) {
            entry.worker = Some(worker);
        }
    }

    /// No worker could be started.
    pub(crate) fn launch_failed(&mut self, id: &RunId, reason: &str) {
        let failed = State::Failed { started: None, ended: self.now(), reason: reason.to_owned() };
        append_end(&self.folder(id), &failed);
        if let Err(error) = self.transition(id, |_| Ok::<_, FolderError>(failed)) {
            tracing::error!(run = %id, "{reason}; and {error}");
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
        let (worker, end) = seen.unzip();
        let mut lost = None;
        let plan = |to: &State| self.next_attempt(id, to, now);
        // A worker that nobody saw go worked no longer than it left signs of.
        let gone = if end.is_some() { Some(now) } else { folder.last_sign_of_life() };
        let settled = folder.transition(|state| {
            let was_ended = state.is_ended();
            let before = state.clone();
            let mut to =
                verdict(state, worker.flatten().as_ref(), end.as_ref(), now, || folder.last_log_line());
            if let Some(why) = end.as_ref().and_then(|end| end.killed) {
                let message = match why {
                    Killed::Asked => "its worker was killed, as was asked",
                    Killed::Late => "its worker did not stop within its grace time and was killed",
                };
                append(&folder, Happening::Warning { message: message.to_owned() });
            }
            if to.is_ended() && !was_ended {
                count(&folder, &before, gone.unwrap_or(now));
                if let Some(attempts) = plan(&to)
                    && folder.set_attempts(&attempts).is_ok()
                {
                    let next = attempts.describe(now).unwrap_or_default();
                    let message = format!("{}; {next}", to.reason().unwrap_or_default());
                    append(&folder, Happening::Warning { message });
                    lost = Some(std::mem::replace(&mut to, State::Queued { since: now }));
                } else {
                    append_end(&folder, &to);
                }
            }
            Ok::<_, FolderError>(to)
        });
        match settled {
            Ok(state) => {
                if let Some(lost) = lost {
                    self.notify(Notice::new(Topic::Lost, id, &lost));
                    self.learn(id, state);
                    self.read_needs(id);
                    self.read_attempts(id);
                    self.read_allowance(id);
                } else {
                    self.learn(id, state);
                }
                self.adopt_stranger(id);
            }
            Err(error) => {
                tracing::error!(run = %id, "cannot write down how it ended, trying again soon: {error}");
                let end = end.unwrap_or(WorkerEnd { status: None, killed: None });
                self.effects.push(Effect::Retry { id: id.clone(), end });
            }
        }
    }
}

/// What becomes of a run in `state` whose `worker` is gone. What the worker itself has said stays.
fn verdict(
    state: State,
    worker: Option<&ProcessId>,
    end: Option<&WorkerEnd>,
    now: f64,
    last_line: impl FnOnce() -> Option<String>,
) -> State {
    match state {
        // Another process took the run: started by hand, or by a daemon before this one.
        State::Running { worker: ref other, .. } | State::Stopping { worker: ref other, .. }
            if worker != Some(other) && other.is_alive() =>
        {
            state
        }
        State::Starting { .. } => State::Failed {
            started: None,
            ended: now,
            reason: format!("its worker ended before it began{}", how(end, last_line())),
        },
        State::Running { since, .. } if left_by_itself(end) => State::Failed {
            started: Some(since),
            ended: now,
            reason: format!("its worker ended without a word{}", how(end, last_line())),
        },
        State::Running { worker: ref gone, .. } | State::Stopping { worker: ref gone, .. } => {
            let signal = end.and_then(|end| end.status).and_then(|status| status.signal());
            let how = match signal {
                Some(signal) => format!("was killed by {}", name(signal)),
                None => "is gone and left no word".to_owned(),
            };
            let reason = format!("its worker (pid {}) {how}", gone.pid);
            state.abandoned(now, reason)
        }
        queued_or_ended => queued_or_ended,
    }
}

/// Says in a run's events how it ended; before its state says so, so that whoever sees the state
/// sees everything.
pub(super) fn append_end(folder: &RunFolder, to: &State) {
    append(folder, Happening::Ended { status: to.status(), reason: to.reason().map(str::to_owned) });
}

/// Counts the time of a worker that is gone, before the run's state says so.
fn count(folder: &RunFolder, before: &State, gone: f64) {
    if let Some(allowance) = folder.allowance()
        && let Err(error) = folder.set_allowance(Some(&allowance.counting(before, gone)))
    {
        tracing::warn!(run = %folder.id(), "its time is counted by its state alone: {error}");
    }
}

fn append(folder: &RunFolder, what: Happening) {
    // The state says the same, and counts.
    if let Err(error) = folder.append_event(&what.now()) {
        tracing::warn!(run = %folder.id(), "{error}");
    }
}

/// Whether the worker ended by itself, and so had something to say in its log, rather than being
/// killed from outside.
fn left_by_itself(end: Option<&WorkerEnd>) -> bool {
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
