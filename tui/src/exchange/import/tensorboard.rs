//! A folder of TensorBoard's event files. As TensorBoard does, a session that starts, and a tag whose steps go back, give
//! up what was there from that step on.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dissect_runs::records::Kind;
use dissect_runs::spec::{Program, Source};
use dissect_runs::tensorboard::{Event, FrameError, Frames, SESSION_START, Value, WRITER};
use prost::Message as _;

use super::records::{Name, Point, records};
use super::scalar::{scalar, shortest};
use super::training::Training;

/// What the tags of a folder are, as its files are read.
struct Reading {
    training: Training,
    columns: BTreeMap<Name, Vec<Point>>,
    /// The plugin of each tag in the new form, which only its first value names.
    plugins: BTreeMap<String, String>,
    /// Whether the file at hand is one of ours, whose tags begin with the kind of record.
    ours: bool,
}

/// Reads the files in this order.
pub(super) fn read(folder: &Path, files: &[PathBuf], name: &str) -> Training {
    let source = Source { program: Program::Tensorboard, path: folder.to_string_lossy().into_owned() };
    let mut reading = Reading {
        training: Training::of(source, name.to_owned()),
        columns: BTreeMap::new(),
        plugins: BTreeMap::new(),
        ours: false,
    };
    for file in files {
        match reading.file(file) {
            Ok(()) => {}
            Err(torn @ FrameError::Torn { .. }) => reading.training.unfinished.push(torn.to_string()),
            Err(error) => reading.training.problems.push(error.to_string()),
        }
    }
    let Reading { mut training, columns, .. } = reading;
    training.records = records(&columns);
    training
}

impl Reading {
    fn file(&mut self, path: &Path) -> Result<(), FrameError> {
        self.ours = false;
        let mut frames = Frames::open(path)?;
        loop {
            let byte = frames.byte();
            let Some(bytes) = frames.read()? else { return Ok(()) };
            match Event::decode(bytes.as_slice()) {
                Ok(event) => self.event(event),
                Err(error) => {
                    let problem =
                        format!("{}: the record at byte {byte} is no event: {error}", path.display());
                    self.training.problems.push(problem);
                    return Ok(());
                }
            }
        }
    }

    fn event(&mut self, event: Event) {
        self.ours |= event.source_metadata.is_some_and(|source| source.writer == WRITER);
        // A step before the first is of no run here.
        let step = u64::try_from(event.step);
        if let (Some(log), Ok(step)) = (&event.session_log, step)
            && log.status == SESSION_START
        {
            self.columns.values_mut().for_each(|points| give_up(points, step));
        }
        if event.graph_def.is_some() {
            self.training.leave("graphs");
        }
        for value in event.summary.into_iter().flat_map(|summary| summary.value) {
            match (self.number(&value), step) {
                (Ok(number), Ok(step)) => {
                    self.training.heard(event.wall_time);
                    let points = self.columns.entry(self.name(value.tag)).or_default();
                    give_up(points, step);
                    points.push(Point { step, time: event.wall_time, value: number });
                }
                (Ok(_), Err(_)) => self.training.leave("scalars at negative steps"),
                (Err(what), _) => self.training.leave(&what),
            }
        }
    }

    /// The number of a value, or what it is instead.
    fn number(&mut self, value: &Value) -> Result<f64, String> {
        if let Some(plugin) = value.metadata.as_ref().and_then(|metadata| metadata.plugin_data.as_ref()) {
            self.plugins.entry(value.tag.clone()).or_insert_with(|| plugin.plugin_name.clone());
        }
        if let Some(number) = value.simple_value {
            return Ok(shortest(number));
        }
        let Some(tensor) = &value.tensor else {
            let what = match value {
                Value { image: Some(_), .. } => "images",
                Value { histo: Some(_), .. } => "histograms",
                Value { audio: Some(_), .. } => "audio",
                _ => "values of an unknown kind",
            };
            return Err(what.to_owned());
        };
        match self.plugins.get(&value.tag).map(String::as_str) {
            Some("scalars") => scalar(tensor).ok_or_else(|| "scalars that are no numbers".to_owned()),
            Some("") | None => Err("tensors".to_owned()),
            Some(plugin) => Err(plugin.to_owned()),
        }
    }

    fn name(&self, tag: String) -> Name {
        let ours = |prefix| tag.strip_prefix(prefix).filter(|_| self.ours).map(str::to_owned);
        if let Some(name) = ours("epoch/") {
            return (Kind::Epoch, name);
        }
        (Kind::Step, ours("step/").unwrap_or(tag))
    }
}

/// Forgets what was at `step` or later.
fn give_up(points: &mut Vec<Point>, step: u64) {
    while points.pop_if(|point| point.step >= step).is_some() {}
}
