//! A training as it was read, whoever logged it.

use std::collections::BTreeMap;

use dissect_runs::clock;
use dissect_runs::imported::Imported;
use dissect_runs::records::{Event, Happening, Record};
use dissect_runs::spec::{ImportedSpec, Source, name_from};
use dissect_runs::state::State;

use super::find::Log;
use super::{tensorboard, wandb};

/// A training that another program logged.
#[derive(Debug, Clone, PartialEq)]
pub struct Training {
    /// What it was called; any text.
    pub name: String,
    /// Where it was found.
    pub source: Source,
    /// What it was asked.
    pub config: BTreeMap<String, String>,
    /// The group it belonged to; any text.
    pub group: Option<String>,
    /// Its measurements, in the order of their steps.
    pub records: Vec<Record>,
    /// When it began and when it was last heard of, in seconds since 1970; none where nothing says so.
    pub span: Option<(f64, f64)>,
    /// Why it failed, where its log says that it did.
    pub failed: Option<String>,
    /// What was found and not imported, by what it is, with how many.
    pub left: BTreeMap<String, u64>,
    /// Files that end within a record: still being written, or cut off.
    pub unfinished: Vec<String>,
    /// What could not be read, with file and byte.
    pub problems: Vec<String>,
}

impl Training {
    /// A training of which nothing is known but its source.
    pub(super) fn of(source: Source, name: String) -> Self {
        Self {
            name,
            source,
            config: BTreeMap::new(),
            group: None,
            records: Vec::new(),
            span: None,
            failed: None,
            left: BTreeMap::new(),
            unfinished: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// One more thing that is not imported.
    pub(super) fn leave(&mut self, what: &str) {
        *self.left.entry(what.to_owned()).or_default() += 1;
    }

    /// Takes a moment into the span.
    pub(super) fn heard(&mut self, time: f64) {
        if !time.is_finite() || time <= 0.0 {
            return;
        }
        let (began, last) = self.span.unwrap_or((time, time));
        self.span = Some((began.min(time), last.max(time)));
    }

    /// The run it becomes.
    pub fn into_run(self) -> Imported {
        let (started, ended) = self.span.unwrap_or_else(|| (clock::now(), clock::now()));
        let state = match &self.failed {
            None => State::Finished { started, ended },
            Some(reason) => State::Failed { started: Some(started), ended, reason: reason.clone() },
        };
        let status = state.status();
        let mut events = vec![Event { what: Happening::Started, time: started }];
        let warn = |message| Event { what: Happening::Warning { message }, time: ended };
        events.extend(self.unfinished.into_iter().chain(self.problems).map(warn));
        events.push(Event { what: Happening::Ended { status, reason: self.failed }, time: ended });
        Imported {
            spec: ImportedSpec { name: name(&self.name), source: self.source, config: self.config },
            state,
            records: self.records,
            events,
            group: self.group.filter(|group| !group.is_empty()).map(|group| name(&group)),
        }
    }
}

/// A name that a run can have.
fn name(text: &str) -> String {
    let name = name_from(text.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()));
    if name.is_empty() { "imported".to_owned() } else { name }
}

/// Reads one log as far as it can be read.
pub fn read(log: &Log) -> Training {
    match log {
        Log::EventFiles { folder, files, name } => tensorboard::read(folder, files, name),
        Log::Wandb(path) => wandb::read(path),
    }
}
