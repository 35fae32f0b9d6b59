//! Follows one run folder: its spec and state, its records and events, and the pictures it holds.

use std::fs;
use std::path::{Path, PathBuf};

use dissect_runs::allowance::Allowance;
use dissect_runs::folder::RunFolder;
use dissect_runs::spec::{Kind, Spec};
use dissect_runs::state::State as RunState;
use dissect_runs::tail;

use super::spawn::{Events, Left};
use crate::dashboard::state::{Event, Lines, Picture, Report, RunSeen};

/// One run folder, and how far it has been read.
pub(super) struct RunFeed {
    folder: RunFolder,
    id: String,
    metrics: tail::Metrics,
    events: tail::Events,
    kind: Option<Kind>,
    seen: Option<(Result<RunState, String>, Option<Allowance>)>,
    report: Option<String>,
    pictures: Vec<Picture>,
}

impl RunFeed {
    pub(super) fn new(folder: RunFolder) -> Self {
        Self {
            id: folder.id().as_str().to_owned(),
            metrics: tail::Metrics::new(folder.metrics_path()),
            events: tail::Events::new(folder.events_path()),
            kind: None,
            seen: None,
            report: None,
            pictures: Vec::new(),
            folder,
        }
    }

    /// Whether a worker may be at it.
    pub(super) fn is_live(&self) -> bool {
        self.seen.as_ref().is_some_and(|(state, _)| state.as_ref().is_ok_and(|state| !state.is_ended()))
    }

    /// Tells of the state and the time limit, if they are others than before. A spec never changes, and is told with the first.
    pub(super) fn look_at_state(&mut self, to: &Events) -> Result<(), Left> {
        let state = self.folder.status_now().map_err(|error| error.to_string());
        let seen = (state, self.folder.allowance());
        if self.seen.as_ref() == Some(&seen) {
            return Ok(());
        }
        let (state, allowance) = seen.clone();
        self.seen = Some(seen);
        let spec = self.folder.spec().map_err(|error| error.to_string());
        self.kind = spec.as_ref().ok().map(Spec::kind);
        to.send(Event::Run(RunSeen { id: self.id.clone(), spec, state, allowance }))
    }

    /// Tells of new records and events; whether there were any.
    pub(super) fn look_at_lines(&mut self, to: &Events) -> Result<bool, Left> {
        let id = || self.id.clone();
        let mut any = false;
        // A file that cannot be read is tried again at the next look.
        while let Ok(batch) = self.metrics.read() {
            any |= !batch.items.is_empty();
            if batch.restarted {
                to.send(Event::Restarted { id: id(), lines: Lines::Metrics })?;
            }
            if !batch.items.is_empty() {
                to.send(Event::Records { id: id(), records: batch.items })?;
            }
            if !batch.more {
                break;
            }
        }
        while let Ok(batch) = self.events.read() {
            any |= !batch.items.is_empty();
            if batch.restarted {
                to.send(Event::Restarted { id: id(), lines: Lines::Events })?;
            }
            if !batch.items.is_empty() {
                to.send(Event::Events { id: id(), events: batch.items })?;
            }
            if !batch.more {
                break;
            }
        }
        Ok(any)
    }

    /// Tells of a dissection's report and of pictures, where there are new ones.
    pub(super) fn look_at_results(&mut self, to: &Events) -> Result<(), Left> {
        let pictures = match self.kind {
            Some(Kind::Dissect) => figures(&self.folder.results()),
            Some(Kind::Gan) => samples(&self.folder.results()),
            _ => return Ok(()),
        };
        if pictures != self.pictures {
            self.pictures.clone_from(&pictures);
            to.send(Event::Pictures { id: self.id.clone(), files: pictures })?;
        }
        if self.kind == Some(Kind::Dissect) {
            let text = fs::read_to_string(self.folder.results().join("report.json")).ok();
            if text.is_some() && text != self.report {
                let report = text.as_deref().map(Report::parse).unwrap_or_else(|| Err("gone".to_owned()));
                self.report = text;
                to.send(Event::Report { id: self.id.clone(), report })?;
            }
        }
        Ok(())
    }
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|found| found == ending));
    files.sort_unstable();
    files
}

fn figures(results: &Path) -> Vec<Picture> {
    files(results, "png").into_iter().map(|path| Picture { epoch: None, path }).collect()
}

/// A GAN's sample grids: PNG files whose names end in the epoch.
fn samples(results: &Path) -> Vec<Picture> {
    let epoch = |path: &Path| {
        let stem = path.file_stem()?.to_str()?;
        stem.get(stem.rfind(|c: char| !c.is_ascii_digit()).map_or(0, |at| at + 1)..)?.parse().ok()
    };
    let mut pictures: Vec<Picture> =
        files(results, "png").into_iter().map(|path| Picture { epoch: epoch(&path), path }).collect();
    pictures.sort_by_key(|picture| picture.epoch);
    pictures
}
