//! Where the daemon's log goes, and how much of it there is. It knows nothing of what is logged.

mod rotated;
mod start;

pub use rotated::Rotated;
pub use start::{Logging, start};
