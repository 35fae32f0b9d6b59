//! Follows all run folders of a home with notify, and looks by the clock where nothing was said.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use dissect_runs::home::Home;
use dissect_runs::tail::Watcher;

use super::log_tail::LogTail;
use super::run_feed::RunFeed;
use super::spawn::{Events, Left, spawn};
use crate::dashboard::state::{Event, Lines};

/// Changes are gathered for this long: a frame that is late by it is not noticed, and a worker that writes a
/// thousand lines a second costs ten looks.
const GATHER: Duration = Duration::from_millis(100);

/// Time between looks at live runs that nobody spoke of: a worker that died, a file system without notify.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the thread is told.
pub(super) enum Order {
    /// A file or folder changed.
    Changed(PathBuf),
    /// The log of this run is wanted from now on.
    FollowLog(String),
}

/// Starts following; `models` is poked when there may be other models.
pub(super) fn follow(
    home: Home,
    orders: (SyncSender<Order>, Receiver<Order>),
    models: SyncSender<()>,
    events: &Events,
) {
    spawn("run folder", events, move |events| {
        let (sender, receiver) = orders;
        let heard = move |path: &Path| {
            // Never waits: this thread must stay free for the watcher's own requests. What does not fit is found by
            // the next look around.
            let _ = sender.try_send(Order::Changed(path.to_owned()));
        };
        let watcher = match Watcher::with_callback(heard) {
            Ok(watcher) => Some(watcher),
            Err(error) => {
                tracing::warn!(%error, "run folders are looked at by the clock");
                None
            }
        };
        let folders = Folders { home, events, models, watcher, runs: BTreeMap::new(), log: None };
        // An error means that the dashboard has left.
        let _ = folders.run(&receiver);
    });
}

struct Folders<'a> {
    home: Home,
    events: &'a Events,
    models: SyncSender<()>,
    watcher: Option<Watcher>,
    runs: BTreeMap<String, RunFeed>,
    log: Option<(String, LogTail)>,
}

impl Folders<'_> {
    fn run(mut self, orders: &Receiver<Order>) -> Result<(), Left> {
        self.watch(&self.home.runs());
        self.watch(&self.home.inbox());
        self.look_at_list()?;
        self.events.send(Event::Listed)?;
        let ids: Vec<String> = self.runs.keys().rev().cloned().collect();
        for id in ids {
            self.look_at(&id)?;
        }
        self.poke();
        let mut next_look = Instant::now() + PATIENCE;
        loop {
            let changed = match self.gather(orders, next_look)? {
                Some(changed) => changed,
                None => return Ok(()),
            };
            if changed.is_empty() || Instant::now() >= next_look {
                self.look_around()?;
                next_look = Instant::now() + PATIENCE;
            }
            self.look_at_changed(&changed)?;
        }
    }

    /// Waits for changes until `deadline`; nothing where no more orders can come.
    fn gather(
        &mut self,
        orders: &Receiver<Order>,
        deadline: Instant,
    ) -> Result<Option<BTreeSet<PathBuf>>, Left> {
        let mut changed = BTreeSet::new();
        let mut until = deadline;
        loop {
            match orders.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Order::Changed(path)) => {
                    if changed.is_empty() {
                        until = until.min(Instant::now() + GATHER);
                    }
                    changed.insert(path);
                }
                Ok(Order::FollowLog(id)) => {
                    self.log = Some((id.clone(), LogTail::new(self.home.runs().join(&id).join("log.txt"))));
                    self.look_at_log(&id)?;
                }
                Err(RecvTimeoutError::Timeout) => return Ok(Some(changed)),
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }

    fn look_at_changed(&mut self, changed: &BTreeSet<PathBuf>) -> Result<(), Left> {
        let runs = self.home.runs();
        if changed.iter().any(|path| path.starts_with(self.home.inbox())) {
            self.poke();
        }
        let in_runs: Vec<&Path> = changed.iter().filter_map(|path| path.strip_prefix(&runs).ok()).collect();
        let beside_runs = changed.iter().any(|path| runs.starts_with(path));
        let is_run = |relative: &&Path| relative.components().count() <= 1;
        if beside_runs || in_runs.iter().any(is_run) {
            self.look_at_list()?;
        }
        let ids: BTreeSet<String> = in_runs
            .iter()
            .filter_map(|relative| relative.components().next())
            .map(|name| name.as_os_str().to_string_lossy().into_owned())
            .collect();
        for id in ids {
            self.look_at(&id)?;
        }
        Ok(())
    }

    /// What notify may have missed: live runs, and folders it could not watch.
    fn look_around(&mut self) -> Result<(), Left> {
        if let Some(Err(error)) = self.watcher.as_mut().map(Watcher::settle) {
            tracing::debug!(%error, "not watched");
        }
        self.look_at_list()?;
        let live: Vec<String> =
            self.runs.iter().filter(|(_, run)| run.is_live()).map(|(id, _)| id.clone()).collect();
        for id in live {
            self.look_at(&id)?;
        }
        Ok(())
    }

    /// Finds runs that are new, and forgets those that are gone.
    fn look_at_list(&mut self) -> Result<(), Left> {
        let Ok(folders) = self.home.list() else { return Ok(()) };
        let there: BTreeSet<&str> = folders.iter().map(|folder| folder.id().as_str()).collect();
        let gone: Vec<String> = self.runs.keys().filter(|id| !there.contains(id.as_str())).cloned().collect();
        for id in &gone {
            self.runs.remove(id);
            let folder = self.home.runs().join(id);
            if let Some(watcher) = &mut self.watcher {
                watcher.remove(&folder);
            }
            self.events.send(Event::Gone(id.clone()))?;
        }
        let mut found = false;
        for folder in folders.into_iter().rev() {
            let id = folder.id().as_str().to_owned();
            if self.runs.contains_key(&id) {
                continue;
            }
            found = true;
            self.watch(folder.path());
            let mut run = RunFeed::new(folder);
            run.look_at_state(self.events)?;
            self.runs.insert(id, run);
        }
        if found || !gone.is_empty() {
            self.poke();
        }
        Ok(())
    }

    fn look_at(&mut self, id: &str) -> Result<(), Left> {
        let Some(run) = self.runs.get_mut(id) else { return Ok(()) };
        run.look_at_state(self.events)?;
        let more = run.look_at_lines(self.events)?;
        // Snapshots, samples and results are announced by a record or an event, or come with the end.
        if more || !run.is_live() {
            run.look_at_results(self.events)?;
            if more {
                self.poke();
            }
        }
        self.look_at_log(id)
    }

    fn look_at_log(&mut self, id: &str) -> Result<(), Left> {
        let Some((followed, log)) = self.log.as_mut().filter(|(followed, _)| followed == id) else {
            return Ok(());
        };
        let (restarted, text) = log.read();
        if restarted {
            self.events.send(Event::Restarted { id: followed.clone(), lines: Lines::Log })?;
        }
        if text.is_empty() { Ok(()) } else { self.events.send(Event::Log { id: followed.clone(), text }) }
    }

    fn watch(&mut self, folder: &Path) {
        if let Some(Err(error)) = self.watcher.as_mut().map(|watcher| watcher.add(folder)) {
            tracing::warn!(%error, "looked at by the clock");
        }
    }

    fn poke(&self) {
        // A poke that does not fit joins one that waits.
        let _ = self.models.try_send(());
    }
}
