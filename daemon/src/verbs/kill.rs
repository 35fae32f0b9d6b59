//! `kill`: as `stop`, but a worker gets no time for a checkpoint: its process group is killed at once.
//! It counts as stopped, not as lost, and so is not tried again.

use dissect_runs::protocol::Done;

use super::stop::stop;
use crate::event::Effect;
use crate::supervisor::{Refused, Supervisor};

pub(crate) fn kill(supervisor: &mut Supervisor, reference: &str) -> Result<Done, Refused> {
    let id = supervisor.find(reference)?;
    let done = stop(supervisor, id.as_str())?;
    if supervisor.runs()[&id].state.status().is_active() {
        supervisor.effect(Effect::Kill(id));
    }
    Ok(done)
}
