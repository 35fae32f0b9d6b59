//! A real `dissectd` in a home of its own, with workers that train nothing.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use dissect_runs::client::{Client, ClientError};
use dissect_runs::folder::RunFolder;
use dissect_runs::home::{Home, RunId};
use dissect_runs::protocol::Code;
use dissect_runs::records::{Event, Happening};
use dissect_runs::state::{State, Status};
use dissect_runs::tail::Events;

/// A home, and the daemon that may supervise it.
pub(crate) struct Scene {
    pub(crate) home: Home,
    folder: tempfile::TempDir,
    arguments: Vec<String>,
    daemon: Option<Child>,
    program: PathBuf,
}

impl Scene {
    /// A home without a daemon.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path().join("home"));
        let program = PathBuf::from(env!("CARGO_BIN_EXE_dissectd"));
        Self { home, folder, arguments: Vec::new(), daemon: None, program }
    }

    /// A daemon in a new home, with these arguments.
    pub(crate) fn with(arguments: &[&str]) -> Self {
        let mut scene = Self::empty();
        scene.arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        scene.start_daemon();
        scene
    }

    /// Starts the daemon and waits until it answers.
    pub(crate) fn start_daemon(&mut self) {
        let child = self.spawn_daemon();
        self.await_daemon(child);
    }

    /// Waits until this daemon answers.
    pub(crate) fn await_daemon(&mut self, child: Child) {
        let pid = child.id();
        self.daemon = Some(child);
        wait_for("the daemon answers", || Client::connect(&self.home).is_ok_and(|c| c.daemon().pid == pid));
    }

    /// A daemon in a new home, with this configuration file.
    pub(crate) fn configured(text: &str) -> Self {
        let mut scene = Self::empty();
        scene.configure(text);
        scene.start_daemon();
        scene
    }

    /// Daemons are this program from now on.
    pub(crate) fn install(&mut self, program: PathBuf) {
        self.program = program;
    }

    /// Writes the configuration file that daemons read.
    pub(crate) fn configure(&self, text: &str) {
        fs::write(self.config_path(), text).unwrap();
    }

    /// Starts a daemon, whatever comes of it. Its log goes into a file.
    pub(crate) fn spawn_daemon(&self) -> Child {
        self.command().spawn().unwrap()
    }

    /// How a daemon is started. It reads no configuration but the scene's.
    pub(crate) fn command(&self) -> Command {
        let log = File::options().create(true).append(true).open(self.log_path()).unwrap();
        if !self.config_path().exists() {
            self.configure("");
        }
        let worker = example("fake_worker");
        let mut command = Command::new(&self.program);
        command
            .arg("--config")
            .arg(self.config_path())
            .arg("--home")
            .arg(self.home.root())
            .args([Path::new("--trainer"), &worker, Path::new("--dissect"), &worker])
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stderr(log);
        command
    }

    /// What belongs to this scene alone.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn config_path(&self) -> PathBuf {
        self.folder.path().join("dissectd.toml")
    }

    /// What daemons logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("daemon.log")
    }

    /// Ends the daemon by this signal and waits for it.
    pub(crate) fn end_daemon(&mut self, signal: rustix::process::Signal) -> ExitStatus {
        let mut child = self.daemon.take().expect("a daemon runs");
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, signal).unwrap();
        child.wait().unwrap()
    }

    /// `kill -9`.
    pub(crate) fn kill_daemon(&mut self) {
        self.end_daemon(rustix::process::Signal::KILL);
    }

    /// Waits for a daemon that somebody else has killed.
    pub(crate) fn reap_daemon(&mut self) {
        self.daemon_left();
    }

    /// Waits for a daemon that leaves by itself.
    pub(crate) fn daemon_left(&mut self) -> ExitStatus {
        self.daemon.take().expect("a daemon runs").wait().unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(&self.home).unwrap()
    }

    /// Queues a training of this name.
    pub(crate) fn start(&self, name: &str) -> RunId {
        self.client().start(&train(name)).unwrap()
    }

    /// Lets a worker through.
    pub(crate) fn open(&self, id: &RunId, gate: &str) {
        fs::write(self.run(id).path().join(gate), "").unwrap();
    }

    pub(crate) fn run(&self, id: &RunId) -> RunFolder {
        self.home.run(id)
    }

    /// How the run stands by its folder.
    pub(crate) fn state(&self, id: &RunId) -> State {
        self.run(id).state().unwrap()
    }

    /// Waits until the daemon says that the run stands so, as its folder does.
    pub(crate) fn wait(&self, id: &RunId, status: Status) -> State {
        let mut client = self.client();
        wait_for(&format!("{id} is {status}"), || {
            let (_, told) = client.show(id.as_str()).unwrap();
            assert!(told.status() == status || !told.is_ended(), "{id} is {told:?}, not {status}");
            told.status() == status && self.state(id) == told
        });
        self.state(id)
    }

    /// What happened in the run, without times.
    pub(crate) fn happenings(&self, id: &RunId) -> Vec<Happening> {
        let events = Events::new(self.run(id).events_path()).read().unwrap();
        events.items.into_iter().map(|Event { what, .. }| what).collect()
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
        for run in self.home.list().unwrap_or_default() {
            if let Some(worker) = run.state().ok().and_then(|state| state.worker().cloned())
                && worker.is_alive()
                && worker.pid != std::process::id() as i32
                && let Some(pid) = rustix::process::Pid::from_raw(worker.pid)
            {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
        if std::thread::panicking() {
            eprintln!("the daemon's log:\n{}", self.log());
        }
    }
}

/// A training's spec.
pub(crate) fn train(name: &str) -> String {
    format!("kind = 'train'\nname = '{name}'\ndata.dataset = 'shapes'\n")
}

/// A dissection's spec of these models, of which the last is the generator.
pub(crate) fn dissect(name: &str, references: &[&str]) -> String {
    let (generator, models) = references.split_last().unwrap();
    format!("kind = 'dissect'\nname = '{name}'\nmodels = {models:?}\ngenerator = {generator:?}\n")
}

/// The code and message of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(result: Result<T, ClientError>) -> (Code, String) {
    match result {
        Err(ClientError::Refused(refusal)) => (refusal.code, refusal.message),
        other => panic!("expected a refusal, found {other:?}"),
    }
}

/// Waits for a condition.
pub(crate) fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Cargo builds examples with the tests, beside their folder.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().with_file_name("examples").join(name);
    assert!(program.is_file(), "{} is not built; `cargo build -p dissectd --examples`", program.display());
    program
}
