//! What the daemon knows and decides: synchronous, without runtime, clock ticks or sockets, so that
//! every decision can be tried by calling it.

mod core;
mod ended;
mod findings;
mod limits;
mod needs;
mod recover;
mod retry;
mod schedule;

pub(crate) use core::{Entry, Refused, Supervisor};
pub(crate) use needs::{
    breaks, check_path, fix_references, needed_by, waited_for_by, waits_for, waits_in_circles,
};

#[cfg(test)]
mod tests;
