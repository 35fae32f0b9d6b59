//! One daemon a home: whoever holds the lock of its file is it. The kernel lets go of the lock when
//! the process ends, however it ends.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use dissect_runs::home::Home;
use dissect_runs::process::ProcessId;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// How long the lock of a daemon that is dead may outlive it: where it was killed while it started a
/// worker, the child holds the lock until its program begins.
const AFTERLIFE: Duration = Duration::from_secs(5);

/// The right to supervise a home, held until dropped.
#[derive(Debug)]
pub struct HomeLock {
    _file: File,
}

impl HomeLock {
    /// Takes the lock, or says which process has it.
    pub fn take(home: &Home) -> anyhow::Result<Self> {
        let path = home.lock();
        let open =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let mut file = open.with_context(|| format!("cannot open {}", path.display()))?;
        let deadline = Instant::now() + AFTERLIFE;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => break,
                Err(Errno::WOULDBLOCK) => {
                    let holder = holder(&path);
                    if holder.as_ref().is_some_and(ProcessId::is_alive) || Instant::now() >= deadline {
                        let pid =
                            holder.map_or_else(|| "unknown".to_owned(), |holder| holder.pid.to_string());
                        let home = home.root().display();
                        bail!(
                            "another dissectd (pid {pid}) supervises {home}; stop it or choose another --home"
                        );
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
                Err(error) => return Err(error).with_context(|| format!("cannot lock {}", path.display())),
            }
        }
        let mut say_who = || {
            let me = serde_json::to_string(&ProcessId::me()?)?;
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{me}")
        };
        say_who().with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { _file: file })
    }
}

/// Who wrote the lock file last.
fn holder(path: &Path) -> Option<ProcessId> {
    let mut text = String::new();
    File::open(path).ok()?.read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}
