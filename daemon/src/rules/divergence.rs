//! The loss went up and stays there. A GAN's two losses play against each other and are passed over.

use dissect_runs::finding::Rule;
use dissect_runs::records::{Kind, Record};

use super::panel::Watch;

/// Records in a row that must stand too high: one bad batch is none.
const PATIENCE: u32 = 5;
/// What counts as the best is at least this share of the first loss: where next to nothing is left,
/// several times that is next to nothing too.
const FLOOR: f64 = 0.1;

/// The loss is `factor` times its best, for several records in a row. Both kinds of record are watched,
/// each by itself.
#[derive(Debug)]
pub(super) struct Divergence {
    factor: f64,
    step: Track,
    epoch: Track,
}

#[derive(Debug, Default)]
struct Track {
    first: Option<f64>,
    best: f64,
    high: u32,
    latest: (f64, u64),
}

impl Divergence {
    pub(super) fn new(factor: f64) -> Self {
        Self { factor, step: Track::default(), epoch: Track::default() }
    }
}

impl Watch for Divergence {
    fn rule(&self) -> Rule {
        Rule::Divergence
    }

    fn take(&mut self, record: &Record) {
        let (track, name) = match record.kind {
            Kind::Step => (&mut self.step, "loss"),
            Kind::Epoch => (&mut self.epoch, "train_loss"),
        };
        // One that is not finite is another rule's.
        if let Some(loss) = record.value(name).filter(|loss| loss.is_finite()) {
            let first = *track.first.get_or_insert_with(|| {
                track.best = loss;
                loss
            });
            track.best = track.best.min(loss);
            let high = loss > self.factor * track.best.max(FLOOR * first.abs());
            track.high = if high { track.high + 1 } else { 0 };
            track.latest = (loss, record.step);
        }
    }

    fn verdict(&self, _: f64) -> Option<String> {
        let track = [&self.epoch, &self.step].into_iter().find(|track| track.high >= PATIENCE)?;
        let (loss, step) = track.latest;
        Some(format!("the loss is {loss:.3} at step {step}, its best was {:.3}", track.best))
    }
}
