//! `list`: every run, oldest first.

use dissect_runs::protocol::{Done, Reply};

use crate::supervisor::Supervisor;

pub(crate) fn list(supervisor: &Supervisor) -> Vec<Reply> {
    let standing = supervisor.runs().iter().map(|(id, entry)| entry.standing(id));
    standing.map(Reply::Run).chain([Reply::Ok(Done::default())]).collect()
}
