//! A log file that is bounded: once it is full it gets a number, older ones get the next, and the
//! oldest goes. Losing lines is better than filling the disk that runs need.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// The current file and its predecessors `FILE.1`, `FILE.2`, ....
#[derive(Debug)]
pub struct Rotated {
    path: PathBuf,
    file: File,
    size: u64,
    limit: u64,
    files: u16,
}

impl Rotated {
    /// Goes on with the file at `path`. A file is full at `limit` bytes; `files` are kept at most, the
    /// current one included.
    pub fn open(path: &Path, limit: u64, files: u16) -> io::Result<Self> {
        let file = open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, size, limit, files: files.max(1) })
    }

    fn numbered(&self, number: u16) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    }

    fn rotate(&mut self) -> io::Result<()> {
        for number in (1..self.files - 1).rev() {
            match fs::rename(self.numbered(number), self.numbered(number + 1)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        if self.files > 1 {
            fs::rename(&self.path, self.numbered(1))?;
        } else {
            fs::remove_file(&self.path)?;
        }
        self.file = open(&self.path)?;
        Ok(())
    }
}

impl Write for Rotated {
    /// Takes a line whole, into one file.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.size > 0 && self.size + line.len() as u64 > self.limit {
            // Where the folder lets nothing be renamed, the file begins anew: it stays bounded.
            if self.rotate().is_err() {
                self.file.set_len(0)?;
            }
            self.size = 0;
        }
        self.file.write_all(line)?;
        self.size += line.len() as u64;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What lies in the folder after lines of 10 bytes each, `0........`, `1........`, and so on.
    fn check(files: u16, lines: usize, expected: &[(&str, &str)]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        for line in 0..lines {
            // As if the daemon had started anew before each line: what is there counts.
            let mut log = Rotated::open(&path, 25, files).unwrap();
            log.write_all(format!("{line}........\n").as_bytes()).unwrap();
        }
        let mut found: Vec<_> = fs::read_dir(folder.path()).unwrap().flatten().map(|e| e.path()).collect();
        found.sort();
        let first = |path: &PathBuf| {
            let text = fs::read_to_string(path).unwrap();
            assert!(text.len() <= 25);
            text.lines().map(|line| &line[..1]).collect::<String>()
        };
        let found: Vec<_> = found
            .iter()
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), first(path)))
            .collect();
        let expected: Vec<_> =
            expected.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect::<Vec<_>>();
        assert_eq!(found, expected);
    }

    #[test]
    fn it_keeps_the_newest_lines_in_a_bounded_space() {
        check(3, 2, &[("log", "01")]);
        check(3, 3, &[("log", "2"), ("log.1", "01")]);
        check(3, 10, &[("log", "89"), ("log.1", "67"), ("log.2", "45")]);
        check(1, 5, &[("log", "4")]);
        check(2, 5, &[("log", "4"), ("log.1", "23")]);
    }

    #[test]
    fn a_line_longer_than_a_file_has_a_file_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = Rotated::open(&folder.path().join("log"), 5, 2).unwrap();
        for _ in 0..3 {
            log.write_all(b"a long line\n").unwrap();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        assert_eq!(fs::metadata(folder.path().join("log")).unwrap().len(), 12);
    }
}
