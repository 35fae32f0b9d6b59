//! Why a training run fails, said so that its state can carry it.

use std::io;
use std::path::PathBuf;

use dissect_onnx::arch::ArchError;
use dissect_onnx::figures::FigureError;
use dissect_runs::worker::WorkerError;

use crate::checkpoint::CheckpointError;
use crate::data::DataError;
use crate::device::DeviceError;
use crate::network::NetworkError;
use crate::snapshot::SnapshotError;

/// Why a training run failed.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// The loss is no number.
    #[error(
        "the loss became {loss} at epoch {epoch}, step {step}; the last checkpoint is kept. A smaller \
         training.learning_rate may help"
    )]
    Diverged {
        /// NaN or infinite.
        loss: f64,
        /// The epoch, from 1.
        epoch: u32,
        /// The step at which it was seen.
        step: u64,
    },
    /// Weights that are no numbers, after a loss that was one.
    #[error(
        "a weight became NaN or infinite at epoch {epoch}, step {step}; the last checkpoint is kept. A smaller \
         training.learning_rate may help"
    )]
    Weights {
        /// The epoch, from 1.
        epoch: u32,
        /// The step after which it was seen.
        step: u64,
    },
    /// A checkpoint does not belong to this spec.
    #[error("the checkpoint lacks `{0}`; remove the run's checkpoints to begin anew")]
    Checkpoint(String),
    /// The device cannot be used.
    #[error(transparent)]
    Device(#[from] DeviceError),
    /// The images cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The network cannot be built.
    #[error(transparent)]
    Architecture(#[from] ArchError),
    /// The network's tensors do not fit.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A checkpoint could not be written.
    #[error(transparent)]
    Save(#[from] CheckpointError),
    /// A snapshot was refused.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The run's folder could not be written.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// A picture could not be made.
    #[error(transparent)]
    Figure(#[from] FigureError),
    /// A picture could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}
