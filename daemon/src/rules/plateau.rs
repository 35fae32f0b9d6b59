//! The loss falls no more.

use dissect_runs::finding::Rule;
use dissect_runs::records::{Kind, Record};

use super::panel::Watch;

/// The share of the best loss by which a better one must be below it.
const BETTER: f64 = 1e-3;

/// No better loss on the training images for this many epochs.
#[derive(Debug)]
pub(super) struct Plateau {
    patience: u32,
    best: Option<f64>,
    epochs: u32,
}

impl Plateau {
    pub(super) fn new(patience: u32) -> Self {
        Self { patience, best: None, epochs: 0 }
    }
}

impl Watch for Plateau {
    fn rule(&self) -> Rule {
        Rule::Plateau
    }

    fn take(&mut self, record: &Record) {
        if record.kind != Kind::Epoch {
            return;
        }
        let Some(loss) = record.value("train_loss") else { return };
        let better = self.best.is_none_or(|best| loss < best - BETTER * best.abs());
        if better && loss.is_finite() {
            (self.best, self.epochs) = (Some(loss), 0);
        } else {
            self.epochs += 1;
        }
    }

    fn verdict(&self, _: f64) -> Option<String> {
        let best = self.best.filter(|_| self.epochs >= self.patience)?;
        Some(format!("no better loss than {best:.4} for {} epochs", self.patience))
    }
}
