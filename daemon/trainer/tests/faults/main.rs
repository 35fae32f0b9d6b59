//! The trainer under what machines do to it: kills, losses of power, disks that refuse to write.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod kills;
mod refusals;
mod subject;
