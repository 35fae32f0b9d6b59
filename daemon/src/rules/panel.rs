//! All rules together, over one run's records.

use std::collections::BTreeMap;

use dissect_runs::finding::Rule;
use dissect_runs::records::{Kind, Record};

use super::divergence::Divergence;
use super::non_finite::NonFinite;
use super::plateau::Plateau;
use super::stall::Stall;
use super::throughput::Throughput;
use crate::config::Thresholds;

/// One rule: a fold over a run's records, and what follows from it.
pub(super) trait Watch: Send {
    /// Which rule it is.
    fn rule(&self) -> Rule;
    /// Takes the next record.
    fn take(&mut self, record: &Record);
    /// What it has found, asked at `now` (seconds since 1970); none where all is well.
    fn verdict(&self, now: f64) -> Option<String>;
}

/// What a rule says of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    /// The rule.
    pub(crate) rule: Rule,
    /// What it has found; none where all is well.
    pub(crate) reason: Option<String>,
}

/// Every rule that is not turned off.
pub(crate) struct Panel {
    thresholds: Thresholds,
    began: f64,
    rules: Vec<Box<dyn Watch>>,
    latest: BTreeMap<(Kind, Option<String>), u64>,
}

impl Panel {
    /// Over a run whose worker began at `began`, in seconds since 1970.
    pub(crate) fn new(thresholds: Thresholds, began: f64) -> Self {
        Self { rules: rules(&thresholds, began), thresholds, began, latest: BTreeMap::new() }
    }

    /// Takes the next record. One whose step was there before begins the branch of a resumed run:
    /// what was found in the branch that it replaces is forgotten.
    pub(crate) fn take(&mut self, record: &Record) {
        let before = self.latest.insert((record.kind, record.f1.clone()), record.step);
        if before.is_some_and(|before| before >= record.step) {
            self.forget();
            self.latest.insert((record.kind, record.f1.clone()), record.step);
        }
        for rule in &mut self.rules {
            rule.take(record);
        }
    }

    /// Begins anew.
    pub(crate) fn forget(&mut self) {
        self.rules = rules(&self.thresholds, self.began);
        self.latest.clear();
    }

    /// What each rule says at `now`; of one that is turned off, that all is well.
    pub(crate) fn verdicts(&self, now: f64) -> Vec<Verdict> {
        let all = [Rule::NonFinite, Rule::Divergence, Rule::Plateau, Rule::Stall, Rule::Throughput];
        let find = |rule| self.rules.iter().find(|watch| watch.rule() == rule);
        let reason = |rule| find(rule).and_then(|watch| watch.verdict(now));
        all.into_iter().map(|rule| Verdict { rule, reason: reason(rule) }).collect()
    }
}

fn rules(thresholds: &Thresholds, began: f64) -> Vec<Box<dyn Watch>> {
    let mut rules: Vec<Box<dyn Watch>> = Vec::new();
    if thresholds.non_finite > 0 {
        rules.push(Box::new(NonFinite::default()));
    }
    if thresholds.divergence > 0.0 {
        rules.push(Box::new(Divergence::new(thresholds.divergence)));
    }
    if thresholds.plateau_epochs > 0 {
        rules.push(Box::new(Plateau::new(thresholds.plateau_epochs)));
    }
    if thresholds.stall_s > 0.0 {
        rules.push(Box::new(Stall::new(thresholds.stall_s, began)));
    }
    if thresholds.throughput > 0.0 {
        rules.push(Box::new(Throughput::new(thresholds.throughput)));
    }
    rules
}
