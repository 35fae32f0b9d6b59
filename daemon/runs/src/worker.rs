//! What a worker process does to its run's folder: it begins, records, and says how it ended. The
//! daemon may be down all the while.

use std::io;
use std::path::{Path, PathBuf};

use crate::clock;
use crate::folder::{FolderError, RunFolder};
use crate::home::RunId;
use crate::leftovers::sweep;
use crate::line::Lines;
use crate::process::ProcessId;
use crate::records::{Happening, Record};
use crate::reserve::Reserve;
use crate::state::{State, Status};
use crate::tensorboard::Live;

/// How far a run had come when a checkpoint was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Position {
    /// Epochs done.
    pub epoch: u32,
    /// Steps done.
    pub step: u64,
}

/// How a worker ends its run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Everything asked for was done.
    Finished,
    /// It was asked to stop.
    Stopped,
    /// Something went wrong; the reason says what, and what to do where that is known.
    Failed(String),
}

/// What can go wrong between a worker and its run.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// Another process works on the run.
    #[error("run {id} has a worker already (pid {pid})")]
    Taken {
        /// The run.
        id: RunId,
        /// Its worker's.
        pid: i32,
    },
    /// The run is not there to be worked on.
    #[error("run {id} is over ({status}); queue it again with `dissect run resume {id}`")]
    Over {
        /// The run.
        id: RunId,
        /// How it ended.
        status: Status,
    },
    /// A line could not be written.
    #[error("cannot append to {}: {source}", path.display())]
    Append {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The folder is not as it should be.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The kernel does not say who this process is.
    #[error("cannot tell this process's start time: {0}")]
    Identity(#[from] io::Error),
}

/// A run in the hands of this process.
pub struct Worker {
    folder: RunFolder,
    metrics: Lines,
    events: Lines,
    reserve: Reserve,
    tensorboard: Option<Live>,
}

impl Worker {
    /// Takes the run: its state becomes running, with this process as its worker, and an event says
    /// whether it started or resumed. `checkpoint` is where the work goes on; without one it goes
    /// on from the beginning. Call it before any long preparation. What a killed worker left half written goes.
    pub fn begin(folder: RunFolder, checkpoint: Option<Position>) -> Result<Self, WorkerError> {
        let me = ProcessId::me()?;
        let open = |path: PathBuf| Lines::open(&path).map_err(|source| WorkerError::Append { path, source });
        let events = open(folder.events_path())?;
        let metrics = open(folder.metrics_path())?;
        let began_before = folder.metrics_path().metadata().is_ok_and(|metadata| metadata.len() > 0);

        let id = folder.id().clone();
        folder.transition(|state| match state {
            State::Queued { .. } | State::Starting { .. } => {
                // Under the lock: nobody else writes a state now.
                sweep(folder.path());
                Ok(State::Running { since: clock::now(), worker: me })
            }
            // Asked to stop before it could begin: it begins all the same, and stops in its own way.
            State::Stopping { ref worker, .. } if *worker == me => Ok(state),
            State::Running { worker, .. } | State::Stopping { worker, .. } if worker.is_alive() => {
                Err(WorkerError::Taken { id, pid: worker.pid })
            }
            State::Running { .. } | State::Stopping { .. } => {
                Err(WorkerError::Over { id, status: Status::Lost })
            }
            ended => Err(WorkerError::Over { id, status: ended.status() }),
        })?;

        for folder in [folder.checkpoints(), folder.snapshots(), folder.results()] {
            sweep(&folder);
        }
        let reserve = Reserve::at(folder.path());
        let mut worker = Self { folder, metrics, events, reserve, tensorboard: None };
        if let Err(source) = worker.reserve.take() {
            let error = WorkerError::Append { path: worker.reserve.path().to_owned(), source };
            worker.end(End::Failed(error.to_string()))?;
            return Err(error);
        }
        let Position { epoch, step } = checkpoint.unwrap_or_default();
        let resumed = checkpoint.is_some() || began_before;
        worker.event(if resumed { Happening::Resumed { epoch, step } } else { Happening::Started })?;
        worker.begin_event_file(resumed.then_some(step));
        Ok(worker)
    }

    /// Writes for TensorBoard as well where the spec asks for it. Nothing that goes wrong with it harms the run.
    fn begin_event_file(&mut self, resumed_after: Option<u64>) {
        if !self.folder.spec().is_ok_and(|spec| spec.tensorboard()) {
            return;
        }
        let folder = self.folder.tensorboard();
        match Live::begin(&folder, resumed_after) {
            Ok(live) => self.tensorboard = Some(live),
            Err(error) => self.warn_of_event_file(&folder, &error),
        }
    }

    fn warn_of_event_file(&mut self, path: &Path, error: &io::Error) {
        let message = format!("cannot write event files for TensorBoard in {}: {error}", path.display());
        // Where not even this can be written the run will say so itself.
        let _ = self.event(Happening::Warning { message });
    }

    /// The run's folder.
    pub fn folder(&self) -> &RunFolder {
        &self.folder
    }

    /// Appends a metric record.
    pub fn record(&mut self, record: &Record) -> Result<(), WorkerError> {
        let append = self.metrics.append(record);
        append.map_err(|source| WorkerError::Append { path: self.folder.metrics_path(), source })?;
        if let Some(error) = self.tensorboard.as_mut().and_then(|live| live.record(record)) {
            self.warn_of_event_file(&self.folder.tensorboard(), &error);
        }
        Ok(())
    }

    /// Appends an event of this moment.
    pub fn event(&mut self, what: Happening) -> Result<(), WorkerError> {
        let append = self.events.append(&what.now());
        append.map_err(|source| WorkerError::Append { path: self.folder.events_path(), source })
    }

    /// Makes what was recorded survive a loss of power; call it before a checkpoint gets its name.
    pub fn sync(&self) -> Result<(), WorkerError> {
        let synced = self.metrics.sync().and_then(|()| self.events.sync());
        synced.map_err(|source| WorkerError::Append { path: self.folder.metrics_path(), source })
    }

    /// Says how the run ended: first as an event, so that whoever sees the state sees everything.
    pub fn end(mut self, end: End) -> Result<State, WorkerError> {
        let (status, reason) = match &end {
            End::Finished => (Status::Finished, None),
            // Whoever asked for it may have said why.
            End::Stopped => {
                let asked = self.folder.state().ok();
                (Status::Stopped, asked.and_then(|state| state.reason().map(str::to_owned)))
            }
            End::Failed(reason) => (Status::Failed, Some(reason.clone())),
        };
        self.reserve.release();
        // A full disk may refuse the event all the same; the state is still tried, as it counts.
        let told = self.event(Happening::Ended { status, reason }).and_then(|()| self.sync());
        let ended = clock::now();
        let state = self.folder.transition(|state| {
            let started = state.started();
            let asked = state.reason().map(str::to_owned);
            Ok::<_, WorkerError>(match end {
                End::Finished => State::Finished { started: started.unwrap_or(state.since()), ended },
                End::Stopped => State::Stopped { started, ended, reason: asked },
                End::Failed(reason) => State::Failed { started, ended, reason },
            })
        })?;
        told.map(|()| state)
    }
}
