//! What a run is asked to do, as written by people: a TOML text of kind `train`, `gan` or `dissect`.
//! Parsed at the edge into values that cannot be wrong; knows nothing of how any of it is done.

mod choice;
mod dissect;
mod gan;
mod name;
mod overrides;
mod parse;
mod problem;
mod reader;
mod train;

pub use choice::{Arch, Dataset, Device, Kind, Objective, Optimizer, Precision};
pub use dissect::{DissectSpec, ModelRef};
pub use gan::{GanData, GanNetwork, GanSpec, GanTraining};
pub(crate) use name::is_valid as is_name;
pub use parse::Spec;
pub use problem::{Place, Problem, SpecError};
pub use train::{Data, Model, RunSettings, TrainSpec, Training};
