//! Everything that comes from outside: run folders, models, pictures, the daemon, the machine, keys and signals.
//!
//! Each source has its own thread and speaks only in events, over one bounded channel. None knows what is drawn.

mod config;
mod daemon;
mod evidence;
mod export;
mod folders;
mod gpu;
mod host;
mod input;
mod link;
mod log_tail;
mod machine;
mod models;
pub(crate) mod once;
mod pictures;
mod run_feed;
mod spawn;

pub(crate) use export::write as export;
pub(crate) use input::{read_keys, typed_keys, watch_signals};
pub(crate) use link::Feed;
pub(crate) use spawn::Events;
