//! `watch`: how every run stands that has not ended, then each change.

use dissect_runs::protocol::{Done, Reply};
use tokio::sync::mpsc;

use crate::event::Answer;
use crate::supervisor::Supervisor;

/// Changes that may wait for a client to read them.
const BACKLOG: usize = 1024;

pub(crate) fn watch(supervisor: &mut Supervisor) -> Answer {
    let (watcher, then) = mpsc::channel(BACKLOG);
    supervisor.add_watcher(watcher);
    let live = supervisor.runs().iter().filter(|(_, entry)| !entry.state.is_ended());
    let standing = live.map(|(id, entry)| entry.standing(id));
    let replies = standing.map(Reply::State).chain([Reply::Ok(Done::default())]).collect();
    Answer { replies, then: Some(then) }
}
