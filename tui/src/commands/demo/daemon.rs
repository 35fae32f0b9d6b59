//! The demo's own daemon, a child of the demo but not of its terminal: Ctrl-C reaches the demo alone, which then ends
//! the runs before the daemon.

use std::fs::{self, File};
use std::num::NonZeroUsize;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, bail};
use dissect_runs::client::Client;
use dissect_runs::home::Home;

use crate::programs;

/// How long a daemon may take until it answers, and until it has left.
const PATIENCE: Duration = Duration::from_secs(15);
const PAUSE: Duration = Duration::from_millis(20);
/// Runs at a time. Two that share the cores get more done than one on all of them: these networks are small.
const SLOTS: usize = 2;

/// A daemon on the demo's home. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Daemon {
    child: Child,
}

impl Daemon {
    /// Starts a daemon and waits until it answers.
    pub(super) fn start(home: &Home) -> anyhow::Result<Self> {
        if Client::connect(home).is_ok() {
            bail!(
                "a daemon already runs on {}, perhaps of another demo; wait for its end or choose another --home",
                home.root().display()
            );
        }
        let path = programs::find("dissectd").ok_or_else(|| {
            anyhow!("no dissectd beside dissect nor on PATH; build all programs with `cargo build --bins`")
        })?;
        home.create()?;
        let log_path = home.root().join("dissectd.log");
        let log = File::create(&log_path).with_context(|| format!("cannot write {}", log_path.display()))?;
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let child = Command::new(&path)
            .arg("--home")
            .arg(home.root())
            .args(["--slots", &SLOTS.to_string()])
            .env("DISSECT_THREADS", (cores / SLOTS).max(1).to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", path.display()))?;
        let mut daemon = Self { child };
        let start = Instant::now();
        while Client::connect(home).is_err() {
            if let Some(status) = daemon.child.try_wait()? {
                let log = fs::read_to_string(&log_path).unwrap_or_default();
                bail!("dissectd ended ({status}): {}", log.lines().last().unwrap_or("without a word"));
            }
            if start.elapsed() > PATIENCE {
                bail!("dissectd does not answer after {PATIENCE:?}; its log is {}", log_path.display());
            }
            thread::sleep(PAUSE);
        }
        Ok(daemon)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Ok(pid) = i32::try_from(self.child.id())
            && let Some(pid) = rustix::process::Pid::from_raw(pid)
        {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
        let start = Instant::now();
        while start.elapsed() < PATIENCE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(PAUSE);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
