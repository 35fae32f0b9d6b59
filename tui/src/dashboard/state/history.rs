//! What a run measured, as curves over an x axis that the runs in view share.
//!
//! It knows the columns of a series, but no charts.

use dissect_runs::records::{Kind, Record};
use dissect_runs::series::{Column, Point, Points, Series};
use dissect_runs::spec::Spec;

/// What x is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum XAxis {
    /// The epoch, as a fraction within one.
    #[default]
    Epoch,
    /// Steps done.
    Step,
    /// Seconds since the first record.
    Time,
}

impl XAxis {
    /// The next one.
    pub fn next(self) -> Self {
        match self {
            Self::Epoch => Self::Step,
            Self::Step => Self::Time,
            Self::Time => Self::Epoch,
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Epoch => "epoch",
            Self::Step => "step",
            Self::Time => "time",
        }
    }
}

/// All numbers of a run.
#[derive(Debug, Clone, Default)]
pub struct History {
    series: Series,
    first_time: Option<f64>,
    /// The model that ascends, in a dissection.
    f1: Option<String>,
    last_time: Option<f64>,
}

impl History {
    /// Takes in the next record of the file.
    pub fn push(&mut self, record: &Record) {
        self.first_time = self.first_time.or(Some(record.time).filter(|time| time.is_finite()));
        self.last_time = Some(record.time);
        self.f1.clone_from(&record.f1);
        self.series.push(record);
    }

    /// The last value of a metric, of epoch records if they have it.
    pub fn last(&self, metric: &str) -> Option<f64> {
        [Kind::Epoch, Kind::Step].into_iter().find_map(|kind| Some(self.points(kind, metric)?.last()?.value))
    }

    /// The last record of a kind.
    pub fn last_record(&self, kind: Kind) -> Option<&Record> {
        self.series.last(kind)
    }

    /// When the last record was written, seconds since 1970.
    pub fn last_time(&self) -> Option<f64> {
        self.last_time
    }

    /// A metric's points, of the last f1 where there are several; never none.
    pub fn points(&self, kind: Kind, metric: &str) -> Option<Points<'_>> {
        let wanted = |(column, points): (&Column, _)| {
            (column.kind == kind && column.f1 == self.f1 && column.field == metric).then_some(points)
        };
        self.series.columns().find_map(wanted)
    }

    /// The names of all metrics of a kind, sorted.
    pub fn metrics(&self, kind: Kind) -> Vec<&str> {
        let mine = self.series.columns().map(|(column, _)| column).filter(|column| column.kind == kind);
        let mut names: Vec<&str> = mine.map(|column| column.field.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// How much is done, and how much there is to do: epochs, or steps of a dissection. Within an epoch as far as
    /// the length of the earlier ones tells.
    pub fn done(&self, spec: &Spec) -> (f64, f64) {
        let progress = self.series.progress(spec);
        let done = progress.done as f64;
        let within = match (progress.unit, self.pace(), self.series.last(Kind::Step)) {
            ("epoch", Some(pace), Some(step)) => (step.step as f64 / pace).clamp(done, done + 1.0),
            _ => done,
        };
        (within.min(progress.total as f64), progress.total as f64)
    }

    /// Steps of an epoch, once one is done.
    fn pace(&self) -> Option<f64> {
        let last = self.series.last(Kind::Epoch)?;
        let epochs = last.epoch.filter(|epoch| *epoch > 0)?;
        (last.step > 0).then(|| last.step as f64 / f64::from(epochs))
    }

    /// Where points lie on an x axis.
    fn x(&self, axis: XAxis) -> impl Fn(&Point) -> f64 {
        let pace = self.pace();
        let last = self.series.last(Kind::Step).map_or(1.0, |last| last.step.max(1) as f64);
        let first_time = self.first_time;
        move |point| {
            let step = point.step as f64;
            match axis {
                XAxis::Epoch => match (pace, point.epoch) {
                    (Some(pace), _) => step / pace,
                    (None, None) => step,
                    // No epoch is done yet, and nobody knows how long it will be: what there is fills it.
                    (None, Some(_)) => step / last,
                },
                XAxis::Step => step,
                XAxis::Time => point.time - first_time.unwrap_or(point.time),
            }
        }
    }

    /// A curve: x and y of every point of a metric.
    pub fn curve(&self, kind: Kind, metric: &str, axis: XAxis) -> Vec<(f64, f64)> {
        let points = self.points(kind, metric).unwrap_or_default();
        let x = self.x(axis);
        points.iter().map(|point| (x(&point), point.value)).collect()
    }

    /// What a sparkline shows: the loss by epoch, or by step while there are few epochs.
    pub fn loss(&self) -> Vec<f64> {
        let named = |kind, metric| self.points(kind, metric);
        let many = |points: &Points<'_>| points.len() > 3;
        let points = named(Kind::Epoch, "train_loss")
            .filter(many)
            .or_else(|| named(Kind::Step, "loss"))
            .or_else(|| named(Kind::Epoch, "train_loss"))
            .or_else(|| named(Kind::Epoch, "g_loss").filter(many))
            .or_else(|| named(Kind::Step, "g_loss"))
            .or_else(|| {
                let distances = self.metrics(Kind::Step).into_iter().find(|name| name.starts_with("dist."));
                distances.and_then(|name| named(Kind::Step, name))
            });
        points.unwrap_or_default().values().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(epoch: u32, loss: f64) -> Record {
        Record::epoch(epoch, u64::from(epoch) * 10).with("train_loss", loss)
    }

    #[test]
    fn a_resumed_branch_replaces_the_dead_one() {
        let mut history = History::default();
        for record in [epoch(1, 1.0), epoch(2, 0.9), epoch(3, 0.8), epoch(3, 0.5), epoch(4, 0.4)] {
            history.push(&record);
        }
        let curve = history.curve(Kind::Epoch, "train_loss", XAxis::Epoch);
        assert_eq!(curve, [(1.0, 1.0), (2.0, 0.9), (3.0, 0.5), (4.0, 0.4)]);
    }

    #[test]
    fn steps_become_fractions_of_an_epoch() {
        let mut history = History::default();
        for step in [5, 10] {
            history.push(&Record::step(step).in_epoch(1).with("loss", 1.0));
        }
        history.push(&epoch(1, 1.0));
        history.push(&Record::step(15).in_epoch(2).with("loss", f64::NAN));
        let xs: Vec<f64> = history.curve(Kind::Step, "loss", XAxis::Epoch).iter().map(|p| p.0).collect();
        assert_eq!(xs, [0.5, 1.0, 1.5]);
        assert!(history.last("loss").is_some_and(f64::is_nan));
        assert_eq!(history.curve(Kind::Step, "loss", XAxis::Step)[2].0, 15.0);
    }

    #[test]
    fn each_f1_has_its_own_ascent() {
        let mut history = History::default();
        for f1 in ["a", "b"] {
            for step in [0, 100] {
                history
                    .push(&Record::step(step).of_f1(f1).with("activation", step as f64).with_dist("c", 1.0));
            }
        }
        assert_eq!(history.points(Kind::Step, "activation").unwrap().len(), 2);
        assert_eq!(history.metrics(Kind::Step), ["activation", "dist.c"]);
    }
}
