//! What a run is: what was asked, how it stands, what it measured, the folder that holds all of it
//! and the messages to the daemon about it. Pure data and files; it knows no libtorch, no ONNX, no
//! async runtime and no screen.

pub mod clock;
pub mod process;
pub mod span;

pub mod spec;

pub mod allowance;
pub mod attempts;
pub mod finding;
pub mod place;
pub mod records;
pub mod state;

pub mod folder;
pub mod home;
pub mod imported;
pub mod worker;

pub mod clean;

pub mod series;
pub mod tail;
pub mod tensorboard;

pub mod client;
pub mod protocol;

pub mod durable;
mod leftovers;
mod line;
mod reserve;
pub mod toml_text;
