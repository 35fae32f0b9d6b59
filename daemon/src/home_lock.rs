//! One daemon a home: whoever holds the lock of its file is it. The kernel lets go of the lock when
//! the process ends, however it ends.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;

use anyhow::{Context, bail};
use dissect_runs::home::Home;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

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
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                // The pid is for people; the lock alone decides.
                let _ = file.read_to_string(&mut holder);
                let home = home.root().display();
                bail!(
                    "another dissectd (pid {}) supervises {home}; stop it or choose another --home",
                    holder.trim()
                );
            }
            Err(error) => return Err(error).with_context(|| format!("cannot lock {}", path.display())),
        }
        let write = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        write.with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { _file: file })
    }
}
