//! Fewer images a second than before: a device that is shared now, or is too hot.

use std::collections::VecDeque;

use dissect_runs::finding::Rule;
use dissect_runs::records::{Kind, Record};

use super::panel::Watch;

/// Records of which the median counts: a slow batch now and then is none.
const WINDOW: usize = 5;

/// The median of the latest throughputs is below this share of the best such median. Both kinds of
/// record are watched, each by itself: what an epoch takes holds its evaluation as well.
#[derive(Debug)]
pub(super) struct Throughput {
    share: f64,
    step: Track,
    epoch: Track,
}

#[derive(Debug, Default)]
struct Track {
    latest: VecDeque<f64>,
    best: f64,
}

impl Throughput {
    pub(super) fn new(share: f64) -> Self {
        Self { share, step: Track::default(), epoch: Track::default() }
    }
}

impl Track {
    fn push(&mut self, speed: f64) {
        if self.latest.len() == WINDOW {
            self.latest.pop_front();
        }
        self.latest.push_back(speed);
        self.best = self.best.max(self.median().unwrap_or(0.0));
    }

    /// None before there are enough.
    fn median(&self) -> Option<f64> {
        let mut sorted: Vec<_> = self.latest.iter().copied().collect();
        sorted.sort_by(f64::total_cmp);
        (sorted.len() == WINDOW).then(|| sorted[WINDOW / 2])
    }
}

impl Watch for Throughput {
    fn rule(&self) -> Rule {
        Rule::Throughput
    }

    fn take(&mut self, record: &Record) {
        if let Some(speed) = record.value("images_per_second").filter(|speed| speed.is_finite()) {
            match record.kind {
                Kind::Step => self.step.push(speed),
                Kind::Epoch => self.epoch.push(speed),
            }
        }
    }

    fn verdict(&self, _: f64) -> Option<String> {
        let slow = |track: &Track| {
            let median = track.median()?;
            (median < self.share * track.best)
                .then(|| format!("{median:.0} images a second, {:.0} at its best", track.best))
        };
        slow(&self.step).or_else(|| slow(&self.epoch))
    }
}
