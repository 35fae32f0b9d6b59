//! The verbs of the command line, one file each.

pub mod completions;
pub mod man;
