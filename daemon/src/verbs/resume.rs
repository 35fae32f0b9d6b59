//! `resume`: a run that was stopped, failed or was lost is queued again, behind the others. Its
//! worker goes on from the last checkpoint.

use dissect_runs::place::Place;
use dissect_runs::protocol::{Code, Done};
use dissect_runs::state::State;

use crate::supervisor::{Refused, Supervisor};

pub(crate) fn resume(supervisor: &mut Supervisor, reference: &str) -> Result<Done, Refused> {
    let id = supervisor.find(reference)?;
    let since = supervisor.now();
    let conflict = |message: String| Refused::new(Code::Conflict, message);
    let entry = &supervisor.runs()[&id];
    if entry.state.is_ended() && entry.place.order.is_some() {
        // Where it was moved to is long past. Until the run is queued this means nothing.
        let place = Place { order: None, ..entry.place.clone() };
        supervisor.set_place(&id, place)?;
    }
    supervisor.transition(&id, |state| match state {
        State::Stopped { .. } | State::Failed { .. } | State::Lost { .. } => Ok(State::Queued { since }),
        State::Finished { .. } => Err(conflict(format!("run {id} finished; there is nothing left to do"))),
        other => Err(conflict(format!("run {id} is {}; there is nothing to resume", other.status()))),
    })?;
    supervisor.forget_attempts(&id);
    supervisor.read_needs(&id);
    Ok(supervisor.done(&id))
}
