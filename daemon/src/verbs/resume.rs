//! `resume`: a run that was stopped, failed or was lost is queued again, behind the others. Its
//! worker goes on from the last checkpoint. What is left of its time limit is left to it; where nothing is, the limit begins
//! anew.

use dissect_runs::allowance::Allowance;
use dissect_runs::folder::FolderError;
use dissect_runs::place::Place;
use dissect_runs::protocol::{Code, Done};
use dissect_runs::spec::Spec;
use dissect_runs::state::State;

use super::place::seconds;
use crate::supervisor::{Refused, Supervisor};

pub(crate) fn resume(
    supervisor: &mut Supervisor,
    reference: &str,
    time_limit: Option<&str>,
) -> Result<Done, Refused> {
    let id = supervisor.find(reference)?;
    let wanted = time_limit.map(seconds).transpose()?;
    let folder = supervisor.folder(&id);
    let since = supervisor.now();
    let conflict = |message: String| Refused::new(Code::Conflict, message);
    if matches!(supervisor.folder(&id).spec(), Ok(Spec::Imported(_))) {
        return Err(conflict(format!(
            "run {id} was imported; only the program that did it can go on with it"
        )));
    }
    let entry = &supervisor.runs()[&id];
    if entry.state.is_ended() && entry.place.order.is_some() {
        // Where it was moved to is long past. Until the run is queued this means nothing.
        let place = Place { order: None, ..entry.place.clone() };
        supervisor.set_place(&id, place)?;
    }
    supervisor.transition(&id, |state| match state {
        State::Stopped { .. } | State::Failed { .. } | State::Lost { .. } => {
            let before = folder.allowance();
            let after = allowance(before, wanted, &state);
            if before != after {
                let path = folder.path().join("time.json");
                let error = |source| FolderError::Io { action: "write", path, source };
                folder.set_allowance(after.as_ref()).map_err(error)?;
            }
            Ok(State::Queued { since })
        }
        State::Finished { .. } => Err(conflict(format!("run {id} finished; there is nothing left to do"))),
        other => Err(conflict(format!("run {id} is {}; there is nothing to resume", other.status()))),
    })?;
    supervisor.forget_attempts(&id);
    supervisor.read_needs(&id);
    Ok(supervisor.done(&id))
}

/// How long a run that ended so may work from now on.
fn allowance(before: Option<Allowance>, wanted: Option<Option<f64>>, ended: &State) -> Option<Allowance> {
    let anew = |limit| Allowance { counted: ended.started(), ..Allowance::of(limit) };
    match (wanted, before) {
        (Some(limit), _) => limit.map(anew),
        (None, Some(before)) if before.left(ended, ended.since()) > 0.0 => {
            Some(before.counting(ended, ended.since()))
        }
        (None, before) => before.map(|before| anew(before.limit)),
    }
}
