//! The supervisor of runs: it queues them, starts a worker process for each, watches over it and
//! says how things stand. It knows no libtorch, no ONNX and no screen; the run folders are the
//! truth, and it can be killed and started again at any moment without harm to a run.

pub mod config;
pub mod logging;
pub mod options;

pub mod home_lock;
pub mod socket;

pub mod serve;

mod accept;
mod connection;
mod event;
mod hooks;
mod process;
mod rules;
mod service;
mod supervisor;
mod verbs;
