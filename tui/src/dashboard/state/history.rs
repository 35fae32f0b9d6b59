//! What a run measured, as curves over an x axis that the runs in view share.
//!
//! It knows the columns of a series, but no charts.

use dissect_runs::records::{Kind, Record};
use dissect_runs::series::{Column, Point, Points, Series};
use dissect_runs::spec::Spec;

use super::line::{Line, Ruler, XAxis};
use super::track::Track;

/// Points of a branch that was given up, of which more are thinned.
const BRANCH: usize = 4_000;

/// Branches that are kept.
const BRANCHES: usize = 64;

/// All numbers of a run.
#[derive(Debug, Clone, Default)]
pub struct History {
    series: Series,
    first_time: Option<f64>,
    /// The model that ascends, in a dissection.
    f1: Option<String>,
    last_time: Option<f64>,
    tracks: Vec<(Column, Track)>,
    /// What resumes gave up, with the last point that stayed before each, the oldest first.
    given_up: Vec<(Column, Vec<Point>)>,
}

impl History {
    /// Takes in the next records of the file.
    pub fn push(&mut self, records: &[Record]) {
        for record in records {
            self.first_time = self.first_time.or(Some(record.time).filter(|time| time.is_finite()));
            self.last_time = Some(record.time);
            self.f1.clone_from(&record.f1);
            let Self { series, tracks, given_up, .. } = self;
            series.push_telling(record, &mut |column, points, stay| {
                if let Some((_, track)) = tracks.iter_mut().find(|(of, _)| of == column) {
                    track.cut(stay);
                }
                let branch: Vec<Point> = points.iter().skip(stay.saturating_sub(1)).collect();
                given_up.push((column.clone(), thinned(branch)));
            });
        }
        let excess = self.given_up.len().saturating_sub(BRANCHES);
        self.given_up.drain(..excess);
        for (column, points) in self.series.columns() {
            match self.tracks.iter_mut().find(|(of, _)| of == column) {
                Some((_, track)) => track.grow(&points),
                None => {
                    let mut track = Track::default();
                    track.grow(&points);
                    self.tracks.push((column.clone(), track));
                }
            }
        }
    }

    /// Smooths a metric, so that its [`Line`] has smoothed values; `weight` 0 forgets them. What is smoothed so
    /// already stays.
    pub fn smooth(&mut self, kind: Kind, metric: &str, weight: f64) {
        let Self { series, tracks, f1, .. } = self;
        let mine = |column: &Column| column.kind == kind && column.f1 == *f1 && column.field == metric;
        let points = series.columns().find(|(column, _)| mine(column));
        let track = tracks.iter_mut().find(|(column, _)| mine(column));
        if let (Some((_, points)), Some((_, track))) = (points, track) {
            track.smooth(weight, &points);
        }
    }

    /// A metric along an x axis; nothing where it has no points.
    pub fn line(&self, kind: Kind, metric: &str, axis: XAxis) -> Option<Line<'_>> {
        let mine = |column: &Column| column.kind == kind && column.f1 == self.f1 && column.field == metric;
        let (_, points) = self.series.columns().find(|(column, _)| mine(column))?;
        let (_, track) = self.tracks.iter().find(|(column, _)| mine(column))?;
        Some(Line::new(points, track, self.ruler(axis)))
    }

    /// What resumes gave up of a metric: x and y of each branch, from the last point that stayed.
    pub fn given_up(&self, kind: Kind, metric: &str, axis: XAxis) -> impl Iterator<Item = Vec<(f64, f64)>> {
        let mine =
            move |column: &Column| column.kind == kind && column.f1 == self.f1 && column.field == metric;
        let ruler = self.ruler(axis);
        let branches = self.given_up.iter().filter(move |(column, _)| mine(column));
        branches.map(move |(_, points)| {
            points.iter().map(|point| (ruler.x(point, point.time), point.value)).collect()
        })
    }

    /// Where something that happened lies: at its step, its epoch, or else where the run was at that time.
    pub fn x_of(&self, axis: XAxis, time: f64, epoch: Option<u32>, step: Option<u64>) -> Option<f64> {
        let ruler = self.ruler(axis);
        let pace = self.pace();
        let step = step.or_else(|| Some((f64::from(epoch?) * pace?).round() as u64));
        match axis {
            XAxis::Time | XAxis::Clock => {
                let x = ruler.x(&Point { step: 0, epoch: None, time, value: 0.0 }, time);
                x.is_finite().then_some(x)
            }
            XAxis::Epoch if epoch.is_some() && pace.is_some() => epoch.map(f64::from),
            _ => {
                let all = self.series.columns().filter(|(column, _)| column.f1 == self.f1);
                let longest = all.max_by_key(|(_, points)| points.len()).map(|(_, points)| points)?;
                let then = match step {
                    Some(step) => Point { step, epoch, time, value: 0.0 },
                    None => {
                        let after = longest.iter().rev().take_while(|point| point.time > time).count();
                        longest.get((longest.len() - after).saturating_sub(1))?
                    }
                };
                Some(ruler.x(&then, then.time))
            }
        }
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
    fn ruler(&self, axis: XAxis) -> Ruler {
        let last = self.series.last(Kind::Step).map_or(1.0, |last| last.step.max(1) as f64);
        Ruler { axis, pace: self.pace(), last, first_time: self.first_time }
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

/// Of many points the lowest and the highest of every stretch, in their order; gaps stay.
fn thinned(points: Vec<Point>) -> Vec<Point> {
    if points.len() <= BRANCH {
        return points;
    }
    let by_value = |a: &&Point, b: &&Point| a.value.total_cmp(&b.value);
    let stretches = points.chunks(points.len().div_ceil(BRANCH / 3));
    let kept = stretches.flat_map(|stretch| {
        let mut stay: Vec<&Point> = [stretch.iter().min_by(by_value), stretch.iter().max_by(by_value)]
            .into_iter()
            .flatten()
            .chain(stretch.iter().find(|point| !point.value.is_finite()))
            .collect();
        stay.sort_by_key(|point| point.step);
        stay
    });
    kept.copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(history: &History, kind: Kind, metric: &str, axis: XAxis) -> Vec<(f64, f64)> {
        let line = history.line(kind, metric, axis).unwrap();
        (0..line.len()).map(|index| (line.x(index), line.values()[index])).collect()
    }

    fn epoch(epoch: u32, loss: f64) -> Record {
        Record::epoch(epoch, u64::from(epoch) * 10).with("train_loss", loss)
    }

    #[test]
    fn a_resumed_branch_replaces_the_dead_one() {
        let mut history = History::default();
        for record in [epoch(1, 1.0), epoch(2, 0.9), epoch(3, 0.8), epoch(3, 0.5), epoch(4, 0.4)] {
            history.push(&[record]);
        }
        let points = curve(&history, Kind::Epoch, "train_loss", XAxis::Epoch);
        assert_eq!(points, [(1.0, 1.0), (2.0, 0.9), (3.0, 0.5), (4.0, 0.4)]);
        let dead: Vec<_> = history.given_up(Kind::Epoch, "train_loss", XAxis::Epoch).collect();
        assert_eq!(dead, [[(2.0, 0.9), (3.0, 0.8)]], "it hangs on the last point that stayed");
    }

    #[test]
    fn steps_become_fractions_of_an_epoch() {
        let mut history = History::default();
        for step in [5, 10] {
            history.push(&[Record::step(step).in_epoch(1).with("loss", 1.0)]);
        }
        history.push(&[epoch(1, 1.0)]);
        history.push(&[Record::step(15).in_epoch(2).with("loss", f64::NAN)]);
        let xs: Vec<f64> = curve(&history, Kind::Step, "loss", XAxis::Epoch).iter().map(|p| p.0).collect();
        assert_eq!(xs, [0.5, 1.0, 1.5]);
        assert!(history.last("loss").is_some_and(f64::is_nan));
        assert_eq!(curve(&history, Kind::Step, "loss", XAxis::Step)[2].0, 15.0);
    }

    #[test]
    fn each_f1_has_its_own_ascent() {
        let mut history = History::default();
        for f1 in ["a", "b"] {
            for step in [0, 100] {
                let record = Record::step(step).of_f1(f1).with("activation", step as f64);
                history.push(&[record.with_dist("c", 1.0)]);
            }
        }
        assert_eq!(history.points(Kind::Step, "activation").unwrap().len(), 2);
        assert_eq!(history.metrics(Kind::Step), ["activation", "dist.c"]);
    }
}
