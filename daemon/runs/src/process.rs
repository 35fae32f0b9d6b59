//! Who a process is: its pid together with the kernel's start time and the boot it belongs to, so
//! that a pid used again, here or on another machine, is never mistaken for the worker it once was.

use std::os::fd::OwnedFd;
use std::{fs, io};

use rustix::io::Errno;
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};

/// The identity of a process for as long as this machine runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessId {
    /// The process id.
    pub pid: i32,
    /// When it started, in clock ticks since boot (field 22 of `/proc/PID/stat`).
    pub start_time: u64,
    /// The kernel's boot id; empty in records that do not say, where it is not compared.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub boot: String,
}

impl ProcessId {
    /// The calling process.
    pub fn me() -> io::Result<Self> {
        Self::of(std::process::id() as i32)
    }

    /// The process that has `pid` now; `NotFound` where none has, or where it has already ended.
    pub fn of(pid: i32) -> io::Result<Self> {
        Ok(Self { pid, start_time: start_time(pid)?, boot: boot() })
    }

    /// Whether this very process still runs. A zombie has ended.
    pub fn is_alive(&self) -> bool {
        (self.boot.is_empty() || self.boot == boot())
            && start_time(self.pid).is_ok_and(|start| start == self.start_time)
    }

    /// A descriptor of this very process: readable once it has ended, and safe to signal through.
    pub fn open(&self) -> io::Result<OwnedFd> {
        let pid = Some(self.pid).filter(|pid| *pid > 0).and_then(Pid::from_raw);
        let pid = pid.ok_or(io::ErrorKind::NotFound)?;
        let descriptor = pidfd_open(pid, PidfdFlags::NONBLOCK).map_err(gone)?;
        // Compared after opening: from here on the descriptor cannot come to mean another process.
        if self.is_alive() { Ok(descriptor) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    /// Asks the process to stop (SIGTERM); `NotFound` where it has ended.
    pub fn terminate(&self) -> io::Result<()> {
        pidfd_send_signal(self.open()?, Signal::TERM).map_err(gone)
    }
}

fn gone(error: Errno) -> io::Error {
    if error == Errno::SRCH { io::ErrorKind::NotFound.into() } else { error.into() }
}

/// Field 22 of `/proc/PID/stat`. The command's name in field 2 may hold spaces and parentheses, so
/// the fields are counted from its last one.
fn start_time(pid: i32) -> io::Result<u64> {
    let stat = match fs::read_to_string(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat,
        // It may end between opening and reading.
        Err(error) if error.raw_os_error() == Some(Errno::SRCH.raw_os_error()) => {
            return Err(gone(Errno::SRCH));
        }
        Err(error) => return Err(error),
    };
    let malformed = || io::Error::new(io::ErrorKind::InvalidData, format!("/proc/{pid}/stat: {stat:?}"));
    let (_, fields) = stat.rsplit_once(')').ok_or_else(malformed)?;
    let mut fields = fields.split_ascii_whitespace();
    if matches!(fields.next(), Some("Z" | "X")) {
        return Err(io::ErrorKind::NotFound.into());
    }
    // After the state (field 3), which is taken, 18 more stand before field 22.
    fields.nth(18).and_then(|field| field.parse().ok()).ok_or_else(malformed)
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    fn cat() -> std::process::Child {
        Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap()
    }

    #[test]
    fn alive_until_it_ends_even_before_it_is_reaped() {
        let mut child = cat();
        let id = ProcessId::of(child.id() as i32).unwrap();
        assert!(id.is_alive());
        let descriptor = id.open().unwrap();

        drop(child.stdin.take());
        let mut fds = [rustix::event::PollFd::new(&descriptor, rustix::event::PollFlags::IN)];
        assert_eq!(rustix::event::poll(&mut fds, None).unwrap(), 1);
        assert!(!id.is_alive(), "a zombie has ended");
        child.wait().unwrap();
        assert!(!id.is_alive());
        assert_eq!(id.terminate().unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn another_process_with_the_same_pid_is_not_it() {
        let me = ProcessId::me().unwrap();
        assert!(me.is_alive());
        for other in [
            ProcessId { start_time: me.start_time + 1, ..me.clone() },
            ProcessId { boot: "another machine".into(), ..me.clone() },
            ProcessId { pid: -1, ..me.clone() },
            ProcessId { pid: i32::MAX, ..me.clone() },
        ] {
            assert!(!other.is_alive(), "{other:?}");
            assert!(other.open().is_err(), "{other:?}");
        }
        assert!(ProcessId { boot: String::new(), ..me }.is_alive(), "records without a boot id still match");
    }
}
