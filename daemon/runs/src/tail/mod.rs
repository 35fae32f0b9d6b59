//! Follows files of a run while they grow: what is new in them, and when to look again.

mod reader;
mod watch;

pub use reader::{Batch, Events, JsonLines, Lines, Metrics};
pub use watch::{WatchError, Watcher};
