//! Follows a log as bytes, so that a line which is still being written shows: a progress bar has no line ends.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

/// A log longer than this is read from near its end.
const TAIL: u64 = 1 << 20;

/// A log file and how far it has been read.
pub(super) struct LogTail {
    path: PathBuf,
    inode: Option<u64>,
    position: u64,
    /// Bytes of a character that was not written whole.
    cut: Vec<u8>,
}

impl LogTail {
    /// Follows a file, which need not be there yet, from near its end.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, inode: None, position: 0, cut: Vec::new() }
    }

    /// What is new, and whether it begins anew because the file was cut or replaced.
    pub(super) fn read(&mut self) -> (bool, String) {
        self.try_read().unwrap_or_default()
    }

    fn try_read(&mut self) -> Option<(bool, String)> {
        let mut file = File::open(&self.path).ok()?;
        let metadata = file.metadata().ok()?;
        let replaced =
            self.inode.is_some_and(|inode| inode != metadata.ino()) || metadata.len() < self.position;
        if replaced || self.inode.is_none() {
            self.inode = Some(metadata.ino());
            self.position = metadata.len().saturating_sub(TAIL);
            self.cut.clear();
        }
        let skips_line =
            self.position > 0 && (replaced || self.cut.is_empty() && self.position + TAIL == metadata.len());
        file.seek(SeekFrom::Start(self.position)).ok()?;
        let mut bytes = std::mem::take(&mut self.cut);
        let count = file.take(TAIL).read_to_end(&mut bytes).ok()?;
        self.position += count as u64;
        if skips_line {
            let start = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            bytes.drain(..start);
        }
        if let Err(error) = std::str::from_utf8(&bytes) {
            // Cut in the middle of a character: its beginning waits for its end.
            if error.error_len().is_none() {
                self.cut = bytes.split_off(error.valid_up_to());
            }
        }
        Some((replaced, String::from_utf8_lossy(&bytes).into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::OpenOptions;
    use std::io::Write as _;

    use super::*;

    #[test]
    fn unfinished_lines_and_characters_come_as_they_are_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        let mut log = LogTail::new(path.clone());
        assert_eq!(log.read(), (false, String::new()));
        let mut file = OpenOptions::new().create(true).append(true).open(&path).unwrap();
        for (written, expected) in [
            (&b"10%\r20%"[..], "10%\r20%"),
            (b"\n\xe2\x94", "\n"),
            (b"\x80!", "─!"),
            (b"\xff\n", "\u{fffd}\n"),
            (b"", ""),
        ] {
            file.write_all(written).unwrap();
            assert_eq!(log.read(), (false, expected.to_owned()));
        }
        std::fs::write(&path, "anew").unwrap();
        assert_eq!(log.read(), (true, "anew".to_owned()));
    }

    #[test]
    fn long_logs_begin_with_a_whole_line_near_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.txt");
        let lines: String = (0..200_000).map(|i| format!("line {i}\n")).collect();
        std::fs::write(&path, &lines).unwrap();
        let (_, text) = LogTail::new(path).read();
        assert!(text.len() as u64 <= TAIL && text.starts_with("line ") && text.ends_with("line 199999\n"));
    }
}
