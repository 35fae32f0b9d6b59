//! Appends whole lines to a file that others read while it grows.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde::Serialize;

/// A file of lines, open for appending. Each line is one `write`, so that writers do not mix.
pub(crate) struct Lines {
    file: File,
    torn: bool,
}

impl Lines {
    /// Opens or creates `path`. A last line that was never finished stays alone on its line.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let mut file = OpenOptions::new().append(true).create(true).read(true).open(path)?;
        let mut last = [b'\n'];
        if file.metadata()?.len() > 0 {
            file.seek(SeekFrom::End(-1))?;
            file.read_exact(&mut last)?;
        }
        Ok(Self { file, torn: last != *b"\n" })
    }

    /// Appends `value` as a line of JSON.
    pub(crate) fn append(&mut self, value: &impl Serialize) -> io::Result<()> {
        let mut line = Vec::with_capacity(256);
        if self.torn {
            line.push(b'\n');
        }
        serde_json::to_writer(&mut line, value)?;
        line.push(b'\n');
        let written = loop {
            match self.file.write(&line) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        // A short write means that the disk is full. What was written is a torn line from now on.
        self.torn = written < line.len() && (written > 0 || self.torn);
        if written < line.len() {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "no space left for a whole line"));
        }
        Ok(())
    }

    /// Makes every line survive a loss of power.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_last_line_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lines");
        for (before, after) in [("", "1\n2\n"), ("0\n", "0\n1\n2\n"), ("{\"torn", "{\"torn\n1\n2\n")] {
            std::fs::write(&path, before).unwrap();
            let mut lines = Lines::open(&path).unwrap();
            lines.append(&1).unwrap();
            lines.append(&2).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), after);
        }
    }
}
