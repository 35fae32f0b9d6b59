//! The verbs of the command line, one file or folder each.

pub mod compare;
pub mod completions;
pub mod dashboard;
pub mod demo;
pub mod doctor;
pub mod gradient;
pub mod inspect;
pub mod man;
pub mod run;
