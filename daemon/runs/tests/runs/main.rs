//! What a run is, tried from outside: files as they are written and read by different processes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod folders;
mod formats;
mod homes;
mod messages;
mod series;
mod specs;
mod tails;
mod workers;
