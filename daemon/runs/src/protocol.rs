//! The messages between the daemon and its clients: one JSON object a line over a unix socket. The
//! client says hello, the daemon answers, then requests are answered one after the other.

use std::io::{self, BufRead, Read};

use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::home::RunId;
use crate::place::{Place, is_default};
use crate::state::State;

/// The version of these messages.
pub const VERSION: u32 = 1;
/// The longest line either side reads.
pub const LONGEST_LINE: u64 = 1 << 20;

/// What a client says first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientHello {
    /// Who it is.
    pub hello: Version,
}

/// What the daemon answers to that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaemonHello {
    /// Who it is.
    pub hello: Daemon,
}

/// Which messages a side speaks, and which release it is of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Version of the messages.
    pub protocol: u32,
    /// Version of the program.
    pub version: String,
}

impl Version {
    /// Of this program.
    pub fn mine() -> Self {
        Self { protocol: VERSION, version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

/// The daemon, to its clients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Daemon {
    /// Version of the messages.
    pub protocol: u32,
    /// Version of the program.
    pub version: String,
    /// Its process.
    pub pid: u32,
    /// Its home.
    pub home: String,
}

/// What a client may ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// Queue a run. Answered by its id.
    Start {
        /// The spec's text.
        spec: String,
        /// Where it is to stand in the queue.
        #[serde(default, skip_serializing_if = "Wanted::is_default")]
        place: Wanted,
    },
    /// Every run: one `run` reply each, oldest first, then `ok`.
    List {},
    /// One run. Answered by how it stands.
    Show {
        /// Id, name or unique prefix.
        id: String,
    },
    /// End a run; its worker writes a checkpoint first. Answered once it was asked to.
    Stop {
        /// Id, name or unique prefix.
        id: String,
    },
    /// End a run at once, without a checkpoint. Answered once its worker is being killed.
    Kill {
        /// Id, name or unique prefix.
        id: String,
    },
    /// Queue a run again that was stopped, failed or was lost.
    Resume {
        /// Id, name or unique prefix.
        id: String,
        /// How long it may work from now on, as `8h`, or `none`. Where it is not said the time limit stays; one that
        /// was used up begins anew.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_limit: Option<String>,
    },
    /// Delete a run that does not run, with everything it left.
    Remove {
        /// Id, name or unique prefix.
        id: String,
    },
    /// Delete what an ended run can be without, or all of it. Refused where another run needs it, or where it ended at
    /// another time: it was resumed since somebody looked.
    Clean {
        /// Id, name or unique prefix.
        id: String,
        /// When it ended.
        ended: f64,
        /// How much goes.
        extent: Extent,
    },
    /// Ask something else of a run that is still queued. Answered by how it stands.
    Edit {
        /// Id, name or unique prefix.
        id: String,
        /// The new spec's text.
        spec: String,
    },
    /// Put a queued run elsewhere in the queue. Answered by how it stands.
    Move {
        /// Id, name or unique prefix.
        id: String,
        /// Where to.
        to: Whereto,
    },
    /// Change what a run was told when it was queued: where it stands, how often it is tried again, how long it may
    /// work. Answered by how it stands.
    Place {
        /// Id, name or unique prefix.
        id: String,
        /// What is to be different.
        change: Change,
    },
    /// Put the queued runs of a group elsewhere in the queue, one behind the other, in the order in which they stand.
    /// Answered by a `run` reply for each, then `ok`.
    MoveGroup {
        /// Its name.
        group: String,
        /// Where to.
        to: Whereto,
    },
    /// No more runs start, until `unpause`, over the daemon's own restarts as well. Those that work go on.
    Pause {},
    /// Runs start again.
    Unpause {},
    /// A `state` reply for every run that has not ended, `ok`, then one for each change. A client
    /// that does not read is let go.
    Watch {},
    /// The daemon leaves; workers go on.
    Shutdown {},
}

/// Where a run is to stand in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Higher ones start first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: i32,
    /// Runs that must have ended, in whatever way, before it starts: ids, names or unique prefixes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<String>,
    /// The group it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// How often it is tried again after a fault; none where the daemon's configuration says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// How long its workers may work, as `8h`; none where they may as long as it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<String>,
}

/// What is to be different about a run's place. What is not said stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Higher ones start first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// Runs that must have ended before it starts, in place of those before; an empty list for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Vec<String>>,
    /// The group it belongs to; empty for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// How often it is tried again after a fault.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<u32>,
    /// How long it may work, what it has worked included, as `8h`; `none` for as long as it takes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_limit: Option<String>,
}

impl Change {
    /// Whether nothing is to be different.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How much of an ended run is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Extent {
    /// What it can be without: it stays in the list, with what was asked, what was measured and its last model.
    Parts,
    /// All of it.
    All,
}

/// Where a queued run is put.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Whereto {
    /// Before the run before it.
    Up,
    /// Behind the run behind it.
    Down,
    /// Before all.
    Top,
    /// Behind all.
    Bottom,
    /// Before this run: id, name or unique prefix.
    Before(String),
}

/// How a run stands, to a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// Which.
    pub id: RunId,
    /// How it stands; none where it was removed.
    pub state: Option<State>,
    /// What watching has found, of a run that the daemon has watched.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Where it stands in the queue.
    #[serde(default, skip_serializing_if = "Place::is_default")]
    pub place: Place,
}

/// What the daemon answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reply {
    /// Done.
    Ok(Done),
    /// Not done.
    Error(Refusal),
    /// One run of a list.
    Run(Standing),
    /// A change, to a client that watches.
    State(Standing),
}

/// What was done.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Done {
    /// The run it was done to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<RunId>,
    /// How that run stands now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
}

/// Why something was not done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Whose fault it is.
    pub code: Code,
    /// What was found and expected.
    pub message: String,
}

/// The kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// The request makes no sense.
    Usage,
    /// There is no such run.
    NotFound,
    /// The run's state does not allow it.
    Conflict,
    /// The daemon could not do it.
    Failed,
}

/// Reads one line of at most [`LONGEST_LINE`] bytes, without its end; none at the end of the stream.
pub fn read_line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    from.by_ref().take(LONGEST_LINE + 1).read_until(b'\n', &mut line)?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => String::from_utf8(line).map(Some).map_err(|error| invalid(error.to_string())),
        Some(_) if line.len() as u64 >= LONGEST_LINE => {
            Err(invalid(format!("a line is longer than {LONGEST_LINE} bytes")))
        }
        Some(_) => {
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the stream ends in the middle of a line"))
        }
    }
}

/// A message as its line.
pub fn to_line(message: &impl Serialize) -> String {
    let mut line = serde_json::to_string(message).expect("messages are plain data");
    line.push('\n');
    line
}

fn invalid(message: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
