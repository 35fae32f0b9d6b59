//! Reads what is new in a file of lines. Only whole lines are handed out: a last line without its
//! end counts as not yet written, and is read again.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::marker::PhantomData;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::records::{Event, Record};

/// What one look brings at most; a longer file takes several.
const MOST: u64 = 8 << 20;
/// Bytes before the position that must be as they were, else the file was written anew.
const MEMORY: usize = 64;

/// What is new.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch<T> {
    /// The file was cut, replaced or removed: forget everything that came before this batch.
    pub restarted: bool,
    /// The new lines, in order.
    pub items: Vec<T>,
    /// Lines that could not be understood and were passed over.
    pub skipped: usize,
    /// More is waiting already: read again.
    pub more: bool,
}

/// Lines of text, as of `log.txt`.
#[derive(Debug)]
pub struct Lines {
    path: PathBuf,
    inode: Option<u64>,
    position: u64,
    memory: Vec<u8>,
}

impl Lines {
    /// Follows `path` from its beginning. The file need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), inode: None, position: 0, memory: Vec::new() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is new since the last look; does not wait.
    pub fn read(&mut self) -> io::Result<Batch<String>> {
        let mut batch = Batch { restarted: false, items: Vec::new(), skipped: 0, more: false };
        let mut file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                batch.restarted = self.forget();
                return Ok(batch);
            }
            Err(error) => return Err(error),
        };
        let metadata = file.metadata()?;
        if !self.continues(&mut file, &metadata)? {
            batch.restarted = self.forget();
        }
        self.inode = Some(metadata.ino());

        file.seek(SeekFrom::Start(self.position))?;
        let mut bytes = Vec::new();
        file.take(MOST).read_to_end(&mut bytes)?;
        let full = bytes.len() as u64 == MOST;
        let whole = match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => end + 1,
            // A line longer than a whole look would hold everything up; it goes out in pieces.
            None if full => bytes.len(),
            None => return Ok(batch),
        };
        bytes.truncate(whole);
        batch.more = full;
        self.position += whole as u64;
        self.memory.extend_from_slice(&bytes[whole.saturating_sub(MEMORY)..]);
        self.memory.drain(..self.memory.len().saturating_sub(MEMORY));

        let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        batch.items = text
            .split(|byte| *byte == b'\n')
            .map(|line| String::from_utf8_lossy(line).into_owned())
            .collect();
        Ok(batch)
    }

    /// Whether `file` is the one read before, with everything that was read still in it.
    fn continues(&self, file: &mut File, metadata: &fs::Metadata) -> io::Result<bool> {
        if self.position == 0 {
            return Ok(true);
        }
        if self.inode != Some(metadata.ino()) || metadata.len() < self.position {
            return Ok(false);
        }
        let mut before = vec![0; self.memory.len()];
        file.seek(SeekFrom::Start(self.position - before.len() as u64))?;
        file.read_exact(&mut before)?;
        Ok(before == self.memory)
    }

    /// Begins anew; says whether there was anything to forget.
    fn forget(&mut self) -> bool {
        let read_something = self.position > 0;
        *self = Self::new(std::mem::take(&mut self.path));
        read_something
    }
}

/// Lines of JSON. One that is not understood is passed over: it is torn, or of a newer version.
#[derive(Debug)]
pub struct JsonLines<T> {
    lines: Lines,
    item: PhantomData<fn() -> T>,
}

/// Follows a run's `metrics.jsonl`.
pub type Metrics = JsonLines<Record>;
/// Follows a run's `events.jsonl`.
pub type Events = JsonLines<Event>;

impl<T: DeserializeOwned> JsonLines<T> {
    /// Follows `path` from its beginning. The file need not be there yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { lines: Lines::new(path), item: PhantomData }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.lines.path()
    }

    /// What is new since the last look; does not wait.
    pub fn read(&mut self) -> io::Result<Batch<T>> {
        let Batch { restarted, items: lines, more, .. } = self.lines.read()?;
        let mut batch = Batch { restarted, items: Vec::with_capacity(lines.len()), skipped: 0, more };
        for line in lines {
            match serde_json::from_str(&line) {
                Ok(item) => batch.items.push(item),
                Err(_) => batch.skipped += 1,
            }
        }
        Ok(batch)
    }

    /// Everything that is new, however much.
    pub fn read_all(&mut self) -> io::Result<Batch<T>> {
        let mut all = self.read()?;
        while all.more {
            let next = self.read()?;
            if next.restarted {
                all = next;
            } else {
                all.items.extend(next.items);
                all.skipped += next.skipped;
                all.more = next.more;
            }
        }
        Ok(all)
    }
}
