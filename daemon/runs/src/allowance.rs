//! How long a run may work and how long it has, as `time.json` in its folder says. It is the daemon's alone to write;
//! a run without it may work as long as it takes, and nothing is counted.

use std::fs;
use std::io;

use serde::{Deserialize, Serialize};

use crate::durable;
use crate::folder::{RunFolder, json_line};
use crate::span;
use crate::state::State;

/// A time limit and what of it is used up. Seconds of wall time, by the machine's clock, during which a worker worked:
/// neither waiting in the queue nor time between workers counts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Allowance {
    /// How long the run may work.
    pub limit: f64,
    /// How long workers worked on it that are gone and counted.
    #[serde(default)]
    pub used: f64,
    /// When the last of those began, in seconds since 1970. A worker that began no later is in `used`: a daemon killed
    /// between counting a worker and writing the run's next state does not count it twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counted: Option<f64>,
}

impl Allowance {
    /// This long from now on.
    pub fn of(limit: f64) -> Self {
        Self { limit, used: 0.0, counted: None }
    }

    /// Seconds used of it by a run that stands so at `now`.
    pub fn used(&self, state: &State, now: f64) -> f64 {
        let until = state.ended().unwrap_or(now);
        let began = state.started().filter(|began| self.counted.is_none_or(|counted| *began > counted));
        self.used + began.map_or(0.0, |began| (until - began).max(0.0))
    }

    /// Seconds left of it, never less than none.
    pub fn left(&self, state: &State, now: f64) -> f64 {
        (self.limit - self.used(state, now)).max(0.0)
    }

    /// The same once the worker of this state, which is gone since `ended`, is counted.
    pub fn counting(&self, state: &State, ended: f64) -> Self {
        let used = self.used(state, ended);
        Self { used, counted: state.started().or(self.counted), ..*self }
    }

    /// Why a run is stopped that has used it up.
    pub fn reached(&self) -> String {
        format!("time limit of {} reached", span::describe(self.limit))
    }
}

impl RunFolder {
    /// Its time limit, if it has one. A file that cannot be read limits nothing.
    pub fn allowance(&self) -> Option<Allowance> {
        let text = fs::read(self.path().join("time.json")).ok()?;
        serde_json::from_slice(&text).ok().filter(|allowance: &Allowance| allowance.limit > 0.0)
    }

    /// Writes its time limit, or that it has none; on disk when this returns. For the daemon alone.
    pub fn set_allowance(&self, allowance: Option<&Allowance>) -> io::Result<()> {
        let path = self.path().join("time.json");
        match allowance {
            Some(allowance) => durable::replace(&path, &json_line(allowance)),
            None => match fs::remove_file(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                removed => removed.and_then(|()| durable::sync_folder(self.path())),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::ProcessId;

    #[test]
    fn only_work_counts_and_each_worker_once() {
        let worker = ProcessId::me().unwrap();
        let running = |since| State::Running { since, worker: worker.clone() };
        let mut time = Allowance::of(100.0);
        assert_eq!(time.left(&State::Queued { since: 1000.0 }, 5000.0), 100.0, "waiting is free");
        assert_eq!(time.left(&running(1000.0), 1030.0), 70.0);
        assert_eq!(time.left(&running(1000.0), 990.0), 100.0, "a clock that was set back gives nothing");
        let stopped = State::Stopped { started: Some(1000.0), ended: 1040.0, reason: None };
        assert_eq!(time.left(&stopped, 9000.0), 60.0);
        time = time.counting(&running(1000.0), 1040.0);
        assert_eq!((time.used, time.counted), (40.0, Some(1000.0)));
        // The state that was to follow was not written yet.
        assert_eq!(time.left(&running(1000.0), 1090.0), 60.0);
        assert_eq!(time.counting(&running(1000.0), 1040.0), time);
        assert_eq!(time.left(&running(2000.0), 2070.0), 0.0);
        assert_eq!(time.reached(), "time limit of 1m 40s reached");
    }
}
