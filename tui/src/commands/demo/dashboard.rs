//! The dashboard beside the demo: a process of its own on the demo's home, so that leaving it, or its end, never
//! touches the demo.

use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use dissect_runs::home::Home;
use rustix::process::{Pid, Signal, kill_process};

/// How long the dashboard may take to give the terminal back.
const PATIENCE: Duration = Duration::from_secs(5);

/// The dashboard's process. Dropping it closes it and leaves the terminal as it was.
#[derive(Debug)]
pub(super) struct Dashboard {
    child: Child,
}

impl Dashboard {
    /// Opens the dashboard on a home.
    pub(super) fn open(home: &Home) -> anyhow::Result<Self> {
        let own = std::env::current_exe().context("cannot find this program's own file")?;
        let child = Command::new(own)
            .env("DISSECT_HOME", home.root())
            .spawn()
            .context("cannot open the dashboard")?;
        Ok(Self { child })
    }

    /// Whether the person has left it.
    pub(super) fn was_left(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Dashboard {
    fn drop(&mut self) {
        if self.was_left() {
            return;
        }
        // SIGTERM, so that it gives the terminal back.
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if self.was_left() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
