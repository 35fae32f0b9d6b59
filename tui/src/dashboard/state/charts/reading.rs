//! The reading cursor: what every curve says at one x, and where the cursor goes next.

use super::list::Chart;
use crate::dashboard::format;
use crate::dashboard::state::Run;
use crate::dashboard::state::line::XAxis;

/// What a run's curve says where one reads.
#[derive(Debug, Clone, PartialEq)]
pub struct Readout {
    /// The metric.
    pub metric: String,
    /// The number, as it was written.
    pub value: f64,
    /// The smoothed number, where curves are smoothed.
    pub smoothed: Option<f64>,
    /// x of the record.
    pub x: f64,
    /// Steps done.
    pub step: u64,
    /// The epoch, where the record says it.
    pub epoch: Option<u32>,
    /// When it was written, seconds since 1970.
    pub time: f64,
}

impl Readout {
    /// Which record it is: `epoch 12 · step 4692 · 10:15:02`.
    pub fn place(&self) -> String {
        let epoch = self.epoch.map(|epoch| format!("epoch {epoch} · ")).unwrap_or_default();
        format!("{epoch}step {} · {} UTC", self.step, format::clock(self.time))
    }
}

impl Chart {
    /// What a run's curves say at `x`: of each the nearest record; nothing of one that neither is there yet nor still.
    /// Without an x, what they say last.
    pub fn read(&self, run: &Run, axis: XAxis, x: Option<f64>) -> Vec<Readout> {
        let read = |(kind, metric): (_, &str)| {
            let line = run.history.line(kind, metric, axis)?;
            let index = match x {
                Some(x) => line.nearest(x)?,
                None => line.len().checked_sub(1)?,
            };
            let point = line.point(index)?;
            Some(Readout {
                metric: metric.to_owned(),
                value: point.value,
                smoothed: line.smoothed(index),
                x: line.x(index),
                step: point.step,
                epoch: point.epoch,
                time: point.time,
            })
        };
        self.columns().filter_map(read).collect()
    }

    /// The next record at least `stride` from `x`, to the right or to the left, of any of its curves.
    pub fn step_from(&self, runs: &[&Run], axis: XAxis, x: f64, stride: f64, right: bool) -> Option<f64> {
        let lines = runs
            .iter()
            .flat_map(|run| self.columns().filter_map(|(kind, metric)| run.history.line(kind, metric, axis)));
        let beyond = lines.filter_map(|line| {
            let last = line.len().checked_sub(1)?;
            if right {
                let mut index = line.before(x + stride);
                while index <= last && line.x(index) <= x {
                    index += 1;
                }
                // Closer than a stride there may still be an end.
                let index = index.min(last);
                Some(line.x(index)).filter(|there| *there > x)
            } else {
                let mut index = line.before(x - stride);
                if index > last || line.x(index) > x - stride {
                    index = index.saturating_sub(1);
                }
                Some(line.x(index.min(last))).filter(|there| *there < x)
            }
        });
        let nearer = |a: f64, b: f64| if right { a.min(b) } else { a.max(b) };
        beyond.filter(|x| x.is_finite()).reduce(nearer)
    }
}
