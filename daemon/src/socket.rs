//! The socket that only its owner can open, from the moment it exists.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixListener;

use anyhow::{Context, bail};
use dissect_runs::home::Home;
use rustix::fs::Mode;
use rustix::process::{getuid, umask};

use crate::home_lock::HomeLock;

/// Refuses a home in which others could put a file in the socket's place.
pub fn check_home(home: &Home) -> anyhow::Result<()> {
    let path = home.root();
    let metadata = fs::metadata(path).with_context(|| format!("cannot look at {}", path.display()))?;
    if metadata.uid() != getuid().as_raw() {
        let (owner, me) = (metadata.uid(), getuid().as_raw());
        bail!("{} belongs to user {owner}, this is user {me}; choose another --home", path.display());
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o022 != 0 {
        let path = path.display();
        bail!(
            "{path} can be written by others (mode {mode:o}); `chmod go-w {path}` or choose another --home"
        );
    }
    Ok(())
}

/// Binds the home's socket with mode 0600. A socket left by a daemon that was killed is replaced,
/// which the lock makes safe: nobody else listens on it. Anything else in its place is refused.
pub fn bind(home: &Home, _lock: &HomeLock) -> anyhow::Result<UnixListener> {
    let path = home.socket();
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.file_type().is_socket() => {
            fs::remove_file(&path).with_context(|| format!("cannot remove the old {}", path.display()))?;
        }
        Ok(metadata) => {
            let found = if metadata.is_symlink() { "a symbolic link" } else { "no socket" };
            bail!("{} is {found}; move it away, then start again", path.display());
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot look at {}", path.display())),
    }
    // The mode is set as the socket is made: with chmod afterwards others would have a moment.
    let before = umask(Mode::from_raw_mode(0o177));
    let bound = home.with_short_socket_path(|path| UnixListener::bind(path));
    umask(before);
    let listener = bound.with_context(|| format!("cannot bind {}", path.display()))?;
    listener.set_nonblocking(true).context("cannot set up the socket")?;
    Ok(listener)
}
