//! Runs that other programs did, as run folders. Knows what such a run is made of, and nothing of foreign formats.

use std::fs;

use crate::folder::{RunFolder, json_line};
use crate::home::{Home, HomeError};
use crate::place::Place;
use crate::records::{Event, Record};
use crate::spec::{ImportedSpec, Source, Spec};
use crate::state::State;

/// A run that another program did.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// Where it comes from and what it was asked.
    pub spec: ImportedSpec,
    /// How it ended; its begin is in the id.
    pub state: State,
    /// What it measured, in the order of the steps.
    pub records: Vec<Record>,
    /// What happened.
    pub events: Vec<Event>,
    /// The group it belongs to.
    pub group: Option<String>,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The run is new.
    New,
    /// It was there, and has more or other measurements now.
    Updated,
    /// It was there just so.
    Unchanged,
}

impl Imported {
    /// Makes the run's folder, or brings the one of the same source up to date.
    pub fn write(&self, home: &Home) -> Result<(RunFolder, Written), HomeError> {
        let place = Place { group: self.group.clone(), ..Place::default() };
        let mut files = vec![
            ("metrics.jsonl", self.records.iter().flat_map(json_line).collect()),
            ("events.jsonl", self.events.iter().flat_map(json_line).collect()),
        ];
        if !place.is_default() {
            files.push(("queue.json", json_line(&place)));
        }
        let spec = |name: &str| {
            let spec = ImportedSpec { name: name.to_owned(), ..self.spec.clone() };
            ("spec.toml", Spec::Imported(spec).to_toml().into_bytes())
        };
        let state = ("state.json", json_line(&self.state));
        let Some(run) = find(home, &self.spec.source)? else {
            files.extend([spec(&self.spec.name), state]);
            let began = self.state.started().unwrap_or(self.state.since());
            return Ok((home.create_folder(&self.spec.name, began, &files)?, Written::New));
        };
        // Its name is part of the id, and stays.
        files.extend([spec(run.id().name()), state]);
        files.retain(|(file, bytes)| fs::read(run.path().join(file)).ok().as_ref() != Some(bytes));
        if files.is_empty() {
            return Ok((run, Written::Unchanged));
        }
        run.replace_files(&files)?;
        Ok((run, Written::Updated))
    }
}

/// The run that was imported from this source.
fn find(home: &Home, source: &Source) -> Result<Option<RunFolder>, HomeError> {
    let same = |run: &RunFolder| matches!(run.spec(), Ok(Spec::Imported(spec)) if spec.source == *source);
    Ok(home.list()?.into_iter().find(same))
}
