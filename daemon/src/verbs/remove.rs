//! `remove`: a run that does not run is deleted, with everything it left.

use std::fs;

use dissect_runs::durable;
use dissect_runs::protocol::{Code, Done};

use crate::event::Effect;
use crate::supervisor::{Refused, Supervisor, needed_by};

pub(crate) fn remove(supervisor: &mut Supervisor, reference: &str) -> Result<Done, Refused> {
    let id = supervisor.find(reference)?;
    let conflict = |message: String| Err(Refused::new(Code::Conflict, message));
    let entry = &supervisor.runs()[&id];
    if entry.state.status().is_active() || entry.worker.is_some() {
        return conflict(format!("run {id} has a worker; stop it first with `dissect run stop {id}`"));
    }
    if let Some(other) = needed_by(supervisor, &id) {
        return conflict(format!("run {other} waits for run {id}; stop or remove that first"));
    }
    // From here on no run has the name; what remains is deleted at leisure.
    let path = supervisor.folder(&id).path().to_owned();
    let removed = path.with_file_name(format!(".removed-{id}"));
    let rename =
        || fs::rename(&path, &removed).and_then(|()| durable::sync_folder(&supervisor.home().runs()));
    if let Err(error) = rename() {
        return Err(Refused::new(Code::Failed, format!("cannot remove {}: {error}", path.display())));
    }
    supervisor.forget(&id);
    supervisor.effect(Effect::Delete(removed));
    Ok(Done { id: Some(id), state: None })
}
