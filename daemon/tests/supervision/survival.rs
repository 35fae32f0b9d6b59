//! The daemon comes and goes as it likes, or as it does not like; runs go on.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use crate::scene::{Scene, wait_for};
use dissect_runs::client::Client;
use dissect_runs::process::ProcessId;
use dissect_runs::state::{State, Status};
use rustix::process::Signal;

#[test]
fn killed_and_started_again_it_adopts_workers_that_live() {
    let mut scene = Scene::with(&["--slots", "3"]);
    let ids = ["gate-finishes", "gate-stops", "deaf-dies"].map(|name| scene.start(name));
    let before = ids.each_ref().map(|id| scene.wait(id, Status::Running));
    scene.kill_daemon();
    scene.start_daemon();
    for (id, before) in ids.iter().zip(&before) {
        assert_eq!(scene.wait(id, Status::Running), *before, "the same worker, the same beginning");
    }

    let [finishes, stops, dies] = &ids;
    scene.open(finishes, "go");
    scene.wait(finishes, Status::Finished);
    scene.client().stop(stops.as_str()).unwrap();
    scene.wait(stops, Status::Stopped);
    let pid = rustix::process::Pid::from_raw(before[2].worker().unwrap().pid).unwrap();
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
    let state = scene.wait(dies, Status::Lost);
    assert!(state.reason().unwrap().contains("left no word"), "{state:?}");
    let adopted = scene.log().matches("adopted its worker").count();
    assert_eq!(adopted, 3);
}

#[test]
fn workers_that_ended_meanwhile_are_found_as_they_ended() {
    let mut scene = Scene::with(&["--slots", "4"]);
    let ids = ["gate-finishes", "deaf-dies", "deaf-stopped", "gate-reused"].map(|name| scene.start(name));
    let before = ids.each_ref().map(|id| scene.wait(id, Status::Running));
    let [finishes, dies, stopped, reused] = &ids;
    scene.client().stop("deaf-stopped").unwrap();
    scene.kill_daemon();

    let kill = |state: &State| {
        let worker = state.worker().unwrap();
        let pid = rustix::process::Pid::from_raw(worker.pid).unwrap();
        rustix::process::kill_process(pid, Signal::KILL).unwrap();
        wait_for("the worker is gone", || !worker.is_alive());
    };
    scene.open(finishes, "go");
    wait_for("the worker finishes alone", || scene.state(finishes).status() == Status::Finished);
    kill(&before[1]);
    kill(&before[2]);
    kill(&before[3]);
    // Its pid belongs to somebody else now: to this very process.
    let me = ProcessId::me().unwrap();
    let stranger = ProcessId { start_time: me.start_time + 1, ..me };
    let state = State::Running { since: 1.0, worker: stranger };
    fs::write(scene.run(reused).state_path(), serde_json::to_string(&state).unwrap()).unwrap();
    assert_eq!(scene.run(dies).status_now().unwrap().status(), Status::Lost, "views need no daemon");

    scene.start_daemon();
    scene.wait(finishes, Status::Finished);
    scene.wait(dies, Status::Lost);
    scene.wait(stopped, Status::Stopped);
    scene.wait(reused, Status::Lost);
    scene.client().resume("deaf-dies").unwrap();
    scene.wait(dies, Status::Running);
}

#[test]
fn a_stop_that_was_asked_for_is_seen_through_by_the_next_daemon() {
    let mut scene = Scene::with(&["--grace", "0.2"]);
    let id = scene.start("deaf");
    scene.wait(&id, Status::Running);
    scene.client().stop("deaf").unwrap();
    scene.kill_daemon();
    assert_eq!(scene.state(&id).status(), Status::Stopping);
    scene.start_daemon();
    scene.wait(&id, Status::Stopped);
}

#[test]
fn told_to_leave_it_leaves_its_workers_and_its_queue() {
    for farewell in ["SIGTERM", "SIGINT", "shutdown"] {
        let mut scene = Scene::with(&[]);
        let works = scene.start("gate-works");
        let worker = scene.wait(&works, Status::Running).worker().unwrap().clone();
        let queued = ["quick-b", "quick-a"].map(|name| scene.start(name));
        let status = match farewell {
            "SIGTERM" => scene.end_daemon(Signal::TERM),
            "SIGINT" => scene.end_daemon(Signal::INT),
            _ => {
                scene.client().shutdown().unwrap();
                scene.daemon_left()
            }
        };
        assert!(status.success(), "{farewell}");
        assert!(!scene.home.socket().exists());
        assert!(worker.is_alive(), "{farewell} ends the daemon alone");

        scene.start_daemon();
        scene.open(&works, "go");
        let ended = queued.each_ref().map(|id| scene.wait(id, Status::Finished));
        assert!(ended[0].started() < ended[1].started(), "in the order in which they were queued");
    }
}

#[test]
fn an_upgrade_stops_no_run() {
    let mut scene = Scene::with(&["--slots", "2"]);
    // The old program is where the new one will be.
    let installed = scene.folder().join("dissectd");
    scene.end_daemon(Signal::TERM);
    fs::copy(env!("CARGO_BIN_EXE_dissectd"), &installed).unwrap();
    scene.install(installed.clone());
    scene.start_daemon();
    let ids = ["gate-a", "gate-b"].map(|name| scene.start(name));
    let before = ids.each_ref().map(|id| scene.wait(id, Status::Running));

    // As a package manager does it: a new file takes the name while the old program runs on.
    let new = installed.with_extension("new");
    fs::copy(env!("CARGO_BIN_EXE_dissectd"), &new).unwrap();
    fs::rename(&new, &installed).unwrap();
    let old = scene.client().daemon().pid;
    let exe = fs::read_link(format!("/proc/{old}/exe")).unwrap();
    assert!(exe.to_string_lossy().ends_with("(deleted)"), "{exe:?}");
    // The new one beside the old one says so and leaves; nothing happens to either.
    assert!(!scene.spawn_daemon().wait().unwrap().success());
    assert_eq!(scene.client().daemon().pid, old);

    // As `systemctl restart` does it with KillMode=process: SIGTERM to the daemon alone.
    assert!(scene.end_daemon(Signal::TERM).success());
    assert!(before.iter().all(|state| state.worker().unwrap().is_alive()));
    scene.start_daemon();
    for (id, before) in ids.iter().zip(&before) {
        assert_eq!(scene.wait(id, Status::Running), *before);
        scene.open(id, "go");
        scene.wait(id, Status::Finished);
    }
    assert_eq!(scene.log().matches("adopted its worker").count(), 2);
}

#[test]
fn versions_that_do_not_fit_are_named_on_both_sides() {
    let scene = Scene::empty();
    scene.home.create().unwrap();
    let newer = std::os::unix::net::UnixListener::bind(scene.home.socket()).unwrap();
    let answering = std::thread::spawn(move || {
        let (stream, _) = newer.accept().unwrap();
        let mut stream = BufReader::new(stream);
        let mut hello = String::new();
        stream.read_line(&mut hello).unwrap();
        let said = "the client (version 0.1.0) speaks protocol 1, this daemon (version 9.0.0) speaks 2";
        let refusal = format!("{{\"error\":{{\"code\":\"usage\",\"message\":\"{said}\"}}}}\n");
        stream.get_mut().write_all(refusal.as_bytes()).unwrap();
        hello
    });
    let error = Client::connect(&scene.home).err().unwrap().to_string();
    assert!(error.contains("version 0.1.0") && error.contains("version 9.0.0"), "{error}");
    assert!(answering.join().unwrap().contains("\"protocol\":1"));
    fs::remove_file(scene.home.socket()).unwrap();

    let mut scene = scene;
    scene.start_daemon();
    let mut newer = BufReader::new(UnixStream::connect(scene.home.socket()).unwrap());
    newer.get_mut().write_all(b"{\"hello\":{\"protocol\":2,\"version\":\"9.0.0\"}}\n").unwrap();
    let mut answer = String::new();
    newer.read_line(&mut answer).unwrap();
    for named in ["version 9.0.0", "protocol 2", "version 0.1.0", "speaks 1", "install the same version"] {
        assert!(answer.contains(named), "{named}: {answer}");
    }
    // A newer release that speaks the same protocol is served.
    let mut newer = BufReader::new(UnixStream::connect(scene.home.socket()).unwrap());
    newer.get_mut().write_all(b"{\"hello\":{\"protocol\":1,\"version\":\"9.0.0\"}}\n").unwrap();
    answer.clear();
    newer.read_line(&mut answer).unwrap();
    assert!(answer.starts_with("{\"hello\""), "{answer}");
}

#[test]
fn a_closing_terminal_does_not_end_it() {
    let mut scene = Scene::with(&[]);
    let pid = scene.client().daemon().pid as i32;
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), Signal::HUP).unwrap();
    wait_for("it says so", || scene.log().contains("SIGHUP"));
    assert_eq!(scene.client().daemon().pid as i32, pid);
    scene.kill_daemon();
}

#[test]
fn a_launch_that_was_cut_short_is_done_again() {
    let mut scene = Scene::with(&[]);
    let id = scene.start("late");
    scene.wait(&id, Status::Starting);
    scene.kill_daemon();
    scene.start_daemon();
    // Two workers want the run now. Whichever takes it has it alone.
    scene.open(&id, "begin");
    scene.wait(&id, Status::Running);
    scene.open(&id, "go");
    scene.wait(&id, Status::Finished);
    let began = scene.happenings(&id);
    let begins = |what: &&dissect_runs::records::Happening| {
        use dissect_runs::records::Happening::{Resumed, Started};
        matches!(what, Started | Resumed { .. })
    };
    assert_eq!(began.iter().filter(begins).count(), 1, "{began:?}");
}

#[test]
fn what_was_acknowledged_is_there_after_any_kill() {
    let mut scene = Scene::with(&["--slots", "2"]);
    let mut acknowledged = Vec::new();
    for round in 0..12_u64 {
        // Each round kills at another moment of the same work.
        let mut client = scene.client();
        for _ in 0..=round % 4 {
            acknowledged.push(client.start(&crate::scene::train(&format!("quick-{round}"))).unwrap());
        }
        let spins = round.wrapping_mul(0x9E37_79B9_7F4A_7C15) % 40_000;
        (0..spins).for_each(|_| std::hint::spin_loop());
        scene.kill_daemon();
        fs::write(scene.home.runs().join(".new-leftover"), "").unwrap();
        scene.start_daemon();
    }
    for id in &acknowledged {
        wait_for(&format!("{id} ends"), || scene.run(id).status_now().unwrap().is_ended());
        assert_eq!(scene.state(id).status(), Status::Finished, "{:?}", scene.state(id));
    }
    assert_eq!(scene.home.ids().unwrap().len(), acknowledged.len());
}
