//! The verbs of the command line, one file or folder each.

pub mod completions;
pub mod demo;
pub mod doctor;
pub mod man;
pub mod run;
