//! Measurements of several runs as the rows of one table: a row a record, a column a metric. What a resumed run had
//! given up is not among them.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use dissect_runs::folder::RunFolder;
use dissect_runs::records::Kind;
use dissect_runs::series::Series;
use dissect_runs::tail::Metrics;

/// The columns before those of the metrics.
pub(super) const FIXED: [&str; 6] = ["run", "kind", "f1", "epoch", "step", "time"];

/// What several runs measured.
#[derive(Debug, Default)]
pub struct Table {
    /// The runs' ids.
    pub runs: Vec<String>,
    /// The columns of metrics by name, sorted.
    pub metrics: Vec<String>,
    /// The rows: run by run, in the order of the steps.
    pub rows: Vec<Row>,
}

/// A record.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its run's place among the runs.
    pub run: usize,
    /// Which kind.
    pub kind: Kind,
    /// In a dissection, the model that ascends.
    pub f1: Option<String>,
    /// The epoch (from 1), where the record says it.
    pub epoch: Option<u32>,
    /// Steps done.
    pub step: u64,
    /// Seconds since 1970.
    pub time: f64,
    /// The numbers by their column, in its order; NaN is one that was not finite, an absent one was not measured.
    pub values: Vec<(usize, f64)>,
}

/// What makes points of several columns one record: f1, step, kind, and the time's bits.
type Key<'s> = (Option<&'s str>, u64, Kind, u64);

impl Table {
    /// Reads the runs' metrics.
    pub fn read(runs: &[RunFolder]) -> io::Result<Self> {
        let series = runs.iter().map(read).collect::<io::Result<Vec<_>>>()?;
        let fields = series.iter().flat_map(Series::columns).map(|(column, _)| column.field.as_str());
        let fields: BTreeSet<&str> = fields.collect();
        let places: BTreeMap<&str, usize> = fields.iter().copied().zip(0..).collect();
        let mut table = Self {
            runs: runs.iter().map(|run| run.id().to_string()).collect(),
            metrics: fields.iter().map(|field| column_name(field)).collect(),
            rows: Vec::new(),
        };
        for (run, series) in series.iter().enumerate() {
            table.rows.extend(rows(run, series, &places));
        }
        Ok(table)
    }

    /// The names of all columns, in order.
    pub fn head(&self) -> impl Iterator<Item = &str> {
        FIXED.into_iter().chain(self.metrics.iter().map(String::as_str))
    }
}

/// What a run measured, without the branches that were given up.
fn read(run: &RunFolder) -> io::Result<Series> {
    let mut series = Series::new();
    let mut metrics = Metrics::new(run.metrics_path());
    loop {
        let batch = metrics.read()?;
        if batch.restarted {
            series = Series::new();
        }
        batch.items.iter().for_each(|record| series.push(record));
        if !batch.more {
            return Ok(series);
        }
    }
}

fn rows<'s>(
    run: usize,
    series: &'s Series,
    places: &BTreeMap<&str, usize>,
) -> impl Iterator<Item = Row> + use<'s> {
    let mut rows: BTreeMap<Key<'s>, Row> = BTreeMap::new();
    for (column, points) in series.columns() {
        let place = places[column.field.as_str()];
        for point in points.iter() {
            let (step, epoch, time) = (point.step, point.epoch, point.time);
            let (kind, f1) = (column.kind, column.f1.as_deref());
            let row = rows.entry((f1, step, kind, time.to_bits())).or_insert_with(|| Row {
                run,
                kind,
                f1: f1.map(str::to_owned),
                epoch,
                step,
                time,
                values: Vec::new(),
            });
            row.values.push((place, point.value));
        }
    }
    rows.into_values().map(|mut row| {
        row.values.sort_by_key(|(place, _)| *place);
        row
    })
}

/// A metric's column; never one that is there already.
fn column_name(field: &str) -> String {
    if FIXED.contains(&field) { format!("metric.{field}") } else { field.to_owned() }
}

/// The word for a kind.
pub(super) fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Step => "step",
        Kind::Epoch => "epoch",
    }
}
