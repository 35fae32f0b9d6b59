//! The socket that only its owner can open, from the moment it exists.

use std::fs::{self, Metadata};
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::path::Path;

use anyhow::{Context, bail};
use dissect_runs::home::Home;
use rustix::fs::Mode;
use rustix::net::sockopt::{socket_acceptconn, socket_domain, socket_type};
use rustix::net::{AddressFamily, SocketType};
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

/// The socket, and who put it there.
#[derive(Debug)]
pub struct Door {
    listener: UnixListener,
    keeper: Keeper,
}

/// Who binds the socket, and removes it.
#[derive(Debug)]
enum Keeper {
    /// This daemon.
    Daemon,
    /// systemd, which holds it for the next daemon.
    ServiceManager,
}

impl Door {
    /// Where clients are heard.
    pub(crate) fn listener(&self) -> anyhow::Result<UnixListener> {
        self.listener.try_clone().context("cannot share the socket")
    }

    /// Leaves no socket behind but the service manager's.
    pub(crate) fn close(self, home: &Home) -> anyhow::Result<()> {
        if let Keeper::ServiceManager = self.keeper {
            return Ok(());
        }
        let socket = home.socket();
        fs::remove_file(&socket).with_context(|| format!("cannot remove {}", socket.display()))
    }
}

/// The home's socket: the one that systemd hands over, where it does, else one that is bound here.
pub fn open(home: &Home, lock: &HomeLock) -> anyhow::Result<Door> {
    let handed = sd_notify::listen_fds().context("cannot take the sockets that systemd hands over")?;
    let mut descriptors: Vec<_> = handed.collect();
    let (listener, keeper) = match (descriptors.pop(), descriptors.len()) {
        (None, _) => (bind(home, lock)?, Keeper::Daemon),
        (Some(descriptor), 0) => (inherit(home, descriptor)?, Keeper::ServiceManager),
        (Some(_), others) => bail!("systemd hands over {} sockets, expected one", others + 1),
    };
    listener.set_nonblocking(true).context("cannot set up the socket")?;
    Ok(Door { listener, keeper })
}

/// Binds the home's socket with mode 0600. A socket left by a daemon that was killed is replaced,
/// which the lock makes safe: nobody else listens on it. Anything else in its place is refused.
fn bind(home: &Home, _lock: &HomeLock) -> anyhow::Result<UnixListener> {
    let path = home.socket();
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.file_type().is_socket() => {
            if metadata.uid() != getuid().as_raw() {
                bail!(
                    "{} is a socket of user {}; move it away, then start again",
                    path.display(),
                    metadata.uid()
                );
            }
            fs::remove_file(&path).with_context(|| format!("cannot remove the old {}", path.display()))?;
        }
        Ok(metadata) => {
            bail!("{} is {}; move it away, then start again", path.display(), no_socket(&metadata))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("cannot look at {}", path.display())),
    }
    // The mode is set as the socket is made: with chmod afterwards others would have a moment.
    let before = umask(Mode::from_raw_mode(0o177));
    let bound = home.with_short_socket_path(|path| UnixListener::bind(path));
    umask(before);
    bound.with_context(|| format!("cannot bind {}", path.display()))
}

/// Takes the socket that systemd has bound, if it is the one that clients look for, and its owner's alone.
fn inherit(home: &Home, descriptor: RawFd) -> anyhow::Result<UnixListener> {
    // SAFETY: systemd says by LISTEN_PID and LISTEN_FDS that the descriptor is this process's, and open;
    // nothing else in this process takes it.
    let listener = unsafe { OwnedFd::from_raw_fd(descriptor) };
    let is_listener = socket_domain(&listener) == Ok(AddressFamily::UNIX)
        && socket_type(&listener) == Ok(SocketType::STREAM)
        && socket_acceptconn(&listener) == Ok(true);
    if !is_listener {
        bail!("what systemd hands over does not listen for streams; expected `ListenStream=` with a path");
    }
    let listener = UnixListener::from(listener);
    let path = home.socket();
    let address = listener.local_addr().context("cannot tell the address of systemd's socket")?;
    let handed = address.as_pathname().map(Path::to_owned).unwrap_or_default();
    let wanted = fs::symlink_metadata(&path);
    let wanted = wanted
        .with_context(|| format!("systemd's socket is {}, not {}", handed.display(), path.display()))?;
    let same = fs::symlink_metadata(&handed)
        .is_ok_and(|handed| (handed.dev(), handed.ino()) == (wanted.dev(), wanted.ino()));
    if !same {
        let (handed, path) = (handed.display(), path.display());
        bail!("systemd's socket is {handed}, clients look for {path}; set `ListenStream={path}`");
    }
    if !wanted.file_type().is_socket() {
        bail!("{} is {}; restart the socket unit", path.display(), no_socket(&wanted));
    }
    let (mode, owner) = (wanted.mode() & 0o777, wanted.uid());
    if mode & 0o077 != 0 || owner != getuid().as_raw() {
        bail!(
            "{} is open to others (mode {mode:o}, user {owner}); set `SocketMode=0600`, and `SocketUser=` to the \
             service's user",
            path.display()
        );
    }
    Ok(listener)
}

fn no_socket(metadata: &Metadata) -> &'static str {
    if metadata.is_symlink() { "a symbolic link" } else { "no socket" }
}
