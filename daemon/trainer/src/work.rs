//! One run from its folder: the spec read, the newest checkpoint found, the work done, the end written, whatever
//! happens on the way.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use dissect_runs::folder::{FolderError, RunFolder};
use dissect_runs::records::Happening;
use dissect_runs::spec::{Kind, Spec};
use dissect_runs::state::State;
use dissect_runs::worker::{End, Worker, WorkerError};

use crate::checkpoint::Checkpoint;
use crate::device;
use crate::error::TrainError;
use crate::stop::Stop;
use crate::{gan, training};

/// Why a run could not even be taken up, or its end not be written.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// The folder is no run.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The run is taken or over, or its files cannot be written.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// A run of another worker's kind.
    #[error("run {id} is of kind {kind}, which is not the trainer's; expected train or gan")]
    Kind {
        /// The run.
        id: String,
        /// Its kind.
        kind: Kind,
    },
}

/// Sets what libtorch's libraries read from the environment for the run in `path`. A folder that is no run changes
/// nothing; [`work`] says what is wrong with it.
///
/// # Safety
/// No other thread may be running: they could read the environment meanwhile.
pub unsafe fn prepare_environment(path: &Path) {
    let spec = RunFolder::open(path).and_then(|folder| folder.spec());
    if let Ok(Spec::Train(spec)) = spec {
        // SAFETY: as the caller promises.
        unsafe { device::prepare_environment(spec.training.precision) };
    }
}

/// Works on the run in `path` until it is done or stopped; gives the state it ended in.
pub fn work(path: &Path, stop: &Stop) -> Result<State, WorkError> {
    let folder = RunFolder::open(path)?;
    let spec = folder.spec()?;
    if let Spec::Dissect(_) | Spec::Imported(_) = &spec {
        return Err(WorkError::Kind { id: folder.id().as_str().to_owned(), kind: spec.kind() });
    }
    let threads = device::set_threads();
    let (checkpoint, damaged) = Checkpoint::newest(&folder.checkpoints());
    let mut worker = Worker::begin(folder, checkpoint.as_ref().map(|checkpoint| checkpoint.position))?;
    say!("threads: {threads}");
    for error in damaged {
        worker.event(Happening::Warning { message: format!("{error}; an older one is used") })?;
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| match &spec {
        Spec::Train(spec) => training::train(spec, &mut worker, checkpoint, stop),
        Spec::Gan(spec) => gan::train(spec, &mut worker, checkpoint, stop),
        Spec::Dissect(_) | Spec::Imported(_) => unreachable!("refused above"),
    }));
    let end = match outcome {
        Ok(Ok(end)) => end,
        Ok(Err(error)) => failed(&error),
        Err(panic) => End::Failed(format!("the trainer broke down: {}", message(&*panic))),
    };
    if let End::Failed(reason) = &end {
        say!("{reason}");
    }
    Ok(worker.end(end)?)
}

fn failed(error: &TrainError) -> End {
    End::Failed(error.to_string())
}

fn message(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("it did not say why")
}
