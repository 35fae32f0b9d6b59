//! Trains one run's network with libtorch: data sets, networks built from `onnx::arch`, training, the GAN, checkpoints
//! and snapshots. The only part of dissect that links libtorch; knows nothing of the daemon or the dashboard.

#[macro_use]
mod say;

pub mod work;

pub mod gan;
pub mod training;

pub mod batches;
pub mod data;
pub mod network;
pub mod optimizer;

pub mod checkpoint;
pub mod snapshot;

pub mod device;
pub mod error;
pub mod stop;
