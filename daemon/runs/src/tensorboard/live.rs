//! The event files of a run that works: `tensorboard/` in its folder, one file for each worker that took the run up.
//! Whatever goes wrong here is told once and harms nothing else.

use std::fs;
use std::io;
use std::path::Path;

use super::event_file::EventFile;
use crate::clock;
use crate::records::Record;

/// How the names of event files begin; TensorBoard looks for `tfevents` in them and reads them in the order of their names.
const PREFIX: &str = "events.out.tfevents.";

/// The event file of this worker.
pub(crate) struct Live {
    file: EventFile,
    failed: bool,
}

impl Live {
    /// Begins a file behind those that are there. Where the run was taken up again, the steps past `resumed_after` that
    /// older files hold are given up; 0 gives up all of them.
    pub(crate) fn begin(folder: &Path, resumed_after: Option<u64>) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let now = clock::now();
        // Never before an older file, whatever happened to the clock.
        let latest =
            fs::read_dir(folder)?.flatten().filter_map(|entry| second(&entry.file_name().to_string_lossy()));
        let second = latest.max().map_or(now as u64, |latest| (now as u64).max(latest.saturating_add(1)));
        let name = format!("{PREFIX}{second:010}.dissect.{}.v2", std::process::id());
        let mut file = EventFile::create(&folder.join(name), now)?;
        if let Some(step) = resumed_after {
            file.give_up_from(if step == 0 { 0 } else { step + 1 }, now)?;
        }
        Ok(Self { file, failed: false })
    }

    /// Writes a record; gives the error where it is the first.
    pub(crate) fn record(&mut self, record: &Record) -> Option<io::Error> {
        let error = self.file.record(record).err()?;
        (!std::mem::replace(&mut self.failed, true)).then_some(error)
    }
}

/// The second in an event file's name.
fn second(name: &str) -> Option<u64> {
    name.strip_prefix(PREFIX)?.split('.').next()?.parse().ok()
}
