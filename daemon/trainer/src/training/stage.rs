//! Hunting and fitting, the stages the paper sees in training on random labels.

/// Where a training stands, by its training accuracy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The accuracy has not yet exceeded chance by 5 points.
    Hunting,
    /// It has, and has not yet reached 99 %.
    Fitting,
    /// It has reached 99 %.
    Fitted,
}

impl Stage {
    /// The stage after an epoch; a stage once left is not entered again.
    pub fn after(self, train_accuracy: f64, classes: usize) -> Self {
        let reached = if train_accuracy >= 0.99 {
            Self::Fitted
        } else if train_accuracy > 1.0 / classes as f64 + 0.05 {
            Self::Fitting
        } else {
            Self::Hunting
        };
        self.max(reached)
    }

    /// Its name in events.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hunting => "hunting",
            Self::Fitting => "fitting",
            Self::Fitted => "fitted",
        }
    }

    /// From [`Stage::number`].
    pub fn from_number(number: f64) -> Self {
        match number {
            2.0 => Self::Fitted,
            1.0 => Self::Fitting,
            _ => Self::Hunting,
        }
    }

    /// For checkpoints.
    pub fn number(self) -> f64 {
        f64::from(self as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_the_accuracy_and_never_go_back() {
        let stages: Vec<&str> = [0.1, 0.15, 0.151, 0.12, 0.98, 0.99, 0.5]
            .iter()
            .scan(Stage::Hunting, |stage, accuracy| {
                *stage = stage.after(*accuracy, 10);
                Some(stage.name())
            })
            .collect();
        assert_eq!(stages, ["hunting", "hunting", "fitting", "fitting", "fitting", "fitted", "fitted"]);
        for stage in [Stage::Hunting, Stage::Fitting, Stage::Fitted] {
            assert_eq!(Stage::from_number(stage.number()), stage);
        }
    }
}
