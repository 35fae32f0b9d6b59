//! `list`: every run, oldest first.

use dissect_runs::protocol::{Done, Reply, Standing};

use crate::supervisor::Supervisor;

pub(crate) fn list(supervisor: &Supervisor) -> Vec<Reply> {
    let runs = supervisor.runs().iter();
    let standing = runs.map(|(id, entry)| Standing {
        id: id.clone(),
        state: Some(entry.state.clone()),
        findings: entry.findings.clone(),
    });
    standing.map(Reply::Run).chain([Reply::Ok(Done::default())]).collect()
}
