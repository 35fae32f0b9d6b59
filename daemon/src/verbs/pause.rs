//! `pause`, `unpause`: nothing is started, or runs are started again. It holds over the daemon's own
//! restarts; runs that work go on, and runs may be queued all the while.

use dissect_runs::protocol::Done;

use crate::hooks::{Notice, Topic};
use crate::supervisor::{Refused, Supervisor};

pub(crate) fn pause(supervisor: &mut Supervisor) -> Result<Done, Refused> {
    set(supervisor, true, "the queue is paused")
}

pub(crate) fn unpause(supervisor: &mut Supervisor) -> Result<Done, Refused> {
    set(supervisor, false, "the queue goes on")
}

fn set(supervisor: &mut Supervisor, paused: bool, said: &str) -> Result<Done, Refused> {
    if supervisor.is_paused() != paused {
        supervisor.set_paused(paused)?;
        tracing::info!("{said}");
        supervisor.notify(Notice::of_queue(if paused { Topic::Paused } else { Topic::Unpaused }));
    }
    Ok(Done::default())
}
