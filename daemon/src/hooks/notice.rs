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
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    time: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<State>,
    #[serde(skip_serializing_if = "Option::is_none")]
    finding: Option<Finding>,
}

impl Notice {
    /// Of this moment.
    pub(crate) fn new(event: Topic, id: &RunId, state: &State) -> Self {
        let (id, name, state) = (Some(id.clone()), Some(id.name().to_owned()), Some(state.clone()));
        Self { event, id, name, time: clock::now(), state, finding: None }
    }

    /// Of the queue, at this moment.
    pub(crate) fn of_queue(event: Topic) -> Self {
        Self { event, id: None, name: None, time: clock::now(), state: None, finding: None }
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
