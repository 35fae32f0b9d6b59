//! Time limits: a run works as long as it may, whatever becomes of its workers and daemons meanwhile.

use std::fs;
use std::time::{Duration, UNIX_EPOCH};

use dissect_runs::allowance::Allowance;
use dissect_runs::clock;
use dissect_runs::folder::FolderError;
use dissect_runs::home::RunId;
use dissect_runs::process::ProcessId;
use dissect_runs::protocol::{Change, Code, Wanted};
use dissect_runs::records::Happening;
use dissect_runs::spec::Spec;
use dissect_runs::state::{State, Status};
use rustix::process::{Pid, Signal, kill_process};

use crate::scene::{Scene, refusal, train, wait_for};

fn limited(scene: &Scene, name: &str, limit: &str) -> RunId {
    let place = Wanted { time_limit: Some(limit.to_owned()), ..Wanted::default() };
    scene.client().start_at(&train(name), place).unwrap()
}

fn allowance(scene: &Scene, id: &RunId) -> Allowance {
    scene.run(id).allowance().unwrap()
}

fn to(limit: &str) -> Change {
    Change { time_limit: Some(limit.to_owned()), ..Change::default() }
}

/// Waits until more time has gone by than the run may work.
fn outlast(scene: &Scene, id: &RunId) {
    let (state, allowance) = (scene.state(id), allowance(scene, id));
    wait_for("its time is used up", || allowance.left(&state, clock::now()) == 0.0);
}

#[test]
fn a_run_is_stopped_when_its_time_is_used_up_and_not_tried_again() {
    let scene = Scene::configured("[retries]\nlimit = 3\ndelay_s = 0.01\n");
    let reason = Some("time limit of 200ms reached".to_owned());
    let id = limited(&scene, "gate", "200ms");
    let state = scene.wait(&id, Status::Stopped);
    assert_eq!(state.reason(), reason.as_deref());
    let happenings = scene.happenings(&id);
    let expected = [
        Happening::Checkpoint { epoch: 1, step: 1 },
        Happening::Ended { status: Status::Stopped, reason: reason.clone() },
    ];
    assert_eq!(happenings[happenings.len() - 2..], expected, "a checkpoint first");
    assert_eq!(scene.run(&id).attempts().made, 0);
    // Done in time, it is done.
    let quick = limited(&scene, "quick", "1h");
    scene.wait(&quick, Status::Finished);
}

#[test]
fn one_that_does_not_listen_is_killed_for_the_same_reason() {
    let scene = Scene::with(&["--grace", "0.05"]);
    let id = limited(&scene, "deaf", "50ms");
    assert_eq!(scene.wait(&id, Status::Stopped).reason(), Some("time limit of 50ms reached"));
}

#[test]
fn time_goes_on_without_a_daemon() {
    let mut scene = Scene::with(&[]);
    let id = limited(&scene, "gate", "300ms");
    scene.wait(&id, Status::Running);
    scene.kill_daemon();
    outlast(&scene, &id);
    assert_eq!(scene.state(&id).status(), Status::Running, "nobody is there to stop it");
    scene.start_daemon();
    assert_eq!(scene.wait(&id, Status::Stopped).reason(), Some("time limit of 300ms reached"));

    // Killed before that: the next daemon waits for the moment.
    let id = limited(&scene, "gate-next", "1s");
    scene.wait(&id, Status::Running);
    scene.kill_daemon();
    scene.start_daemon();
    assert_eq!(scene.wait(&id, Status::Stopped).reason(), Some("time limit of 1s reached"));
}

#[test]
fn what_lost_workers_used_counts() {
    let scene = Scene::configured("[retries]\nlimit = 3\ndelay_s = 0.01\n");
    let id = limited(&scene, "gate", "1h");
    let State::Running { since, worker } = scene.wait(&id, Status::Running) else { panic!("it runs") };
    wait_for("it works a little", || clock::now() > since + 0.05);
    kill_process(Pid::from_raw(worker.pid).unwrap(), Signal::KILL).unwrap();
    wait_for("it is tried again", || scene.state(&id).worker().is_some_and(|other| *other != worker));
    let counted = allowance(&scene, &id);
    assert_eq!(counted.counted, Some(since));
    assert!(counted.used >= 0.05, "{counted:?}");

    // Less than it has used is no limit to give; a little more is soon used up.
    let (code, message) = refusal(scene.client().place("gate", to("1ms")));
    assert_eq!(code, Code::Usage);
    assert!(message.contains("found 1ms, expected more than"), "{message}");
    let state = scene.state(&id);
    let soon = format!("{}ms", (counted.used(&state, clock::now()) * 1e3).ceil() as u64 + 500);
    scene.client().place("gate", to(&soon)).unwrap();
    let state = scene.wait(&id, Status::Stopped);
    assert!(state.reason().unwrap().starts_with("time limit of"), "{state:?}");
    assert_eq!(scene.run(&id).attempts().made, 1);
}

#[test]
fn a_worker_that_nobody_saw_go_counts_to_its_last_sign_of_life() {
    let mut scene = Scene::empty();
    let spec = Spec::parse(&train("gone")).unwrap();
    let limit = Allowance::of(3600.0);
    let run = scene.home.create_run_with(&spec, &Default::default(), Some(&limit)).unwrap();
    let me = ProcessId::me().unwrap();
    let worker = ProcessId { start_time: me.start_time + 1, ..me };
    run.transition(|_| Ok::<_, FolderError>(State::Running { since: 1000.0, worker })).unwrap();
    fs::write(run.metrics_path(), "").unwrap();
    let metrics = fs::File::options().write(true).open(run.metrics_path()).unwrap();
    metrics.set_modified(UNIX_EPOCH + Duration::from_secs(1040)).unwrap();
    scene.start_daemon();
    scene.wait(run.id(), Status::Lost);
    let expected = Allowance { limit: 3600.0, used: 40.0, counted: Some(1000.0) };
    assert_eq!(allowance(&scene, run.id()), expected);
    scene.client().resume("gone").unwrap();
    scene.wait(run.id(), Status::Finished);
    assert_eq!(
        allowance(&scene, run.id()).used,
        40.0,
        "the time it was gone is not counted at a resume either"
    );
}

#[test]
fn a_resume_leaves_what_is_left_and_begins_anew_where_nothing_is() {
    let scene = Scene::with(&[]);
    let id = limited(&scene, "gate", "1h");
    let began = scene.wait(&id, Status::Running).since();
    scene.client().stop("gate").unwrap();
    scene.wait(&id, Status::Stopped);
    scene.client().resume("gate").unwrap();
    scene.wait(&id, Status::Running);
    let left = allowance(&scene, &id);
    assert_eq!(left.counted, Some(began));
    assert!(left.used > 0.0);

    scene.client().place("gate", to("2h")).unwrap();
    assert_eq!(allowance(&scene, &id), Allowance { limit: 7200.0, ..left });
    scene.client().stop("gate").unwrap();
    scene.wait(&id, Status::Stopped);
    scene.client().resume_for("gate", Some("150ms")).unwrap();
    let state = scene.wait(&id, Status::Stopped);
    assert_eq!(state.reason(), Some("time limit of 150ms reached"));

    scene.client().resume("gate").unwrap();
    let state = scene.wait(&id, Status::Stopped);
    assert_eq!(state.reason(), Some("time limit of 150ms reached"), "again as long");
    scene.client().resume_for("gate", Some("none")).unwrap();
    scene.wait(&id, Status::Running);
    assert_eq!(scene.run(&id).allowance(), None);
    scene.open(&id, "go");
    scene.wait(&id, Status::Finished);
}

#[test]
fn what_is_no_time_is_refused() {
    let scene = Scene::with(&[]);
    for limit in ["8", "0s", "-1h", "soon", ""] {
        let place = Wanted { time_limit: Some(limit.to_owned()), ..Wanted::default() };
        let (code, message) = refusal(scene.client().start_at(&train("a"), place));
        assert_eq!(code, Code::Usage, "{limit}");
        let expected = format!("time limit: found {limit:?}, expected a time with its units");
        assert!(message.starts_with(&expected), "{message}");
    }
    assert_eq!(scene.home.list().unwrap(), [], "none came into the queue");
}
