//! Stops runs that have worked as long as they may, also those whose workers went on without a daemon. What was used is
//! in the run's folder; here is only when to look.

use std::time::Duration;

use dissect_runs::folder::FolderError;
use dissect_runs::home::RunId;
use dissect_runs::state::State;

use super::core::Supervisor;
use crate::event::Effect;

/// The longest time between two looks in seconds: a machine that slept, or whose clock was set, is found out.
const LONGEST_WAIT: f64 = 60.0;
/// How long until a stop is tried again that the disk refused, in seconds.
const TRY_AGAIN: f64 = 5.0;

impl Supervisor {
    /// Reads how long a run may work.
    pub(crate) fn read_allowance(&mut self, id: &RunId) {
        let allowance = self.folder(id).allowance();
        if let Some(entry) = self.runs.get_mut(id) {
            entry.allowance = allowance;
        }
    }

    /// Asks workers to stop whose run has used up its time, and has the loop look again when the next one will have.
    pub(super) fn enforce_limits(&mut self) {
        let now = self.now();
        let mut soonest = f64::INFINITY;
        let mut over = Vec::new();
        for (id, entry) in &self.runs {
            if let (State::Running { .. }, Some(allowance)) = (&entry.state, &entry.allowance) {
                match allowance.left(&entry.state, now) {
                    left if left > 0.0 => soonest = soonest.min(left),
                    _ => over.push((id.clone(), allowance.reached())),
                }
            }
        }
        for (id, reason) in over {
            if let Err(error) = self.stop_because(&id, &reason) {
                tracing::error!(run = %id, "{reason}, and it cannot be stopped: {error}");
                soonest = soonest.min(TRY_AGAIN);
            }
        }
        if soonest.is_finite() {
            self.look_in(soonest.min(LONGEST_WAIT), now);
        }
    }

    /// Has the loop look again then, where it does not before that.
    fn look_in(&mut self, wait: f64, now: f64) {
        let at = now + wait;
        let is_soon_enough = |next: f64| now < next && next <= at;
        if !self.next_look.is_some_and(is_soon_enough) {
            self.next_look = Some(at);
            self.effects.push(Effect::LookAgain(Duration::from_secs_f64(wait)));
        }
    }

    /// Takes a running run down the ladder for this reason.
    fn stop_because(&mut self, id: &RunId, reason: &str) -> Result<(), FolderError> {
        let now = self.now();
        self.transition(id, |state| match state {
            State::Running { since, worker } => {
                let reason = Some(reason.to_owned());
                Ok(State::Stopping { started: Some(since), since: now, worker, reason })
            }
            other => Ok::<_, FolderError>(other),
        })?;
        if matches!(self.runs[id].state, State::Stopping { .. }) {
            tracing::info!(run = %id, "{reason}; its worker is asked to stop");
            self.effects.push(Effect::Stop(id.clone()));
        }
        Ok(())
    }
}
