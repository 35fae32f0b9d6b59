//! The numbers of a run as columns over its steps, ready to be drawn. A run that was resumed wrote
//! some steps twice: what it wrote first belongs to a branch that was given up, and goes.
//!
//! The columns of one kind share their steps, epochs and times: a run of a million records is held in 20 bytes a record
//! and 8 more a number.

use std::collections::BTreeMap;

use crate::records::{Kind, Record};
use crate::spec::Spec;

mod points;
mod rows;

pub use points::Points;
use rows::Rows;

/// What the field of a distance begins with.
const DIST: &str = "dist.";

/// Which column: the kind of record, in a dissection the model that ascends, and the field. The
/// distance to an f2 is the field `dist.F2`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Column {
    /// Kind of the records.
    pub kind: Kind,
    /// f1 of the records, in a dissection.
    pub f1: Option<String>,
    /// Name of the number.
    pub field: String,
}

/// One number of a column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Steps done.
    pub step: u64,
    /// The epoch (from 1), where the record says it.
    pub epoch: Option<u32>,
    /// Seconds since 1970.
    pub time: f64,
    /// The number; NaN where it was not finite.
    pub value: f64,
}

/// How much of a run is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Epochs, or steps of a dissection, that are done.
    pub done: u64,
    /// All there will be.
    pub total: u64,
    /// What is counted: `epoch` or `step`.
    pub unit: &'static str,
}

impl Progress {
    /// The share that is done, 0 to 1.
    pub fn fraction(&self) -> f64 {
        if self.total == 0 { 0.0 } else { (self.done as f64 / self.total as f64).min(1.0) }
    }

    /// Of a run of which only its last record of each kind is known.
    pub fn of_last(spec: &Spec, last_epoch: Option<&Record>, last_step: Option<&Record>) -> Self {
        let epochs = |total: u32| {
            let done = last_epoch.and_then(|record| record.epoch).unwrap_or(0).into();
            Self { done, total: total.into(), unit: "epoch" }
        };
        match spec {
            Spec::Train(spec) => epochs(spec.training.epochs),
            Spec::Gan(spec) => epochs(spec.training.epochs),
            // Nobody knows how far it was to go.
            Spec::Imported(_) => {
                let last = last_step.into_iter().chain(last_epoch).map(|record| record.step).max();
                Self { done: last.unwrap_or(0), total: last.unwrap_or(0), unit: "step" }
            }
            Spec::Dissect(spec) => {
                let steps = u64::from(spec.steps);
                let turns = if spec.all_pairs { spec.models.len() as u64 } else { 1 };
                let turn = |f1: &String| spec.models.iter().position(|model| model.label() == *f1);
                let done = last_step.map_or(0, |record| {
                    let turn = record.f1.as_ref().and_then(turn).unwrap_or(0) as u64;
                    turn.min(turns - 1) * steps + record.step
                });
                Self { done, total: turns * steps, unit: "step" }
            }
        }
    }
}

/// Whether both have a number of the same name, or one has none at all.
fn overlap(a: &Record, b: &Record) -> bool {
    let none = |record: &Record| record.values.is_empty() && record.dist.is_empty();
    none(a)
        || none(b)
        || a.values.keys().any(|name| b.values.contains_key(name))
        || a.dist.keys().any(|name| b.dist.contains_key(name))
}

/// The numbers of one run.
#[derive(Debug, Clone, Default)]
pub struct Series {
    rows: BTreeMap<(Kind, Option<String>), Rows>,
    columns: BTreeMap<Column, Values>,
    last: BTreeMap<Kind, Record>,
    latest_step: BTreeMap<Option<String>, u64>,
}

/// The numbers of a column.
#[derive(Debug, Clone, Default)]
struct Values {
    /// The rows that have one; none while every row has, from the first on.
    rows: Option<Vec<u32>>,
    numbers: Vec<f64>,
}

impl Values {
    /// Takes the number of a row that comes after all it has.
    fn push(&mut self, row: usize, number: f64) {
        let row_number = |row: usize| u32::try_from(row).unwrap_or(u32::MAX);
        match &mut self.rows {
            None if row == self.numbers.len() => {}
            None => {
                let mut rows: Vec<u32> = (0..self.numbers.len()).map(row_number).collect();
                rows.push(row_number(row));
                self.rows = Some(rows);
            }
            Some(rows) => rows.push(row_number(row)),
        }
        self.numbers.push(number);
    }

    /// Forgets the numbers of this row and all behind it.
    fn truncate(&mut self, row: usize) {
        let kept = match &mut self.rows {
            None => row,
            Some(rows) => {
                let kept = rows.partition_point(|has| (*has as usize) < row);
                rows.truncate(kept);
                kept
            }
        };
        self.numbers.truncate(kept);
    }
}

impl Series {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next record of the file.
    pub fn push(&mut self, record: &Record) {
        self.push_telling(record, &mut |_, _, _| {});
    }

    /// The same, and tells of every column that loses points to a branch that was given up: the column, and all its
    /// points with the number of those that stay.
    pub fn push_telling(&mut self, record: &Record, tell: &mut impl FnMut(&Column, Points<'_>, usize)) {
        let latest = self.latest_step.entry(record.f1.clone()).or_default();
        let again =
            self.last.get(&record.kind).filter(|last| last.f1 == record.f1 && last.step >= record.step);
        // Records of one step that have no number in common are one record that was written in parts.
        let part = again.filter(|last| last.step == record.step && !overlap(last, record)).cloned();
        let resumed = record.step < *latest || (again.is_some() && part.is_none());
        *latest = record.step;
        if resumed {
            self.give_up(record, tell);
        }
        let rows = self.rows.entry((record.kind, record.f1.clone())).or_default();
        let row = rows.len();
        rows.push(record.step, record.epoch, record.time);
        let named = record.dist.iter().map(|(f2, value)| (format!("{DIST}{f2}"), *value));
        let plain = record.values.iter().map(|(name, value)| (name.clone(), *value));
        for (field, value) in plain.chain(named) {
            let column = Column { kind: record.kind, f1: record.f1.clone(), field };
            self.columns.entry(column).or_default().push(row, value);
        }
        let mut last = record.clone();
        if let Some(part) = part {
            last.values.extend(part.values);
            last.dist.extend(part.dist);
        }
        self.last.insert(record.kind, last);
    }

    /// Forgets every record of the branch that `record` does not continue: those of its kind from
    /// its step on, and those of the other kind past it. At one and the same step a `step` and an
    /// `epoch` record both stand.
    fn give_up(&mut self, record: &Record, tell: &mut impl FnMut(&Column, Points<'_>, usize)) {
        for (column, points) in self.columns().filter(|(column, _)| column.f1 == record.f1) {
            let stays = |step: u64| step < record.step || step == record.step && column.kind != record.kind;
            let lost = points.iter().rev().take_while(|point| !stays(point.step)).count();
            if lost > 0 {
                tell(column, points, points.len() - lost);
            }
        }
        for ((kind, f1), rows) in &mut self.rows {
            if *f1 != record.f1 {
                continue;
            }
            let kept = if *kind == record.kind {
                rows.until(|step| step < record.step)
            } else {
                rows.until(|step| step <= record.step)
            };
            rows.truncate(kept);
            let columns = self.columns.iter_mut();
            for (_, values) in columns.filter(|(column, _)| column.kind == *kind && column.f1 == *f1) {
                values.truncate(kept);
            }
        }
        self.columns.retain(|_, values| !values.numbers.is_empty());
        self.last = [Kind::Step, Kind::Epoch]
            .into_iter()
            .filter_map(|kind| Some((kind, self.rebuild(kind)?)))
            .collect();
    }

    /// The last record of this kind, put together from the columns.
    fn rebuild(&self, kind: Kind) -> Option<Record> {
        let of_kind = || self.columns().filter(|(column, _)| column.kind == kind);
        let end = |(column, points): (&Column, Points<'_>)| Some((column.f1.clone(), points.last()?));
        let (f1, end) = of_kind().filter_map(end).max_by(|(_, a), (_, b)| a.time.total_cmp(&b.time))?;
        let Point { step, epoch, time, .. } = end;
        let mut record =
            Record { kind, time, epoch, step, f1, dist: BTreeMap::new(), values: BTreeMap::new() };
        for (column, points) in of_kind().filter(|(column, _)| column.f1 == record.f1) {
            let Some(point) = points.last().filter(|point| point.step == step) else { continue };
            match column.field.strip_prefix(DIST) {
                Some(f2) => record.dist.insert(f2.to_owned(), point.value),
                None => record.values.insert(column.field.clone(), point.value),
            };
        }
        Some(record)
    }

    /// Every column with its points, in the order of their steps; no column is empty.
    pub fn columns(&self) -> impl Iterator<Item = (&Column, Points<'_>)> {
        self.columns.iter().filter_map(|(column, values)| Some((column, self.points(column, values)?)))
    }

    /// The points of a training's column; none where there is no such column.
    pub fn column(&self, kind: Kind, field: &str) -> Points<'_> {
        let column = Column { kind, f1: None, field: field.to_owned() };
        self.columns.get(&column).and_then(|values| self.points(&column, values)).unwrap_or_default()
    }

    fn points<'a>(&'a self, column: &Column, values: &'a Values) -> Option<Points<'a>> {
        let rows = self.rows.get(&(column.kind, column.f1.clone()))?;
        Some(Points::new(rows, values.rows.as_deref(), &values.numbers))
    }

    /// The last record of this kind.
    pub fn last(&self, kind: Kind) -> Option<&Record> {
        self.last.get(&kind)
    }

    /// How much of what `spec` asks for is done.
    pub fn progress(&self, spec: &Spec) -> Progress {
        Progress::of_last(spec, self.last(Kind::Epoch), self.last(Kind::Step))
    }
}
