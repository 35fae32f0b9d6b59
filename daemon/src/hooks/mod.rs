//! Tells a command and a URL of what happens to runs. Whatever they do, the loop waits for neither.

mod command;
mod notice;
mod queue;
mod webhook;

pub(crate) use crate::config::Topic;
pub(crate) use notice::Notice;
pub(crate) use queue::Hooks;
