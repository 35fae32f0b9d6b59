//! `shutdown`: the daemon leaves. Workers go on, and a daemon started again adopts them.

use dissect_runs::protocol::Done;

use crate::event::Effect;
use crate::supervisor::{Refused, Supervisor};

pub(crate) fn shutdown(supervisor: &mut Supervisor) -> Result<Done, Refused> {
    supervisor.effect(Effect::Leave("a client asked"));
    Ok(Done::default())
}
