//! Which run starts next: those that wait, the higher priority first, then in the order in which they were
//! queued or moved to, each as soon as there is a slot and every run it waits for has ended.

use dissect_runs::folder::FolderError;
use dissect_runs::home::RunId;
use dissect_runs::place::by_turn;
use dissect_runs::state::State;

use super::core::{Entry, Supervisor};
use super::ended::append_end;
use super::needs::Readiness;
use crate::event::Effect;

impl Supervisor {
    /// Starts what can start now.
    pub(super) fn schedule(&mut self) {
        let mut free =
            self.slots.saturating_sub(self.runs.values().filter(|entry| takes_slot(entry)).count());
        for id in self.queue() {
            match self.readiness(&id) {
                Readiness::Waiting => {}
                Readiness::Hopeless(reason) => self.give_up(&id, reason),
                Readiness::Ready if free > 0 && !self.is_paused() => {
                    if self.start(&id) {
                        free -= 1;
                    }
                }
                Readiness::Ready => {}
            }
        }
    }

    /// Runs that can be started, in their order. One whose last worker is not gone yet waits on.
    fn queue(&self) -> Vec<RunId> {
        let mut queue = self.waiting();
        queue.retain(|id| self.runs[id].worker.is_none());
        queue
    }

    /// Runs that are queued, in their order.
    pub(crate) fn waiting(&self) -> Vec<RunId> {
        let is_queued = |entry: &Entry| matches!(entry.state, State::Queued { .. });
        let mut queue: Vec<_> = self.runs.iter().filter(|(_, entry)| is_queued(entry)).collect();
        queue.sort_by(|(a_id, a), (b_id, b)| {
            by_turn((&a.place, a.state.since(), a_id), (&b.place, b.state.since(), b_id))
        });
        queue.into_iter().map(|(id, _)| id.clone()).collect()
    }

    /// Says whether the run takes a slot from now on.
    fn start(&mut self, id: &RunId) -> bool {
        let kind = match self.folder(id).spec() {
            Ok(spec) => spec.kind(),
            Err(error) => {
                self.give_up(id, error.to_string());
                return false;
            }
        };
        let since = self.now();
        let starting = self.transition(id, |state| match state {
            State::Queued { .. } => Ok(State::Starting { since }),
            taken => Ok::<_, FolderError>(taken),
        });
        if let Err(error) = starting {
            tracing::error!(run = %id, "cannot be started, waits on: {error}");
            return false;
        }
        if matches!(self.runs[id].state, State::Starting { .. }) {
            self.effects.push(Effect::Launch { id: id.clone(), kind });
        } else {
            self.adopt_stranger(id);
        }
        takes_slot(&self.runs[id])
    }

    fn give_up(&mut self, id: &RunId, reason: String) {
        let (folder, ended) = (self.folder(id), self.now());
        let failed = self.transition(id, |state| match state {
            State::Queued { .. } => {
                let failed = State::Failed { started: None, ended, reason };
                append_end(&folder, &failed);
                Ok(failed)
            }
            other => Ok::<_, FolderError>(other),
        });
        if let Err(error) = failed {
            tracing::error!(run = %id, "{error}");
        }
    }
}

fn takes_slot(entry: &Entry) -> bool {
    entry.state.status().is_active() || entry.worker.is_some()
}
