//! `clean`: what an ended run can be without is deleted, or all of it, unless another run needs it.

use dissect_runs::folder::FolderError;
use dissect_runs::protocol::{Code, Done, Extent};

use crate::event::Effect;
use crate::supervisor::{Entry, Refused, Supervisor, needed_by, waited_for_by};

pub(crate) fn clean(
    supervisor: &mut Supervisor,
    reference: &str,
    ended: f64,
    extent: Extent,
) -> Result<Done, Refused> {
    let id = supervisor.find(reference)?;
    let conflict = |message: String| Err(Refused::new(Code::Conflict, message));
    let entry = &supervisor.runs()[&id];
    if !entry.state.is_ended() {
        return Err(FolderError::NotEnded { status: entry.state.status(), id }.into());
    }
    if entry.worker.is_some() {
        return conflict(format!("run {id} has a worker; it is left as it is"));
    }
    if let Some(other) = needed_by(supervisor, &id) {
        return conflict(format!("run {other} needs the models of run {id}"));
    }
    if let Some(other) = waited_for_by(supervisor, &id) {
        return conflict(format!("run {other} waits for run {id}"));
    }
    if let Some(group) = &entry.place.group {
        let lives = |entry: &Entry| !entry.state.is_ended() && entry.place.group.as_ref() == Some(group);
        if let Some((other, _)) = supervisor.runs().iter().find(|(_, entry)| lives(entry)) {
            return conflict(format!("run {other} of the group {group} of run {id} has not ended"));
        }
    }
    let aside = supervisor.folder(&id).take_away(ended, extent)?;
    for path in aside {
        supervisor.effect(Effect::Delete(path));
    }
    tracing::info!(run = %id, "cleaned");
    match extent {
        Extent::Parts => Ok(supervisor.done(&id)),
        Extent::All => {
            supervisor.forget(&id);
            Ok(Done { id: Some(id), state: None })
        }
    }
}
