//! A home in a temporary folder, with a daemon if asked for, and `dissect` run on it.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;
use tempfile::TempDir;

use crate::{program, wait_until};

/// How long a tiny run may take on a slow and busy machine.
const PATIENCE: Duration = Duration::from_secs(180);

/// A home; dropping it ends its daemon and whatever workers its runs still have.
#[derive(Debug)]
pub struct TestHome {
    folder: TempDir,
    daemon: Option<Child>,
}

impl TestHome {
    /// A home without a daemon.
    pub fn new() -> Self {
        // The socket's path must stay short, so the folder lies in /tmp whatever TMPDIR says.
        let folder =
            tempfile::Builder::new().prefix("dissect-").tempdir_in("/tmp").expect("/tmp is writable");
        Self { folder, daemon: None }
    }

    /// A home with a running daemon that answers.
    pub fn with_daemon() -> Self {
        let mut home = Self::new();
        home.start_daemon();
        home
    }

    /// A home with a running daemon, in this folder.
    pub fn with_daemon_in(folder: &Path) -> Self {
        let folder = tempfile::Builder::new().prefix("dissect-").tempdir_in(folder);
        let mut home = Self { folder: folder.expect("the folder is writable"), daemon: None };
        home.start_daemon();
        home
    }

    /// The home's path.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the daemon and waits for its socket to answer.
    pub fn start_daemon(&mut self) {
        let log = File::options().create(true).append(true).open(self.path().join("dissectd.log"));
        let child = Command::new(program("dissectd"))
            // This machine's configuration is none of a test's business.
            .args(["--config", "/dev/null", "--home"])
            .arg(self.path())
            .stdin(Stdio::null())
            .stderr(log.expect("the home is writable"))
            .spawn()
            .expect("dissectd starts");
        self.daemon = Some(child);
        let socket = self.path().join("dissectd.sock");
        wait_until("the daemon's socket", Duration::from_secs(20), || {
            std::os::unix::net::UnixStream::connect(&socket).ok()
        });
    }

    /// Ends the daemon as a crash would.
    pub fn kill_daemon(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill().expect("the daemon is ours");
            daemon.wait().expect("the daemon is ours");
        }
    }

    /// `dissect` with these arguments, not yet started.
    pub fn command<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Command {
        let mut command = Command::new(program("dissect"));
        command
            .args(arguments)
            .current_dir(self.path())
            .env("DISSECT_HOME", self.path())
            .env_remove("RUST_BACKTRACE")
            .stdin(Stdio::null());
        command
    }

    /// `dissect` with these arguments, run to its end.
    pub fn dissect<I: IntoIterator<Item: AsRef<OsStr>>>(&self, arguments: I) -> Finished {
        Finished::of(self.command(arguments).output().expect("dissect starts"))
    }

    /// Writes a file into the home.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).expect("the home is writable");
        path
    }

    /// Starts a run of a spec and gives its id.
    pub fn start(&self, spec: &str) -> String {
        let mut file = tempfile::NamedTempFile::new_in(self.path()).expect("the home is writable");
        file.write_all(spec.as_bytes()).expect("the home is writable");
        let finished = self.dissect([OsStr::new("run"), OsStr::new("start"), file.path().as_os_str()]);
        assert_eq!(finished.code, 0, "{finished:?}");
        finished.stdout.trim().to_owned()
    }

    /// A run's folder.
    pub fn run(&self, id: &str) -> PathBuf {
        self.path().join("runs").join(id)
    }

    /// A run's state as its file says.
    pub fn state(&self, id: &str) -> Value {
        let path = self.run(id).join("state.json");
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Waits until a run's status is one of these, and gives it.
    pub fn wait_for_status(&self, id: &str, wanted: &[&str]) -> String {
        let what = format!("{id} to be {}", wanted.join(" or "));
        wait_until(&what, PATIENCE, || {
            let status = self.state(id)["status"].as_str().expect("a status is a word").to_owned();
            if wanted.contains(&status.as_str()) {
                return Some(status);
            }
            let ended = ["finished", "stopped", "failed", "lost"].contains(&status.as_str());
            assert!(!ended, "{what}: it is {}, log: {}", self.state(id), self.read(id, "log.txt"));
            None
        })
    }

    /// A file of a run's folder, empty if it is not there.
    pub fn read(&self, id: &str, name: &str) -> String {
        fs::read_to_string(self.run(id).join(name)).unwrap_or_default()
    }

    /// The records of a kind in a run's metrics; a torn last line is not counted.
    pub fn records(&self, id: &str, kind: &str) -> Vec<Value> {
        self.read(id, "metrics.jsonl")
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|record| record["kind"] == kind)
            .collect()
    }

    /// Waits until a run has this many epochs behind it.
    pub fn wait_for_epochs(&self, id: &str, count: usize) {
        wait_until(&format!("{count} epochs of {id}"), PATIENCE, || {
            let state = self.state(id);
            assert_ne!(state["status"], "failed", "{state}, log: {}", self.read(id, "log.txt"));
            (self.records(id, "epoch").len() >= count).then_some(())
        });
    }

    /// The process of a run's worker.
    pub fn worker(&self, id: &str) -> Option<Pid> {
        let pid = self.state(id)["worker"]["pid"].as_i64()?;
        Pid::from_raw(i32::try_from(pid).expect("a pid is small"))
    }
}

impl Default for TestHome {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestHome {
    fn drop(&mut self) {
        if let Some(daemon) = &mut self.daemon {
            let _ = kill_process(Pid::from_child(daemon), Signal::KILL);
            let _ = daemon.wait();
        }
        for entry in fs::read_dir(self.path().join("runs")).into_iter().flatten().flatten() {
            let id = entry.file_name().to_string_lossy().into_owned();
            let Ok(text) = fs::read_to_string(entry.path().join("state.json")) else { continue };
            let worker =
                serde_json::from_str::<Value>(&text).ok().filter(|state| state["worker"].is_object());
            if worker.is_some()
                && let Some(pid) = self.worker(&id)
            {
                // Workers lead their own sessions, so the group is theirs alone.
                let _ = kill_process_group(pid, Signal::KILL);
            }
        }
    }
}

/// A program that ended.
#[derive(Debug)]
pub struct Finished {
    /// Its exit code; -1 where a signal ended it.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it said beside it.
    pub stderr: String,
}

impl Finished {
    /// From what `Command::output` gives.
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// The printed JSON, where the program ended well.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
