//! What a run is asked to do, as written by people: a TOML text of kind `train`, `gan` or `dissect`; or what another
//! program was asked that did the run.
//! Parsed at the edge into values that cannot be wrong; knows nothing of how any of it is done.

mod choice;
mod dissect;
mod gan;
mod imported;
mod name;
mod overrides;
mod parse;
mod problem;
mod reader;
mod train;

pub use choice::{Arch, Dataset, Device, Kind, Objective, Optimizer, Precision, Program};
pub use dissect::{DissectSpec, ModelRef};
pub use gan::{GanData, GanNetwork, GanSpec, GanTraining};
pub use imported::{ImportedSpec, Source};
pub(crate) use name::is_valid as is_name;
pub use name::sanitize as name_from;
pub use parse::Spec;
pub use problem::{Place, Problem, SpecError};
pub use train::{Data, Model, RunSettings, TrainSpec, Training};
