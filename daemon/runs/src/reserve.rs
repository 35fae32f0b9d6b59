//! A little room set aside on the disk while a worker works, so that its last words fit when the disk has become full:
//! an event and a state of at most a few pages.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Bytes set aside. They are written, since a file of holes takes no room.
const SIZE: usize = 1 << 16;

/// The file that takes the room.
pub(crate) struct Reserve {
    path: PathBuf,
}

impl Reserve {
    /// Where it stands in a run's folder.
    pub(crate) fn at(folder: &Path) -> Self {
        Self { path: folder.join(".reserve") }
    }

    /// The file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Sets the room aside.
    pub(crate) fn take(&self) -> io::Result<()> {
        let mut file = File::create(&self.path)?;
        // Something that no file system stores for less.
        let noise: Vec<u8> = (0..SIZE as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        file.write_all(&noise)?;
        file.sync_data()
    }

    /// Gives the room back.
    pub(crate) fn release(&self) {
        // Not there where it could not be taken.
        let _ = fs::remove_file(&self.path);
    }
}
