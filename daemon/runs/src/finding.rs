//! What watching a run has found, as its events tell it. It knows nothing of how something is found.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::records::{Event, Happening};

/// The rules that watch a running run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// A number is NaN or infinite.
    NonFinite,
    /// The loss went up and stays there.
    Divergence,
    /// The loss falls no more.
    Plateau,
    /// No step for a long time.
    Stall,
    /// Fewer images a second than before.
    Throughput,
}

impl Rule {
    /// The word that files and screens use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NonFinite => "non-finite",
            Self::Divergence => "divergence",
            Self::Plateau => "plateau",
            Self::Stall => "stall",
            Self::Throughput => "throughput",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something to look at in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Which rule says so.
    pub rule: Rule,
    /// What it saw.
    pub reason: String,
    /// When, in seconds since 1970.
    pub since: f64,
}

/// The findings that stand after these events, the oldest first. A run that has ended stalls no more.
pub fn standing<'e>(events: impl IntoIterator<Item = &'e Event>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for event in events {
        match &event.what {
            Happening::Finding { rule, reason } => {
                findings.retain(|finding| finding.rule != *rule);
                findings.push(Finding { rule: *rule, reason: reason.clone(), since: event.time });
            }
            Happening::Cleared { rule } => findings.retain(|finding| finding.rule != *rule),
            Happening::Ended { .. } => findings.retain(|finding| finding.rule != Rule::Stall),
            _ => {}
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Status;

    #[test]
    fn what_stands_is_what_was_found_and_not_cleared() {
        let found = |rule| Happening::Finding { rule, reason: format!("{rule} it is") };
        let ended = Happening::Ended { status: Status::Finished, reason: None };
        for (events, expected) in [
            (vec![], vec![]),
            (vec![Happening::Started, found(Rule::Plateau)], vec![Rule::Plateau]),
            (vec![found(Rule::Stall), Happening::Cleared { rule: Rule::Stall }], vec![]),
            (
                vec![found(Rule::Stall), found(Rule::NonFinite), found(Rule::Stall)],
                vec![Rule::NonFinite, Rule::Stall],
            ),
            (vec![found(Rule::Stall), found(Rule::Divergence), ended], vec![Rule::Divergence]),
        ] {
            let events: Vec<_> = events.into_iter().map(Happening::now).collect();
            let rules: Vec<_> = standing(&events).into_iter().map(|finding| finding.rule).collect();
            assert_eq!(rules, expected, "{events:?}");
        }
        let line = serde_json::to_string(&found(Rule::NonFinite)).unwrap();
        assert_eq!(line, r#"{"kind":"finding","rule":"non-finite","reason":"non-finite it is"}"#);
    }
}
