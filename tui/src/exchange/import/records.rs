//! From scalars, each with a step and a time of its own, to records that hold those of one step.

use std::collections::BTreeMap;

use dissect_runs::records::{Kind, Record};

/// Names that a record has a field of its own for.
const TAKEN: [&str; 6] = ["kind", "time", "epoch", "step", "f1", "dist"];
/// Scalars of one step that were written within so many seconds make one record, with the time of the first.
const TOGETHER_S: f64 = 1.0;

/// One number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point {
    pub(super) step: u64,
    pub(super) time: f64,
    pub(super) value: f64,
}

/// What a column of scalars is: the kind of its records, and its name.
pub(super) type Name = (Kind, String);

/// The records of these columns, in the order of steps and then times. A column has a step once.
pub(super) fn records(columns: &BTreeMap<Name, Vec<Point>>) -> Vec<Record> {
    let named = columns
        .iter()
        .flat_map(|((kind, name), points)| points.iter().map(move |point| (*kind, name, point)));
    let mut points: Vec<_> = named.collect();
    points.sort_by(|(a_kind, _, a), (b_kind, _, b)| {
        a.step.cmp(&b.step).then(a_kind.cmp(b_kind)).then(a.time.total_cmp(&b.time))
    });
    let mut records: Vec<Record> = Vec::new();
    for (kind, name, point) in points {
        let fits = |record: &&mut Record| {
            record.kind == kind && record.step == point.step && point.time - record.time <= TOGETHER_S
        };
        match records.last_mut().filter(fits) {
            Some(record) => {
                record.values.insert(field(name), point.value);
            }
            None => records.push(Record {
                kind,
                time: point.time,
                epoch: None,
                step: point.step,
                f1: None,
                dist: BTreeMap::new(),
                values: BTreeMap::from([(field(name), point.value)]),
            }),
        }
    }
    records
}

/// A name that is not one of a record's own.
pub(super) fn field(name: &str) -> String {
    if TAKEN.contains(&name) { format!("{name}_") } else { name.to_owned() }
}
