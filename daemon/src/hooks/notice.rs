//! What a hook is told: one JSON object.

use dissect_runs::clock;
use dissect_runs::finding::Finding;
use dissect_runs::home::RunId;
use dissect_runs::state::{State, Status};
use serde::Serialize;

use crate::config::Topic;

/// An event, to a hook.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Notice {
    /// What happened.
    pub(crate) event: Topic,
    id: RunId,
    name: String,
    time: f64,
    state: State,
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<Finding>,
}

impl Notice {
    /// Of this moment.
    pub(crate) fn new(event: Topic, id: &RunId, state: &State) -> Self {
        let (name, time) = (id.name().to_owned(), clock::now());
        Self { event, id: id.clone(), name, time, state: state.clone(), finding: None }
    }

    /// Of what a rule has found.
    pub(crate) fn of_finding(id: &RunId, state: &State, finding: Finding) -> Self {
        Self { finding: Some(finding), ..Self::new(Topic::Finding, id, state) }
    }

    /// As a line.
    pub(super) fn to_json(&self) -> String {
        let mut json = serde_json::to_string(self).expect("a notice is plain data");
        json.push('\n');
        json
    }
}

impl Topic {
    /// What it means to hooks that a run has come to this; some states are none of their business.
    pub(crate) fn of(status: Status) -> Option<Self> {
        match status {
            Status::Queued => Some(Self::Queued),
            Status::Running => Some(Self::Started),
            Status::Finished => Some(Self::Finished),
            Status::Failed => Some(Self::Failed),
            Status::Stopped => Some(Self::Stopped),
            Status::Lost => Some(Self::Lost),
            Status::Starting | Status::Stopping => None,
        }
    }
}
