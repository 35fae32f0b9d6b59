//! What the service manager is told: readiness, reloads, how things stand, and that the loop lives.
//! Without one, nothing.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::{env, io};

use sd_notify::NotifyState;
use tokio::time::Interval;

/// Variables by which a service manager speaks to its service, and which are nobody else's business.
pub(crate) const VARIABLES: [&str; 7] = [
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "WATCHDOG_PID",
    "LISTEN_PID",
    "LISTEN_FDS",
    "LISTEN_FDNAMES",
    "JOURNAL_STREAM",
];

/// The service manager, as this service sees it.
#[derive(Debug)]
pub(crate) struct Service {
    listens: bool,
    status: String,
    pulse: Option<Interval>,
}

impl Service {
    /// Whoever started this process. Belongs into an async runtime.
    pub(crate) fn new() -> Self {
        let listens = env::var_os("NOTIFY_SOCKET").is_some();
        // Half of the time after which the daemon would be taken for dead.
        let period = sd_notify::watchdog_enabled().map(|patience| patience / 2);
        let pulse = period.filter(|period| !period.is_zero()).map(tokio::time::interval);
        Self { listens, status: String::new(), pulse }
    }

    /// Requests are answered from now on.
    pub(crate) fn ready(&self) {
        say(&[NotifyState::Ready]);
    }

    /// The configuration is being read; [`Service::ready`] follows.
    pub(crate) fn reloading(&self) {
        // Without the time systemd takes a reload for failed.
        match NotifyState::monotonic_usec_now() {
            Ok(now) => say(&[NotifyState::Reloading, now]),
            Err(error) => tracing::debug!("cannot tell the service manager of a reload: {error}"),
        }
    }

    /// It is being left.
    pub(crate) fn stopping(&self) {
        say(&[NotifyState::Stopping]);
    }

    /// How things stand, in a few words. Said when it changes.
    pub(crate) fn status(&mut self, status: impl FnOnce() -> String) {
        if !self.listens {
            return;
        }
        let status = status();
        if self.status != status && murmur(&NotifyState::Status(&status)).is_ok() {
            self.status = status;
        }
    }

    /// Waits until it is time to say that the loop lives; for ever where nobody asks.
    pub(crate) async fn pulse(&mut self) {
        match &mut self.pulse {
            Some(pulse) => drop(pulse.tick().await),
            None => std::future::pending().await,
        }
    }

    /// The loop lives. It says so itself: a task of its own would say it of itself alone.
    pub(crate) fn alive(&self) {
        if let Err(error) = murmur(&NotifyState::Watchdog) {
            tracing::debug!("cannot tell the service manager that the loop lives: {error}");
        }
    }
}

fn say(what: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(what) {
        tracing::debug!("cannot tell the service manager: {error}");
    }
}

/// Says what may be lost, without waiting: a service manager that does not listen must not hold up the
/// loop, which says this again and again.
fn murmur(what: &NotifyState<'_>) -> io::Result<()> {
    let Some(path) = env::var_os("NOTIFY_SOCKET") else { return Ok(()) };
    let address = match path.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(&path)?,
    };
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.send_to_addr(what.to_string().as_bytes(), &address).map(drop)
}
