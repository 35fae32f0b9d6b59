//! The program itself: signals and exit codes.

use std::process::{Child, Command};
use std::time::{Duration, Instant};

use dissect_runs::home::Home;
use dissect_runs::spec::Spec;
use dissect_runs::state::Status;

const TRAINER: &str = env!("CARGO_BIN_EXE_dissect-trainer");

/// Far more epochs than the test waits for.
const LONG: &str = "kind = \"train\"\n[model]\nwidth = 0.125\n[data]\ndataset = \"shapes\"\nlimit = 100\n\
                    [training]\nepochs = 100000\nbatch_size = 20\n[run]\ndevice = \"cpu\"\n";

fn exit_code(child: &mut Child, patience: Duration) -> Option<i32> {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().expect("the child is ours") {
            return status.code();
        }
        std::thread::yield_now();
    }
    child.kill().expect("the child is ours");
    panic!("the trainer did not end within {patience:?}");
}

#[test]
fn sigterm_stops_after_a_checkpoint_with_exit_code_0() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    home.create().unwrap();
    let run = home.create_run(&Spec::parse(LONG).unwrap()).unwrap();
    let mut child = Command::new(TRAINER)
        .arg("--run")
        .arg(run.path())
        .env("DISSECT_THREADS", "1")
        .env_remove("OMP_WAIT_POLICY")
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while !run.metrics_path().metadata().is_ok_and(|metrics| metrics.len() > 0) {
        assert!(Instant::now() < deadline, "no metrics within a minute");
        std::thread::yield_now();
    }
    let pid = child.id().to_string();
    // Threads that spin while they wait would starve whatever shares the cores.
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap();
    assert!(environment.split(|&byte| byte == 0).any(|variable| variable == b"OMP_WAIT_POLICY=passive"));
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(exit_code(&mut child, Duration::from_secs(60)), Some(0));
    assert_eq!(run.state().unwrap().status(), Status::Stopped);
    assert!(std::fs::read_dir(run.checkpoints()).unwrap().count() > 0);
}

#[test]
fn what_cannot_be_worked_on_is_refused() {
    for (arguments, code, expected) in [
        (&["--run", "/nonexistent"][..], 1, "/nonexistent is no run folder"),
        (&[][..], 2, "--run <FOLDER>"),
        (&["--run", "/tmp", "--epochs", "3"][..], 2, "--epochs"),
    ] {
        let output = Command::new(TRAINER).args(arguments).output().unwrap();
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}
