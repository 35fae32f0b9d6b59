//! `stop`: a queued run leaves the queue; a worker is asked to stop, which it does after a
//! checkpoint. Asking again changes nothing.

use dissect_runs::protocol::{Code, Done};
use dissect_runs::state::State;

use crate::event::Effect;
use crate::supervisor::{Refused, Supervisor};
use crate::verbs::past;

pub(crate) fn stop(supervisor: &mut Supervisor, reference: &str) -> Result<Done, Refused> {
    let id = supervisor.find(reference)?;
    let launched = supervisor.runs()[&id].worker.clone();
    let now = supervisor.now();
    supervisor.transition(&id, |state| match state {
        State::Queued { .. } => Ok(State::Stopped { started: None, ended: now, reason: None }),
        State::Starting { .. } => match launched {
            Some(worker) => Ok(State::Stopping { started: None, since: now, worker, reason: None }),
            None => Ok(State::Stopped { started: None, ended: now, reason: None }),
        },
        State::Running { since, worker } => {
            Ok(State::Stopping { started: Some(since), since: now, worker, reason: None })
        }
        State::Stopping { .. } => Ok(state),
        ended => Err(Refused::new(Code::Conflict, format!("run {id} is not running; it {}", past(&ended)))),
    })?;
    if supervisor.runs()[&id].state.status().is_active() {
        supervisor.effect(Effect::Stop(id.clone()));
    }
    Ok(supervisor.done(&id))
}
