//! Disks that refuse: fsync that fails, and no room for another byte. The run fails with the reason, keeps what it
//! had, and goes on to the same bits once the disk is well again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use dissect_runs::state::{State, Status};

use crate::subject::{Subject, spec, wait_while_alive};

/// A library that makes calls fail, for `LD_PRELOAD`.
fn shim(folder: &Path) -> PathBuf {
    let library = folder.join("shim.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runs/tests/faults/shim.c");
    let output = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"])
        .args([&library, &source])
        .output()
        .expect("this test needs a C compiler called `cc`, as building does");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    library
}

/// Lets a run work until its first checkpoint, then makes the disk refuse.
fn refused(fault: &str, path: &str) -> (Subject, State) {
    let tools = tempfile::tempdir().unwrap();
    let flag = tools.path().join("flag");
    let subject = Subject::new(&spec(EPOCHS));
    let mut trainer = subject.trainer();
    trainer.env("LD_PRELOAD", shim(tools.path())).env("FAULT_FLAG", &flag).env("FAULT_PATH", path);
    let mut child = trainer.spawn().unwrap();
    assert!(
        wait_while_alive(&mut child, || subject.checkpoint().is_some()),
        "it ended before its first checkpoint"
    );
    fs::write(&flag, fault).unwrap();
    assert!(!child.wait().unwrap().success(), "{fault} on {path}");
    let state = subject.folder.state().unwrap();
    (subject, state)
}

/// Far more than are done before the disk refuses.
const EPOCHS: usize = 14;

#[test]
fn a_disk_that_refuses_fails_the_run_with_the_reason_and_costs_no_more_than_a_kill() {
    let undisturbed = Subject::new(&spec(EPOCHS));
    assert!(undisturbed.work(undisturbed.trainer()).success());
    for (fault, path, reason) in [
        ("fsync", "/checkpoints/", "Input/output error"),
        ("fsync", "metrics.jsonl", "Input/output error"),
        ("space", "/checkpoints/", "No space left on device"),
        ("space", "metrics.jsonl", "No space left on device"),
    ] {
        let (subject, state) = refused(fault, path);
        assert_eq!(state.status(), Status::Failed, "{fault} on {path}: {state:?}");
        let said = state.reason().unwrap();
        assert!(said.contains(reason) && said.contains(path), "{fault} on {path}: {said}");
        assert!(subject.checkpoint().is_some(), "the last checkpoint is kept");
        subject.resume();
        assert!(subject.work(subject.trainer()).success());
        subject.assert_same_as(&undisturbed);
    }
}

#[test]
fn a_log_that_takes_no_lines_costs_nothing_but_the_lines() {
    let tools = tempfile::tempdir().unwrap();
    let flag = tools.path().join("flag");
    fs::write(&flag, "space").unwrap();
    let subject = Subject::new(&spec(2));
    let mut trainer = subject.trainer();
    trainer.env("LD_PRELOAD", shim(tools.path())).env("FAULT_FLAG", &flag).env("FAULT_PATH", "log.txt");
    assert!(subject.work(trainer).success());
    assert_eq!(subject.folder.state().unwrap().status(), Status::Finished);
}
