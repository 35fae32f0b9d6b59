//! Runs as TensorBoard's event files: a folder a run, as TensorBoard takes them.

use std::io;
use std::path::{Path, PathBuf};

use dissect_runs::folder::RunFolder;
use dissect_runs::tensorboard::{EventFile, tag};

use super::replace::replace;
use super::table::Table;

/// Writes `folder/ID/` for each run and gives the files. What an earlier export of a run wrote there is replaced.
pub fn write_event_files(runs: &[RunFolder], folder: &Path) -> Result<Vec<PathBuf>, (PathBuf, io::Error)> {
    let write = |run: &RunFolder| {
        let folder = folder.join(run.id().as_str());
        // The time in the name comes from the id, so that the same run has the same name.
        let second = run.id().as_str().get(..15).unwrap_or_default().replace('-', "");
        let path = folder.join(format!("events.out.tfevents.{second}.dissect.v2"));
        let written = std::fs::create_dir_all(&folder).and_then(|()| write_one(run, &path));
        written.map(|()| path.clone()).map_err(|error| (path, error))
    };
    runs.iter().map(write).collect()
}

fn write_one(run: &RunFolder, path: &Path) -> io::Result<()> {
    let table = Table::read(std::slice::from_ref(run))?;
    replace(path, |file| {
        let first = table.rows.first().map_or(0.0, |row| row.time);
        let mut events = EventFile::begin(file.try_clone()?, if first.is_finite() { first } else { 0.0 })?;
        for row in &table.rows {
            let named = |(place, value): &(usize, f64)| {
                (tag(row.kind, row.f1.as_deref(), &table.metrics[*place]), *value)
            };
            events.scalars(row.step, row.time, row.values.iter().map(named))?;
        }
        Ok(())
    })
}
