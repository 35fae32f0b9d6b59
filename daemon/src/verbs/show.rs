//! `show`: how one run stands.

use dissect_runs::protocol::Done;

use crate::supervisor::{Refused, Supervisor};

pub(crate) fn show(supervisor: &Supervisor, reference: &str) -> Result<Done, Refused> {
    let id = supervisor.find(reference)?;
    Ok(supervisor.done(&id))
}
