//! `edit`: a run that is still queued is asked for something else. The new spec is held to all that a new
//! run's is; one that cannot be taken leaves the old one as it was.

use dissect_runs::folder::FolderError;
use dissect_runs::protocol::{Code, Done};
use dissect_runs::state::Status;

use super::start::sound;
use crate::supervisor::{Refused, Supervisor, breaks, waits_in_circles};

pub(crate) fn edit(supervisor: &mut Supervisor, reference: &str, text: &str) -> Result<Done, Refused> {
    let id = supervisor.find(reference)?;
    let status = supervisor.runs()[&id].state.status();
    if status != Status::Queued {
        return Err(FolderError::NotQueued { id, status }.into());
    }
    let spec = sound(supervisor, text)?;
    let usage = |message: String| Err(Refused::new(Code::Usage, message));
    if spec.name() != id.name() {
        return usage(format!(
            "name: found {:?}, expected {:?}: it is part of the id",
            spec.name(),
            id.name()
        ));
    }
    let folder = supervisor.folder(&id);
    let kind = folder.spec().map_or(spec.kind(), |before| before.kind());
    if spec.kind() != kind {
        return usage(format!("kind: found {}, expected {kind}: start another run for it", spec.kind()));
    }
    if let Some((other, epoch)) = breaks(supervisor, &id, &spec) {
        let message =
            format!("run {other} waits for the model of epoch {epoch}, which would not be exported");
        return Err(Refused::new(Code::Conflict, message));
    }
    if let Some(other) = waits_in_circles(supervisor, &id, &spec) {
        let message = format!("run {other} waits for run {id}; neither would ever start");
        return Err(Refused::new(Code::Conflict, message));
    }
    folder.set_spec(&spec)?;
    tracing::info!(run = %id, "its spec was edited");
    supervisor.read_needs(&id);
    Ok(supervisor.done(&id))
}
