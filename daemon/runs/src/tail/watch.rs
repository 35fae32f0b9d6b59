//! Says when to look again. It rests on notify, and names files rather than changes: whoever hears
//! of one looks at it, so that hearing twice, late or of nothing does no harm.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

/// The kernel refuses to watch.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch {}: {source}", path.display())]
pub struct WatchError {
    /// The folder.
    pub path: PathBuf,
    /// Why.
    pub source: notify::Error,
}

/// Watches folders (not what lies deeper in them), whether they are there yet or not.
pub struct Watcher {
    watcher: RecommendedWatcher,
    /// Watched folders, each with the existing one that stands for it until it appears.
    folders: HashMap<PathBuf, PathBuf>,
    changed: Arc<Changed>,
}

type Callback = Box<dyn Fn(&Path) + Send>;

#[derive(Default)]
struct Changed {
    paths: Mutex<BTreeSet<PathBuf>>,
    some: Condvar,
}

impl Watcher {
    /// Watches nothing yet; changes are fetched with [`Watcher::wait`].
    pub fn new() -> Result<Self, WatchError> {
        let changed = Arc::new(Changed::default());
        let to = Arc::clone(&changed);
        Self::build(changed, Box::new(move |path| to.add(path)))
    }

    /// Watches nothing yet; `heard` is called on a thread of the watcher's with each changed path.
    pub fn with_callback(heard: impl Fn(&Path) + Send + 'static) -> Result<Self, WatchError> {
        Self::build(Arc::default(), Box::new(heard))
    }

    fn build(changed: Arc<Changed>, heard: Callback) -> Result<Self, WatchError> {
        let handler = move |event: notify::Result<notify::Event>| match event {
            // Reading a file is an access; hearing of it would make every look cause the next.
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => {}
            Ok(event) => event.paths.iter().for_each(|path| heard(path)),
            Err(error) => error.paths.iter().for_each(|path| heard(path)),
        };
        let watcher = notify::recommended_watcher(handler);
        let watcher = watcher.map_err(|source| WatchError { path: PathBuf::new(), source })?;
        Ok(Self { watcher, folders: HashMap::new(), changed })
    }

    /// Watches `folder`. Where it is not there yet, the nearest folder above it is watched, and
    /// [`Watcher::settle`] moves on once it has appeared.
    pub fn add(&mut self, folder: impl Into<PathBuf>) -> Result<(), WatchError> {
        let folder = folder.into();
        let standing = loop {
            let standing = nearest_existing(&folder);
            match self.watcher.watch(&standing, RecursiveMode::NonRecursive) {
                Ok(()) => break standing,
                // Gone between looking and watching: the next one up.
                Err(_) if !standing.exists() => {}
                Err(source) => return Err(WatchError { path: standing, source }),
            }
        };
        // It may have appeared just before the watch began.
        let appeared = standing != folder && nearest_existing(&folder) != standing;
        self.folders.insert(folder.clone(), standing);
        if appeared { self.add(folder) } else { Ok(()) }
    }

    /// Watches `folder` no more.
    pub fn remove(&mut self, folder: &Path) {
        let Some(standing) = self.folders.remove(folder) else { return };
        if !self.folders.values().any(|other| *other == standing) {
            // It may be gone, and its watch with it.
            let _ = self.watcher.unwatch(&standing);
        }
    }

    /// Watches folders that have appeared in place of those that stood for them, and says which.
    pub fn settle(&mut self) -> Result<Vec<PathBuf>, WatchError> {
        let moved = |(folder, standing): (&PathBuf, &PathBuf)| {
            (nearest_existing(folder) != *standing).then(|| folder.clone())
        };
        let waiting: Vec<_> = self.folders.iter().filter_map(moved).collect();
        for folder in &waiting {
            self.remove(folder);
            self.add(folder.clone())?;
        }
        Ok(waiting.into_iter().filter(|folder| folder.exists()).collect())
    }

    /// Waits for changes, at most `patience`, and returns the paths that changed since the last
    /// call; none where nothing did.
    pub fn wait(&mut self, patience: Duration) -> Result<BTreeSet<PathBuf>, WatchError> {
        let deadline = Instant::now() + patience;
        loop {
            let mut paths = self.changed.take_before(deadline);
            paths.extend(self.settle()?);
            let watched = |path: &PathBuf| {
                self.folders.keys().any(|folder| path.parent() == Some(folder) || path == folder)
            };
            paths.retain(watched);
            if !paths.is_empty() || Instant::now() >= deadline {
                return Ok(paths);
            }
        }
    }
}

impl Changed {
    fn add(&self, path: &Path) {
        self.paths.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned());
        self.some.notify_all();
    }

    fn take_before(&self, deadline: Instant) -> BTreeSet<PathBuf> {
        let paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        let patience = deadline.saturating_duration_since(Instant::now());
        let waited = self.some.wait_timeout_while(paths, patience, |paths| paths.is_empty());
        let (mut paths, _) = waited.unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut paths)
    }
}

fn nearest_existing(folder: &Path) -> PathBuf {
    let existing = folder.ancestors().find(|ancestor| ancestor.is_dir() && !ancestor.as_os_str().is_empty());
    existing.unwrap_or(Path::new(".")).to_owned()
}
