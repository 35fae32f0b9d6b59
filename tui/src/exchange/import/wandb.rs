//! W&B's file of an offline run.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use dissect_runs::records::{Kind, Record};
use dissect_runs::spec::{Program, Source};
use prost::Message as _;
use serde_json::Value;

use super::blocks::{BlockError, Blocks};
use super::records::field;
use super::training::Training;
use super::wandb_proto::{self as proto, ConfigRecord, HistoryRecord, Item, RunRecord};

/// Reads the file as far as it can be read.
pub(super) fn read(path: &Path) -> Training {
    let source = Source { program: Program::Wandb, path: path.to_string_lossy().into_owned() };
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut training = Training::of(source, name);
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            training.problems.push(format!("cannot read {}: {error}", path.display()));
            return training;
        }
    };
    let place = |error: BlockError| format!("{}: {error}", path.display());
    match records(&bytes, &mut training, path) {
        Ok(()) => {}
        Err(error @ BlockError::Torn { .. }) => training.unfinished.push(place(error)),
        Err(error) => training.problems.push(place(error)),
    }
    training
}

fn records(bytes: &[u8], training: &mut Training, path: &Path) -> Result<(), BlockError> {
    let mut blocks = Blocks::of(bytes)?;
    while let Some((byte, bytes)) = blocks.read()? {
        match proto::Record::decode(bytes.as_slice()) {
            Ok(record) => take(record, training),
            Err(error) => {
                let problem =
                    format!("{}: the record at byte {byte} is none of W&B's: {error}", path.display());
                training.problems.push(problem);
                return Ok(());
            }
        }
    }
    Ok(())
}

fn take(record: proto::Record, training: &mut Training) {
    if let Some(run) = record.run {
        begin(run, training);
    }
    if let Some(config) = record.config {
        configure(config, &mut training.config);
    }
    if let Some(history) = record.history {
        measure(history, training);
    }
    if record.stats.is_some() {
        training.leave("records of the machine");
    }
    if let Some(exit) = record.exit {
        if let Some((began, _)) = training.span {
            training.heard(began + f64::from(exit.runtime.max(0)));
        }
        if exit.exit_code != 0 {
            training.failed = Some(format!("exit code {}, says W&B", exit.exit_code));
        }
    }
}

fn begin(run: RunRecord, training: &mut Training) {
    let name = [run.display_name, run.run_id].into_iter().find(|name| !name.is_empty());
    training.name = name.unwrap_or_else(|| training.name.clone());
    training.group = [run.run_group, run.project].into_iter().find(|group| !group.is_empty());
    if let Some(start) = run.start_time {
        training.heard(start.seconds as f64 + f64::from(start.nanos) / 1e9);
    }
    if let Some(config) = run.config {
        configure(config, &mut training.config);
    }
}

fn configure(record: ConfigRecord, config: &mut BTreeMap<String, String>) {
    for item in record.update {
        let name = item.name();
        // W&B's own notes about itself.
        if name == "_wandb" || name.starts_with("_wandb.") {
            continue;
        }
        match serde_json::from_str(&item.value_json) {
            Ok(value) => flatten(&name, value, &mut |name, value| {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                config.insert(name, text);
            }),
            Err(_) => {
                config.insert(name, item.value_json);
            }
        }
    }
    for item in record.remove {
        config.remove(&item.name());
    }
}

/// Every value of a JSON value that is no object, by its name.
fn flatten(name: &str, value: Value, take: &mut impl FnMut(String, Value)) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            map.into_iter().for_each(|(key, value)| flatten(&format!("{name}.{key}"), value, take));
        }
        value => take(name.to_owned(), value),
    }
}

/// A step's numbers make a record.
fn measure(history: HistoryRecord, training: &mut Training) {
    let mut values = BTreeMap::new();
    let (mut step, mut time) = (history.step.map(|step| step.num), None);
    for item in history.item {
        let name = item.name();
        let number = number(&item);
        match (name.as_str(), number) {
            ("_step", Some(number)) => step = step.or(Some(number as i64)),
            ("_timestamp", Some(number)) => time = Some(number),
            // What W&B measures of itself.
            (name, _) if name.starts_with('_') => {}
            (name, Some(number)) => {
                values.insert(field(name), number);
            }
            (_, None) => training.leave(what(&item.value_json)),
        }
    }
    let Some(step) = step.and_then(|step| u64::try_from(step).ok()) else {
        return training.leave("records without a step");
    };
    let time = time.or(training.span.map(|(_, last)| last)).unwrap_or(0.0);
    training.heard(time);
    if values.is_empty() {
        return;
    }
    // Logged again, as after a resume: what was there from this step on was given up.
    while training.records.pop_if(|record| record.step >= step).is_some() {}
    let (kind, dist) = (Kind::Step, BTreeMap::new());
    training.records.push(Record { kind, time, epoch: None, step, f1: None, dist, values });
}

/// The number that an item is; Python's words for what is not finite are among its JSON.
fn number(item: &Item) -> Option<f64> {
    match item.value_json.as_str() {
        "NaN" | "Infinity" | "-Infinity" => Some(f64::NAN),
        text => serde_json::from_str::<f64>(text).ok(),
    }
}

/// What an item is that is no number.
fn what(json: &str) -> &'static str {
    match serde_json::from_str(json) {
        Ok(Value::String(_)) => "texts",
        Ok(Value::Bool(_)) => "yes or no values",
        Ok(Value::Object(map)) if map.get("_type").is_some_and(|kind| kind == "histogram") => "histograms",
        Ok(Value::Object(map)) if map.contains_key("_type") => "media",
        Ok(Value::Array(_)) => "lists",
        _ => "values of another kind",
    }
}
