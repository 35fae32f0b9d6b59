//! A file that is either the old or the new one.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// Replaces `path` by what `write` writes: beside it first, and renamed once it is whole.
pub fn replace<E: From<io::Error>>(path: &Path, write: impl FnOnce(&File) -> Result<(), E>) -> Result<(), E> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As any new file: the umask takes from it what it takes.
    let mode = Permissions::from_mode(0o666);
    let file = tempfile::Builder::new().prefix(".writing-").permissions(mode).tempfile_in(folder)?;
    write(file.as_file())?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
