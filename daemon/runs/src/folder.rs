//! One run's folder: the truth about it. Everything that changes a run's state goes through
//! [`RunFolder::transition`], in the daemon and in the worker alike.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, UNIX_EPOCH};

use rustix::fs::{FlockOperation, flock};
use serde::Serialize;

use crate::durable;
use crate::finding::{self, Finding};
use crate::home::RunId;
use crate::line::Lines;
use crate::place::Place;
use crate::records::{Event, Kind, Record};
use crate::spec::{Spec, SpecError};
use crate::state::{State, Status};

/// How long another process may hold a run's lock, which it needs for one small write.
const LOCK_PATIENCE: Duration = Duration::from_secs(5);

/// What can be wrong with a run's folder.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The folder is none of a run.
    #[error("{} is no run folder: {why}", path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        why: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {}: {source}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
    /// A file of JSON is not what it should be.
    #[error("{}: {message}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What was found.
        message: String,
    },
    /// The run's spec is wrong.
    #[error("{}: {source}", path.display())]
    Spec {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: SpecError,
    },
    /// What can be done to queued runs only was asked of another.
    #[error("run {id} is {status}; only queued runs can be edited")]
    NotQueued {
        /// The run.
        id: RunId,
        /// Its state.
        status: Status,
    },
    /// A run was to be cleaned that has not ended, or ended again since somebody looked.
    #[error("run {id} is {status} now; it was resumed since, and is left as it is")]
    NotEnded {
        /// The run.
        id: RunId,
        /// Its state.
        status: Status,
    },
    /// A run does not go from the one state to the other.
    #[error("run {id} is {from} and cannot become {to}")]
    NotAllowed {
        /// The run.
        id: RunId,
        /// Its state.
        from: Status,
        /// The state that was to follow.
        to: Status,
    },
}

/// A run's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
    id: RunId,
}

impl RunFolder {
    /// The run in `path`, which is named by the run's id and holds a spec.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, FolderError> {
        let path = path.into();
        // A path given as `.` or `..` has no name of its own.
        let named = if path.file_name().is_some() { Ok(path.clone()) } else { path.canonicalize() };
        let named = named.map_err(|source| FolderError::Io { action: "open", path: path.clone(), source })?;
        let name = named.file_name().unwrap_or_default().to_string_lossy();
        let Some(id) = RunId::parse(&name) else {
            let why = format!("its name {name:?} is no run's id, as 20261123-101502-NAME");
            return Err(FolderError::NotARun { path, why });
        };
        if !named.join("spec.toml").is_file() {
            return Err(FolderError::NotARun { path, why: "it has no spec.toml".to_owned() });
        }
        Ok(Self { path: named, id })
    }

    /// The folder of `id` in `runs`, whose existence the caller has seen.
    pub(crate) fn known(runs: &Path, id: RunId) -> Self {
        Self { path: runs.join(id.as_str()), id }
    }

    /// The run's id.
    pub fn id(&self) -> &RunId {
        &self.id
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `spec.toml`.
    pub fn spec_path(&self) -> PathBuf {
        self.path.join("spec.toml")
    }

    /// `state.json`.
    pub fn state_path(&self) -> PathBuf {
        self.path.join("state.json")
    }

    /// `queue.json`.
    pub fn place_path(&self) -> PathBuf {
        self.path.join("queue.json")
    }

    /// `metrics.jsonl`.
    pub fn metrics_path(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// `events.jsonl`.
    pub fn events_path(&self) -> PathBuf {
        self.path.join("events.jsonl")
    }

    /// `log.txt`.
    pub fn log_path(&self) -> PathBuf {
        self.path.join("log.txt")
    }

    /// `snapshots/`.
    pub fn snapshots(&self) -> PathBuf {
        self.path.join("snapshots")
    }

    /// `tensorboard/`: event files, where the spec asks for them.
    pub fn tensorboard(&self) -> PathBuf {
        self.path.join("tensorboard")
    }

    /// `checkpoints/`.
    pub fn checkpoints(&self) -> PathBuf {
        self.path.join("checkpoints")
    }

    /// `results/`.
    pub fn results(&self) -> PathBuf {
        self.path.join("results")
    }

    /// The exported model after `epoch`, or the final one.
    pub fn snapshot(&self, epoch: Option<u32>) -> PathBuf {
        self.snapshots().join(match epoch {
            Some(epoch) => format!("epoch-{epoch:04}.onnx"),
            None => "final.onnx".to_owned(),
        })
    }

    /// What was asked.
    pub fn spec(&self) -> Result<Spec, FolderError> {
        let path = self.spec_path();
        Spec::parse(&self.read(&path)?).map_err(|source| FolderError::Spec { path, source })
    }

    /// How the run stands by its folder.
    pub fn state(&self) -> Result<State, FolderError> {
        let path = self.state_path();
        let text = self.read(&path)?;
        serde_json::from_str(&text).map_err(|error| FolderError::Malformed {
            message: format!("found {text:?}, expected a run's state: {error}"),
            path,
        })
    }

    /// Where it stands in the queue, or stood; where the time puts it if no file says so.
    pub fn place(&self) -> Result<Place, FolderError> {
        let path = self.place_path();
        let text = match self.read(&path) {
            Err(FolderError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                return Ok(Place::default());
            }
            text => text?,
        };
        serde_json::from_str(&text).map_err(|error| FolderError::Malformed {
            message: format!("found {text:?}, expected a place in the queue: {error}"),
            path,
        })
    }

    /// Writes where it stands in the queue; on disk when this returns. For the daemon alone.
    pub fn set_place(&self, place: &Place) -> Result<(), FolderError> {
        let path = self.place_path();
        durable::replace(&path, &json_line(place)).map_err(self.io("write", &path))
    }

    /// Asks something else of a run, which must be queued; on disk when this returns. For the daemon alone.
    ///
    /// # Errors
    /// [`FolderError::NotQueued`] where a worker has the run, or had it; the old spec stays.
    pub fn set_spec(&self, spec: &Spec) -> Result<(), FolderError> {
        // A worker takes the run under this lock, and so finds the one spec or the other.
        let _lock = self.lock()?;
        let status = self.state()?.status();
        if status != Status::Queued {
            return Err(FolderError::NotQueued { id: self.id.clone(), status });
        }
        let path = self.spec_path();
        durable::replace(&path, spec.to_toml().as_bytes()).map_err(self.io("write", &path))
    }

    /// Writes other files over those of a run that was imported, one after the other; what holds the state comes last.
    pub(crate) fn replace_files(&self, files: &[(&str, Vec<u8>)]) -> Result<(), FolderError> {
        let _lock = self.lock()?;
        for (file, bytes) in files {
            let path = self.path.join(file);
            durable::replace(&path, bytes).map_err(self.io("write", &path))?;
        }
        Ok(())
    }

    /// How the run stands in truth: a worker that has vanished is noticed, and nothing is written.
    pub fn status_now(&self) -> Result<State, FolderError> {
        let gone = |state: &State| state.worker().is_some_and(|worker| !worker.is_alive());
        let state = self.state()?;
        if !gone(&state) {
            return Ok(state);
        }
        // It may have written its end after the first look and before it went.
        let state = self.state()?;
        let Some(worker) = state.worker().filter(|_| gone(&state)) else { return Ok(state) };
        let reason = format!("its worker (pid {}) is gone and left no word", worker.pid);
        let ended = self.last_sign_of_life().unwrap_or_else(|| state.since()).max(state.since());
        Ok(state.abandoned(ended, reason))
    }

    /// Changes the state, with no other process between reading the old one and writing the new one.
    /// The new state is on disk when this returns. `change` may refuse with an error of its own.
    pub fn transition<E: From<FolderError>>(
        &self,
        change: impl FnOnce(State) -> Result<State, E>,
    ) -> Result<State, E> {
        let _lock = self.lock()?;
        let from = self.state()?;
        let to = change(from.clone())?;
        if from == to {
            return Ok(to);
        }
        if !from.allows(&to) {
            let (from, to) = (from.status(), to.status());
            return Err(FolderError::NotAllowed { id: self.id.clone(), from, to }.into());
        }
        let path = self.state_path();
        durable::replace(&path, &json_line(&to)).map_err(self.io("write", &path))?;
        Ok(to)
    }

    /// Appends an event; for whoever is not the run's worker. It is on disk when this returns.
    pub fn append_event(&self, event: &Event) -> Result<(), FolderError> {
        let path = self.events_path();
        let append = || {
            let mut lines = Lines::open(&path)?;
            lines.append(event)?;
            lines.sync()
        };
        append().map_err(self.io("append to", &path))
    }

    /// What watching has found, by the last of its events.
    pub fn findings(&self) -> Vec<Finding> {
        let bytes = end_of(&self.events_path(), 1 << 18).unwrap_or_default();
        let lines = bytes.split(|byte| *byte == b'\n');
        let events: Vec<Event> = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
        finding::standing(&events)
    }

    /// The last record of this kind among the last lines of the metrics: enough to tell progress
    /// without reading a long run whole.
    pub fn last_record(&self, kind: Kind) -> Option<Record> {
        let bytes = end_of(&self.metrics_path(), 1 << 16)?;
        // Neither a cut first line nor a torn last one parses.
        let lines = bytes.split(|byte| *byte == b'\n').rev();
        let mut records = lines.filter_map(|line| serde_json::from_slice::<Record>(line).ok());
        records.find(|record| record.kind == kind)
    }

    /// The last line of the log that says something, cut to a length that fits into a reason.
    pub fn last_log_line(&self) -> Option<String> {
        let bytes = end_of(&self.log_path(), 1 << 12)?;
        let text = String::from_utf8_lossy(&bytes);
        let line = text.lines().map(str::trim).rfind(|line| !line.is_empty())?;
        Some(line.chars().take(300).collect())
    }

    /// When its worker last wrote something, where it did.
    pub fn last_sign_of_life(&self) -> Option<f64> {
        let modified = |path: PathBuf| fs::metadata(path).ok()?.modified().ok();
        let latest = modified(self.metrics_path()).into_iter().chain(modified(self.log_path())).max()?;
        Some(latest.duration_since(UNIX_EPOCH).ok()?.as_secs_f64())
    }

    pub(crate) fn lock(&self) -> Result<File, FolderError> {
        let path = self.path.join(".lock");
        let open = || OpenOptions::new().create(true).truncate(false).write(true).open(&path);
        let file = open().map_err(self.io("open", &path))?;
        let deadline = Instant::now() + LOCK_PATIENCE;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => return Ok(file),
                Err(rustix::io::Errno::WOULDBLOCK) if Instant::now() < deadline => {
                    std::thread::sleep(Duration::from_millis(2));
                }
                Err(error) => return Err(self.io("lock", &path)(error.into())),
            }
        }
    }

    fn read(&self, path: &Path) -> Result<String, FolderError> {
        fs::read_to_string(path).map_err(self.io("read", path))
    }

    fn io(&self, action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FolderError + use<> {
        let path = path.to_owned();
        move |source| FolderError::Io { action, path, source }
    }
}

/// The last bytes of a file, at most `most`.
fn end_of(path: &Path, most: u64) -> Option<Vec<u8>> {
    let mut file = File::open(path).ok()?;
    let length = file.metadata().ok()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(most))).ok()?;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

pub(crate) fn json_line(value: &impl Serialize) -> Vec<u8> {
    let mut json = serde_json::to_vec(value).expect("states, places and records are plain data");
    json.push(b'\n');
    json
}
