//! What a daemon finds when it starts: runs in every state, and workers that went on without it.

use std::fs;

use dissect_runs::home::{Home, HomeError, RunId};
use dissect_runs::state::State;

use super::core::Supervisor;
use crate::config::Retries;
use crate::event::Effect;

impl Supervisor {
    /// Knows every run in the home. Workers that live are adopted; runs whose worker is gone are
    /// lost; runs that wait, wait on in the order in which they were queued.
    pub(crate) fn recover(home: Home, slots: usize, retries: Retries) -> Result<Self, HomeError> {
        let mut supervisor = Self::new(home, slots);
        supervisor.set_retries(retries);
        supervisor.sweep();
        for id in supervisor.home.ids()? {
            supervisor.admit(&id);
        }
        supervisor.schedule();
        supervisor.enforce_limits();
        Ok(supervisor)
    }

    /// Takes a run into the books as its folder has it.
    pub(super) fn admit(&mut self, id: &RunId) {
        let state = match self.folder(id).state() {
            Ok(state) => state,
            // Left as it is: a newer version may have written it, or a person may mend it.
            Err(error) => return tracing::warn!(run = %id, "passed over: {error}"),
        };
        match state {
            State::Queued { .. } => {
                self.learn(id, state);
                self.read_needs(id);
                self.read_attempts(id);
            }
            // It was never begun, or begins at this very moment: a worker that still comes takes the
            // run under its lock, and the launch that is too late then finds it taken.
            State::Starting { .. } => {
                self.learn(id, state);
                let since = self.now();
                let requeued = self.transition(id, |state| match state {
                    State::Starting { .. } => Ok(State::Queued { since }),
                    begun => Ok::<_, dissect_runs::folder::FolderError>(begun),
                });
                match requeued {
                    Ok(()) => self.read_needs(id),
                    Err(error) => tracing::error!(run = %id, "{error}"),
                }
                self.adopt_stranger(id);
            }
            State::Running { ref worker, .. } | State::Stopping { ref worker, .. } if worker.is_alive() => {
                let is_stopping = matches!(state, State::Stopping { .. });
                self.learn(id, state);
                self.adopt_stranger(id);
                if is_stopping {
                    self.effects.push(Effect::Stop(id.clone()));
                }
            }
            State::Running { .. } | State::Stopping { .. } => {
                self.learn(id, state);
                self.settle_abandoned(id, None);
            }
            ended => self.learn(id, ended),
        }
    }

    /// Deletes what a killed daemon left half made or half deleted. None of it has a run's name.
    fn sweep(&mut self) {
        let entries = fs::read_dir(self.home.runs()).into_iter().flatten().flatten();
        for entry in entries {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(".new-") || name.starts_with(".removed-") {
                tracing::info!("deleting the leftover {}", entry.path().display());
                self.effects.push(Effect::Delete(entry.path()));
            }
        }
    }
}
