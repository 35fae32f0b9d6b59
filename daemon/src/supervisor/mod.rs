//! What the daemon knows and decides: synchronous, without runtime, clock ticks or sockets, so that
//! every decision can be tried by calling it.

mod core;
mod ended;
mod findings;
mod needs;
mod recover;
mod retry;
mod schedule;

pub(crate) use core::{Refused, Supervisor};
pub(crate) use needs::{breaks, check_path, fix_references, needed_by};

#[cfg(test)]
mod tests;
