//! The dashboard and the command line of dissect.
//!
//! They read run folders (`dissect-runs`) and models (`dissect-onnx`), and talk to the daemon over its socket only.

pub mod cli;
pub mod commands;
pub mod dashboard;
pub mod exchange;
pub mod failure;
pub mod filter;
pub mod output;
pub mod programs;
pub mod progress;
pub mod summary;
