//! A configuration that changes under a working daemon, and logs in every place there is.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::scene::{Scene, wait_for};
use dissect_runs::client::Client;
use dissect_runs::state::Status;
use rustix::process::{Pid, Signal, kill_process};

pub(crate) fn hang_up(scene: &Scene) {
    let pid = Pid::from_raw(scene.client().daemon().pid as i32).unwrap();
    kill_process(pid, Signal::HUP).unwrap();
}

#[test]
fn more_slots_start_more_runs_at_once() {
    let mut scene = Scene::configured("slots = 1\n");
    let first = scene.start("gate-a");
    let second = scene.start("gate-b");
    scene.wait(&first, Status::Running);
    assert_eq!(scene.state(&second).status(), Status::Queued);
    scene.configure("slots = 2\nslats = 3\n[clients]\nlimit = 7\n");
    hang_up(&scene);
    scene.wait(&second, Status::Running);
    assert_eq!(scene.state(&first).status(), Status::Running);
    let log = scene.log();
    for said in [
        "slots is 2 now, it was 1",
        "clients.limit stays 4096; 7 counts when the daemon is started again",
        "slats: no such key; did you mean `slots`?",
    ] {
        assert!(log.contains(said), "{said}: {log}");
    }

    scene.configure("slots = 0\n");
    hang_up(&scene);
    wait_for("it refuses", || scene.log().contains("the configuration stays as it was"));
    assert!(scene.log().contains("slots: found 0, expected"), "{}", scene.log());
    for id in [&first, &second] {
        scene.open(id, "go");
        scene.wait(id, Status::Finished);
    }
    scene.kill_daemon();
}

#[test]
fn a_wrong_file_keeps_the_daemon_from_starting() {
    let scene = Scene::empty();
    scene.configure("slots = 'all'\n");
    assert!(!scene.spawn_daemon().wait().unwrap().success());
    assert!(scene.log().contains("slots: found \"all\", expected an integer"), "{}", scene.log());
    assert!(!scene.home.root().exists());
}

#[test]
fn the_log_may_go_to_a_file_and_its_level_may_change() {
    let scene = Scene::configured("[log]\nto = 'file'\nlevel = 'warn'\n");
    let log = || fs::read_to_string(scene.home.root().join("dissectd.log")).unwrap();
    let id = scene.start("quick-a");
    scene.wait(&id, Status::Finished);
    assert_eq!(log(), "");
    scene.configure("[log]\nto = 'file'\nlevel = 'info'\n");
    hang_up(&scene);
    wait_for("the level counts", || {
        let id = scene.start("quick-b");
        scene.wait(&id, Status::Finished);
        log().contains("quick-b")
    });
    assert!(!scene.log().contains("quick"), "stderr stays quiet");
}

#[test]
fn the_journal_is_told_priorities_only_where_it_listens() {
    use std::os::unix::fs::MetadataExt;
    let mut scene = Scene::empty();
    let path = scene.folder().join("journal");
    let journal = fs::File::create(&path).unwrap();
    let metadata = journal.metadata().unwrap();
    let stream = format!("{}:{}", metadata.dev(), metadata.ino());
    let daemon = scene.command().env("JOURNAL_STREAM", stream).stderr(journal).spawn().unwrap();
    scene.await_daemon(daemon);
    let log = fs::read_to_string(&path).unwrap();
    assert!(log.starts_with("<6>dissectd::serve: ready home="), "{log}");
    scene.kill_daemon();

    // Inherited from somewhere else.
    let daemon = scene.command().env("JOURNAL_STREAM", "1:1").spawn().unwrap();
    scene.await_daemon(daemon);
    assert!(scene.log().contains(" INFO dissectd::serve: ready"), "{}", scene.log());
    scene.kill_daemon();
}

#[test]
fn a_log_that_nobody_takes_does_no_harm() {
    // As where the disk is full, or the terminal is gone.
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut scene = Scene::empty();
    let daemon = scene.command().stderr(full).spawn().unwrap();
    scene.await_daemon(daemon);
    let id = scene.start("quick");
    scene.wait(&id, Status::Finished);
}

#[test]
fn the_service_manager_hears_of_readiness_reloads_and_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let hear = |wanted: &str| {
        let mut said = String::new();
        while !said.contains(wanted) {
            let mut bytes = [0; 4096];
            let length = manager.recv(&mut bytes).unwrap_or_else(|_| panic!("{wanted} was not said: {said}"));
            said.push_str(std::str::from_utf8(&bytes[..length]).unwrap());
        }
        said
    };
    let mut scene = Scene::empty();
    let mut command = scene.command();
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "50000");
    let daemon = command.stderr(Stdio::null()).spawn().unwrap();
    let before = hear("READY=1");
    assert!(!before.contains("WATCHDOG=1"), "{before}");
    assert!(Client::connect(&scene.home).is_ok(), "ready is ready");
    scene.await_daemon(daemon);
    hear("STATUS=0 working, 0 queued, 0 in all");
    hear("WATCHDOG=1");
    let id = scene.start("gate");
    hear("STATUS=1 working, 0 queued, 1 in all");
    let worker = scene.wait(&id, Status::Running).worker().unwrap().pid;
    let environment = fs::read(format!("/proc/{worker}/environ")).unwrap();
    let environment = String::from_utf8_lossy(&environment);
    assert!(environment.contains("DISSECT_HOME=") && !environment.contains("NOTIFY_SOCKET="));
    hang_up(&scene);
    let reload = hear("RELOADING=1");
    let reload = if reload.contains("MONOTONIC_USEC=") { reload } else { hear("MONOTONIC_USEC=") };
    if !reload.split("RELOADING=1").nth(1).is_some_and(|after| after.contains("READY=1")) {
        hear("READY=1");
    }
    scene.end_daemon(Signal::TERM);
    hear("STOPPING=1");
    scene.start_daemon();
    scene.open(&id, "go");
    scene.wait(&id, Status::Finished);
}

#[test]
fn a_service_manager_that_does_not_listen_holds_up_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    let mut scene = Scene::empty();
    let mut command = scene.command();
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "2000");
    let daemon = command.stderr(Stdio::null()).spawn().unwrap();
    scene.await_daemon(daemon);
    // Nobody reads: the socket takes as much as it holds, and no more.
    let filler = UnixDatagram::unbound().unwrap();
    filler.set_nonblocking(true).unwrap();
    wait_for("the socket is full", || filler.send_to(b"x", &path).is_err());
    for name in ["quick-a", "quick-b"] {
        let id = scene.start(name);
        scene.wait(&id, Status::Finished);
    }
    drop(manager);
    scene.client().list().unwrap();
}

#[test]
fn a_stopped_daemon_is_silent_to_its_watchdog() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_nonblocking(true).unwrap();
    let mut scene = Scene::empty();
    let mut command: Command = scene.command();
    command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "20000");
    let daemon = command.stderr(Stdio::null()).spawn().unwrap();
    let pid = Pid::from_child(&daemon);
    scene.await_daemon(daemon);
    let mut bytes = [0; 4096];
    wait_for("its loop goes round", || {
        manager.recv(&mut bytes).is_ok_and(|n| bytes[..n].windows(10).any(|said| said == b"WATCHDOG=1"))
    });
    kill_process(pid, Signal::STOP).unwrap();
    let stopped = format!("/proc/{}/stat", pid.as_raw_nonzero());
    wait_for("it stands still", || fs::read_to_string(&stopped).unwrap().contains(") T "));
    while manager.recv(&mut bytes).is_ok() {}
    // Whatever comes after all was read would come from a daemon that does not go round.
    assert!(manager.recv(&mut bytes).is_err());
    kill_process(pid, Signal::CONT).unwrap();
    wait_for("it goes on", || manager.recv(&mut bytes).is_ok());
}
