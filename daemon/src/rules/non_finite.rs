//! A number that is NaN or infinite. Accuracies are passed over: one over no images is 0/0 and means nothing.

use dissect_runs::finding::Rule;
use dissect_runs::records::Record;

use super::panel::Watch;

/// The first number that was not finite; it does not get well again.
#[derive(Debug, Default)]
pub(super) struct NonFinite {
    first: Option<(String, u64)>,
}

impl Watch for NonFinite {
    fn rule(&self) -> Rule {
        Rule::NonFinite
    }

    fn take(&mut self, record: &Record) {
        if self.first.is_none() {
            let numbers = record.values.iter().chain(&record.dist);
            let mut bad = numbers.filter(|(name, value)| !value.is_finite() && !name.ends_with("accuracy"));
            self.first = bad.next().map(|(name, _)| (name.clone(), record.step));
        }
    }

    fn verdict(&self, _: f64) -> Option<String> {
        let (name, step) = self.first.as_ref()?;
        Some(format!("{name} is not finite since step {step}"))
    }
}
