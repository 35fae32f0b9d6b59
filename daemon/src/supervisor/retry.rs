//! Tries runs again that were lost to a fault: a worker killed by a signal, a machine that went down, a
//! worker that is gone without a word. What failed by itself, was stopped, or went wrong by its numbers would
//! do so again.

use std::time::Duration;

use dissect_runs::attempts::Attempts;
use dissect_runs::finding::Rule;
use dissect_runs::home::RunId;
use dissect_runs::state::State;

use super::core::Supervisor;
use crate::config::Retries;
use crate::event::Effect;

impl Supervisor {
    /// The next attempt at a run that is to become `to`, where there is one.
    pub(super) fn next_attempt(&self, id: &RunId, to: &State, now: f64) -> Option<Attempts> {
        let State::Lost { .. } = to else { return None };
        let folder = self.folder(id);
        let hopeless = |rule| matches!(rule, Rule::NonFinite | Rule::Divergence);
        if folder.findings().iter().any(|finding| hopeless(finding.rule)) {
            return None;
        }
        if folder.allowance().is_some_and(|allowance| allowance.left(to, now) <= 0.0) {
            return None;
        }
        let before = folder.attempts();
        let of = before.limit.unwrap_or(self.retries.limit);
        let made = before.made + 1;
        let wait = delay(&self.retries, made);
        (made <= of).then_some(Attempts { made, of, not_before: Some(now + wait), ..before })
    }

    /// Whether a queued run waits for the time of its next attempt.
    pub(super) fn waits_for_retry(&self, id: &RunId) -> bool {
        let not_before = self.runs.get(id).and_then(|entry| entry.not_before);
        wait(not_before, self.now(), &self.retries).is_some()
    }

    /// Reads when a queued run may begin, and has the loop look again then.
    pub(super) fn read_attempts(&mut self, id: &RunId) {
        let not_before = self.folder(id).attempts().not_before;
        let now = self.now();
        let Some(entry) = self.runs.get_mut(id) else { return };
        entry.not_before = not_before;
        if let Some(wait) = wait(not_before, now, &self.retries) {
            self.effects.push(Effect::LookAgain(wait));
        }
    }

    /// Somebody resumes it: it begins at once, and has all of its attempts again.
    pub(crate) fn forget_attempts(&mut self, id: &RunId) {
        let folder = self.folder(id);
        let before = folder.attempts();
        let fresh = Attempts { limit: before.limit, ..Attempts::default() };
        if before != fresh
            && let Err(error) = folder.set_attempts(&fresh)
        {
            tracing::warn!(run = %id, "its attempts stay counted: {error}");
        }
        if let Some(entry) = self.runs.get_mut(id) {
            entry.not_before = None;
        }
    }
}

/// How long a run still waits for its next attempt. A time further away than any wait is means that the clock was set back,
/// or the longest wait made shorter: then the run does not wait.
fn wait(not_before: Option<f64>, now: f64, retries: &Retries) -> Option<Duration> {
    let left = not_before? - now;
    let waits = left > 0.0 && left <= retries.longest.as_secs_f64();
    waits.then(|| Duration::try_from_secs_f64(left).unwrap_or_default())
}

/// Seconds before the attempt of this number, from 1: each time twice as long, up to the most.
fn delay(retries: &Retries, number: u32) -> f64 {
    let doubled = retries.delay.as_secs_f64() * 2_f64.powi(number.saturating_sub(1).min(60) as i32);
    doubled.min(retries.longest.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_twice_the_one_before_up_to_the_most() {
        let (delay_s, longest) = (Duration::from_secs(10), Duration::from_secs(60));
        let retries = Retries { limit: 9, delay: delay_s, longest };
        let waits: Vec<_> = [1, 2, 3, 4, 5, u32::MAX].map(|number| delay(&retries, number)).into();
        assert_eq!(waits, [10.0, 20.0, 40.0, 60.0, 60.0, 60.0]);
    }

    #[test]
    fn a_clock_that_was_set_back_holds_no_run() {
        let second = Duration::from_secs(1);
        let retries = Retries { limit: 1, delay: second, longest: 60 * second };
        let waits = |at| wait(at, 1000.0, &retries);
        assert_eq!(waits(Some(1040.0)), Some(40 * second));
        assert_eq!(waits(Some(1000.0)), None);
        assert_eq!(waits(Some(1000.0 + 365.0 * 86_400.0)), None);
        assert_eq!(waits(None), None);
    }
}
