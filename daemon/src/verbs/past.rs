//! How a run ended, in the words of a sentence about it.

use dissect_runs::state::State;

/// As in "run X was stopped".
pub(crate) fn past(state: &State) -> &'static str {
    match state {
        State::Stopped { .. } => "was stopped",
        State::Lost { .. } => "was lost",
        other => other.status().as_str(),
    }
}
