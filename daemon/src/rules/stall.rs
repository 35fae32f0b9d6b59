//! No step for a long time: a device that hangs, data that does not come.

use dissect_runs::finding::Rule;
use dissect_runs::records::Record;

use super::panel::Watch;

/// No record for this many seconds, counted from the last one or from the worker's begin.
#[derive(Debug)]
pub(super) struct Stall {
    patience: f64,
    last: f64,
}

impl Stall {
    pub(super) fn new(patience: f64, began: f64) -> Self {
        Self { patience, last: began }
    }
}

impl Watch for Stall {
    fn rule(&self) -> Rule {
        Rule::Stall
    }

    fn take(&mut self, record: &Record) {
        self.last = self.last.max(record.time);
    }

    fn verdict(&self, now: f64) -> Option<String> {
        (now - self.last > self.patience).then(|| format!("no step for more than {} s", self.patience))
    }
}
