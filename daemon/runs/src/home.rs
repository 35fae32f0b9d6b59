//! Where runs live, what they are called there, and how people refer to them.

use std::fs::{self, DirBuilder};
use std::os::fd::AsRawFd;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;
use std::{env, fmt, io};

use serde::{Deserialize, Serialize};

use crate::allowance::Allowance;
use crate::folder::{FolderError, RunFolder, json_line};
use crate::place::Place;
use crate::spec::{ModelRef, Spec};
use crate::state::State;
use crate::{clock, durable};

/// A run's id, `20261123-101502-NAME`: it sorts by time and says what the run is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RunId(String);

/// Characters of an id before its name.
const STAMP: usize = "20261123-101502-".len();

impl RunId {
    /// Reads an id; none where `text` is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let (stamp, name) = text.split_at_checked(STAMP)?;
        let digits = |range: std::ops::Range<usize>| stamp.as_bytes()[range].iter().all(u8::is_ascii_digit);
        let dashes = stamp.as_bytes()[8] == b'-' && stamp.as_bytes()[15] == b'-';
        let named = !name.is_empty() && !name.contains('/');
        (digits(0..8) && dashes && digits(9..15) && named).then(|| Self(text.to_owned()))
    }

    /// The whole id.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The run's name.
    pub fn name(&self) -> &str {
        &self.0[STAMP..]
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for RunId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("{text:?} is no run's id, as 20261123-101502-NAME"))
    }
}

impl From<RunId> for String {
    fn from(id: RunId) -> Self {
        id.0
    }
}

/// What can go wrong in a home.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// No folder is named by the environment.
    #[error("no home for runs: set DISSECT_HOME, XDG_STATE_HOME or HOME")]
    Nowhere,
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
    /// Nothing is called so.
    #[error("no run is called `{0}`")]
    NotFound(String),
    /// Several are.
    #[error("`{reference}` may mean {}", .candidates.iter().map(RunId::as_str).collect::<Vec<_>>().join(", "))]
    Ambiguous {
        /// What was given.
        reference: String,
        /// Runs it may mean, at most a few.
        candidates: Vec<RunId>,
    },
    /// A run did not export the model that is asked for.
    #[error("run {id} has no {}{hint}", file.display())]
    NoModel {
        /// The run.
        id: RunId,
        /// The file.
        file: PathBuf,
        /// What is there instead, or how the run stands.
        hint: String,
    },
    /// A folder is not as it should be.
    #[error(transparent)]
    Folder(#[from] FolderError),
}

/// The folder that holds runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// `$DISSECT_HOME`, else `$XDG_STATE_HOME/dissect`, else `~/.local/state/dissect`.
    pub fn from_env() -> Result<Self, HomeError> {
        let var = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let root = var("DISSECT_HOME")
            .or_else(|| Some(var("XDG_STATE_HOME")?.join("dissect")))
            .or_else(|| Some(var("HOME")?.join(".local/state/dissect")));
        root.map(Self::at).ok_or(HomeError::Nowhere)
    }

    /// The home at `root`, which need not exist yet.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        let root = root.into();
        // Workers run elsewhere; what names the home to them must not depend on the folder.
        Self { root: std::path::absolute(&root).unwrap_or(root) }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// `runs/`.
    pub fn runs(&self) -> PathBuf {
        self.root.join("runs")
    }

    /// The daemon's socket.
    pub fn socket(&self) -> PathBuf {
        self.root.join("dissectd.sock")
    }

    /// Calls `with` with a path of the socket that fits into a socket's address, however deep the
    /// home lies: an address holds 107 bytes.
    pub fn with_short_socket_path<T>(&self, with: impl FnOnce(&Path) -> io::Result<T>) -> io::Result<T> {
        let path = self.socket();
        if path.as_os_str().len() <= 107 {
            return with(&path);
        }
        let folder = fs::File::open(&self.root)?;
        with(&PathBuf::from(format!("/proc/self/fd/{}/dissectd.sock", folder.as_raw_fd())))
    }

    /// The file whose lock a daemon holds.
    pub fn lock(&self) -> PathBuf {
        self.root.join("dissectd.lock")
    }

    /// `models/`: ONNX files that people drop in.
    pub fn inbox(&self) -> PathBuf {
        self.root.join("models")
    }

    /// Creates what is missing of the home, for its owner alone.
    pub fn create(&self) -> Result<(), HomeError> {
        for path in [self.root.clone(), self.runs(), self.inbox()] {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(&path);
            made.map_err(|source| HomeError::Io { action: "create", path, source })?;
        }
        Ok(())
    }

    /// Every run, oldest first.
    pub fn list(&self) -> Result<Vec<RunFolder>, HomeError> {
        let runs = self.runs();
        Ok(self.ids()?.into_iter().map(|id| RunFolder::known(&runs, id)).collect())
    }

    /// Every run's id, oldest first; none where there is no home yet.
    pub fn ids(&self) -> Result<Vec<RunId>, HomeError> {
        let path = self.runs();
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(HomeError::Io { action: "read", path, source }),
        };
        let id = |entry: io::Result<fs::DirEntry>| RunId::parse(entry.ok()?.file_name().to_str()?);
        let mut ids: Vec<_> = entries.filter_map(id).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// The run with exactly this id.
    pub fn run(&self, id: &RunId) -> RunFolder {
        RunFolder::known(&self.runs(), id.clone())
    }

    /// The run that `reference` names; see [`resolve`].
    pub fn find(&self, reference: &str) -> Result<RunFolder, HomeError> {
        let ids = self.ids()?;
        Ok(self.run(resolve(reference, ids.iter())?))
    }

    /// The file that a reference to a model means, which exists where it is a run's.
    pub fn model(&self, reference: &ModelRef) -> Result<PathBuf, HomeError> {
        let (run, epoch) = match reference {
            ModelRef::File(path) => return Ok(path.clone()),
            ModelRef::Run { run, epoch } => (self.find(run)?, *epoch),
        };
        let path = run.snapshot(epoch);
        if path.is_file() {
            return Ok(path);
        }
        let hint = match run.status_now()? {
            state if state.is_ended() => format!("; the run {}, it keeps {}", state.status(), kept(&run)),
            state => format!("; the run is {}", state.status()),
        };
        let file = PathBuf::from("snapshots").join(path.file_name().unwrap_or_default());
        Err(HomeError::NoModel { id: run.id().clone(), file, hint })
    }

    /// Since when the queue is paused, if it is: nothing starts then. A file that cannot be read pauses it
    /// as well.
    pub fn paused(&self) -> Option<f64> {
        let path = self.pause_path();
        let modified = |metadata: fs::Metadata| metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok();
        let metadata = fs::symlink_metadata(path).ok()?;
        Some(modified(metadata).map_or(0.0, |since| since.as_secs_f64()))
    }

    /// Pauses the queue or lets it go on; on disk when this returns. For the daemon alone.
    pub fn set_paused(&self, paused: bool) -> Result<(), HomeError> {
        let path = self.pause_path();
        let changed = match (paused, self.paused()) {
            (true, None) => durable::replace(&path, b"the queue is paused: `dissect run unpause`\n"),
            (false, Some(_)) => fs::remove_file(&path).and_then(|()| durable::sync_folder(&self.root)),
            _ => Ok(()),
        };
        changed.map_err(|source| HomeError::Io { action: "change", path, source })
    }

    /// The file whose being there pauses the queue.
    fn pause_path(&self) -> PathBuf {
        self.root.join("paused")
    }

    /// Creates a queued run that stands where its time puts it. The folder is complete and on disk before
    /// its name appears.
    pub fn create_run(&self, spec: &Spec) -> Result<RunFolder, HomeError> {
        self.create_run_at(spec, &Place::default())
    }

    /// Creates a queued run that stands there.
    pub fn create_run_at(&self, spec: &Spec, place: &Place) -> Result<RunFolder, HomeError> {
        self.create_run_with(spec, place, None)
    }

    /// The same, with a time limit if there is one.
    pub fn create_run_with(
        &self,
        spec: &Spec,
        place: &Place,
        allowance: Option<&Allowance>,
    ) -> Result<RunFolder, HomeError> {
        let since = clock::now();
        let mut files = vec![
            ("spec.toml", spec.to_toml().into_bytes()),
            ("state.json", json_line(&State::Queued { since })),
        ];
        if !place.is_default() {
            files.push(("queue.json", json_line(place)));
        }
        files.extend(allowance.map(|allowance| ("time.json", json_line(allowance))));
        self.create_folder(spec.name(), since, &files)
    }

    /// Creates a run's folder of these files. It is complete and on disk before its name appears.
    pub(crate) fn create_folder(
        &self,
        name: &str,
        since: f64,
        files: &[(&str, Vec<u8>)],
    ) -> Result<RunFolder, HomeError> {
        self.create()?;
        let runs = self.runs();
        let io = |source| HomeError::Io { action: "create a run in", path: runs.clone(), source };
        let draft = tempfile::Builder::new().prefix(".new-").tempdir_in(&runs).map_err(io)?;
        for (file, bytes) in files {
            durable::write_new(&draft.path().join(file), bytes).map_err(io)?;
        }
        durable::sync_folder(draft.path()).map_err(io)?;

        // A run of the same name in the same second takes the next one, so that the id still ends
        // in the name alone. A folder is never renamed over another that holds something.
        for second in 0.. {
            let id = format!("{}-{}", clock::stamp(since + f64::from(second)), name);
            match fs::rename(draft.path(), runs.join(&id)) {
                Ok(()) => {
                    if let Err(error) = durable::sync_folder(&runs) {
                        // Refused, so it must not be there: the draft takes its own name back, and goes.
                        let _ = fs::rename(runs.join(&id), draft.path());
                        return Err(io(error));
                    }
                    // It has its name now; the draft's own is gone and there is nothing to clean up.
                    let _ = draft.keep();
                    let id = RunId::parse(&id).expect("a stamp and a valid name");
                    return Ok(RunFolder::known(&runs, id));
                }
                Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(io(error)),
            }
        }
        unreachable!("seconds do not run out")
    }
}

/// The run that `reference` names among `ids`, which are sorted: an id, else the newest run of this
/// name, else the one run, or the newest of the one name, whose id or name begins so.
pub fn resolve<'i>(
    reference: &str,
    ids: impl DoubleEndedIterator<Item = &'i RunId> + Clone,
) -> Result<&'i RunId, HomeError> {
    let newest_first = ids.rev();
    let exact = |id: &&RunId| id.as_str() == reference;
    let named = |id: &&RunId| id.name() == reference;
    if let Some(id) = newest_first.clone().find(exact).or_else(|| newest_first.clone().find(named)) {
        return Ok(id);
    }
    let begins = |id: &&RunId| id.as_str().starts_with(reference) || id.name().starts_with(reference);
    let mut matching = newest_first.filter(begins).filter(|_| !reference.is_empty());
    let Some(first) = matching.next() else { return Err(HomeError::NotFound(reference.to_owned())) };
    // Older runs of the same name are the same thing to whoever gives a prefix of the name.
    let by_name = first.name().starts_with(reference);
    let others: Vec<_> = matching.filter(|id| !by_name || id.name() != first.name()).take(5).collect();
    if others.is_empty() {
        return Ok(first);
    }
    let candidates = [first].into_iter().chain(others).cloned().collect();
    Err(HomeError::Ambiguous { reference: reference.to_owned(), candidates })
}

fn kept(run: &RunFolder) -> String {
    let names = |entry: io::Result<fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
    let mut files: Vec<_> = fs::read_dir(run.snapshots()).into_iter().flatten().filter_map(names).collect();
    files.sort_unstable();
    if files.is_empty() { "no snapshots".to_owned() } else { files.join(", ") }
}
