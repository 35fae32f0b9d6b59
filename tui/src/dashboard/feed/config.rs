//! Reads `dashboard.toml` anew when it changes. A file with a mistake is said and changes nothing.

use std::time::{Duration, SystemTime};
use std::{fs, thread};

use dissect_runs::tail::Watcher;

use super::spawn::{Events, spawn};
use crate::dashboard::config::{Chosen, ConfigFile};
use crate::dashboard::state::Event;

/// Editors write a file in several steps: it is read when they are done.
const GATHER: Duration = Duration::from_millis(100);

/// Time between looks where notify says nothing.
const PATIENCE: Duration = Duration::from_secs(3);

/// Starts watching.
pub(super) fn watch(chosen: Chosen, events: &Events) {
    let Some(file) = chosen.file().cloned() else { return };
    spawn("configuration", events, move |events| {
        let mut watcher = watcher(&file);
        let mut known = stamp(&file);
        loop {
            let waited =
                watcher.as_mut().map(|watcher| watcher.wait(PATIENCE).and_then(|_| watcher.settle()));
            match waited {
                Some(Ok(_)) => thread::sleep(GATHER),
                Some(Err(_)) | None => thread::sleep(PATIENCE),
            }
            let now = stamp(&file);
            if now == known {
                continue;
            }
            known = now;
            let (settings, wrong) = chosen.read();
            let event = match wrong.first() {
                None => Event::Settings(Box::new(settings)),
                Some(first) => Event::Trouble(format!("{first}; nothing is changed")),
            };
            if events.send(event).is_err() {
                return;
            }
        }
    });
}

fn watcher(file: &ConfigFile) -> Option<Watcher> {
    let mut watcher = Watcher::new().ok()?;
    watcher.add(file.path().parent()?).ok()?;
    Some(watcher)
}

/// What tells one text of the file from another.
fn stamp(file: &ConfigFile) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(file.path()).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
