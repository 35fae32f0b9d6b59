//! A run's life under a real daemon: queued, worked on, ended in each of the ways there are.

use crate::scene::{Scene, dissect, refusal, train, wait_for};
use dissect_runs::protocol::Code;
use dissect_runs::records::Happening;
use dissect_runs::state::{State, Status};

#[test]
fn a_run_is_queued_worked_on_and_finished() {
    let scene = Scene::with(&[]);
    let id = scene.start("quick-a");
    assert!(id.as_str().ends_with("-quick-a"));
    let state = scene.wait(&id, Status::Finished);
    assert!(matches!(state, State::Finished { started, ended } if started <= ended), "{state:?}");
    let ended = Happening::Ended { status: Status::Finished, reason: None };
    assert_eq!(scene.happenings(&id), [Happening::Started, ended]);

    let run = scene.run(&id);
    assert_eq!(run.spec().unwrap().to_toml(), std::fs::read_to_string(run.spec_path()).unwrap());
    let listed = scene.client().list().unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0].id, listed[0].state.as_ref()), (&id, Some(&state)));
    let (code, message) = refusal(scene.client().resume("quick-a"));
    assert_eq!(code, Code::Conflict);
    assert!(message.contains("finished"), "{message}");
}

#[test]
fn runs_start_in_the_order_in_which_they_were_queued_as_slots_become_free() {
    let scene = Scene::with(&["--slots", "2"]);
    let ids: Vec<_> = ["gate-c", "gate-a", "gate-b", "gate-d"].map(|name| scene.start(name)).into();
    for (index, id) in ids.iter().enumerate() {
        scene.wait(id, Status::Running);
        for later in ids.iter().skip(index + 2) {
            assert_eq!(scene.state(later).status(), Status::Queued, "{later} while {id} is the latest");
        }
        if index > 0 {
            scene.open(&ids[index - 1], "go");
            scene.wait(&ids[index - 1], Status::Finished);
        }
    }
    scene.open(&ids[3], "go");
    scene.wait(&ids[3], Status::Finished);
}

#[test]
fn stop_ends_a_worker_after_its_checkpoint_and_takes_a_queued_run_out() {
    let scene = Scene::with(&[]);
    let (works, waits) = (scene.start("gate-works"), scene.start("gate-waits"));
    scene.wait(&works, Status::Running);

    assert_eq!(scene.client().stop("gate-waits").unwrap(), waits);
    assert!(matches!(scene.state(&waits), State::Stopped { started: None, .. }));
    assert_eq!(scene.client().stop("gate-wo").unwrap(), works, "a unique prefix will do");
    let state = scene.wait(&works, Status::Stopped);
    assert!(state.started().is_some());
    let ended = Happening::Ended { status: Status::Stopped, reason: None };
    let expected = [Happening::Started, Happening::Checkpoint { epoch: 1, step: 1 }, ended];
    assert_eq!(scene.happenings(&works), expected);

    let (code, message) = refusal(scene.client().stop("gate-works"));
    assert_eq!(code, Code::Conflict);
    assert!(message.contains("was stopped"), "{message}");
    let (code, _) = refusal(scene.client().stop("nobody"));
    assert_eq!(code, Code::NotFound);
    let (code, message) = refusal(scene.client().stop("gate"));
    assert_eq!(code, Code::Usage);
    assert!(message.contains(works.as_str()) && message.contains(waits.as_str()), "{message}");
}

#[test]
fn a_worker_that_does_not_stop_is_killed_after_its_grace_time() {
    let scene = Scene::with(&["--grace", "0.05"]);
    let id = scene.start("deaf");
    let worker = scene.wait(&id, Status::Running).worker().unwrap().clone();
    scene.client().stop("deaf").unwrap();
    scene.client().stop("deaf").unwrap();
    let state = scene.wait(&id, Status::Stopped);
    assert!(matches!(state, State::Stopped { started: Some(_), .. }), "{state:?}");
    assert!(!worker.is_alive());
    let said = scene.happenings(&id);
    let warned =
        |what: &Happening| matches!(what, Happening::Warning { message } if message.contains("killed"));
    assert!(said.iter().any(warned), "{said:?}");
}

#[test]
fn a_killed_worker_gets_no_time_and_its_run_has_stopped() {
    let scene = Scene::with(&["--grace", "600", "--slots", "3"]);
    for (name, stop_first) in [("deaf-a", false), ("deaf-b", true), ("gate-c", false)] {
        let id = scene.start(name);
        let worker = scene.wait(&id, Status::Running).worker().unwrap().clone();
        if stop_first {
            scene.client().stop(name).unwrap();
        }
        assert_eq!(scene.client().kill(name).unwrap(), id);
        let state = scene.wait(&id, Status::Stopped);
        assert!(matches!(state, State::Stopped { started: Some(_), .. }), "{state:?}");
        assert!(!worker.is_alive());
        let message = "its worker was killed, as was asked".to_owned();
        let ended = Happening::Ended { status: Status::Stopped, reason: None };
        // It may have been killed before it said that it began.
        let said: Vec<_> =
            scene.happenings(&id).into_iter().filter(|what| *what != Happening::Started).collect();
        assert_eq!(said, [Happening::Warning { message }, ended]);
    }
    let (code, _) = refusal(scene.client().kill("deaf-a"));
    assert_eq!(code, Code::Conflict);
}

#[test]
fn a_run_stopped_before_its_worker_begins_ends_as_stopped() {
    let scene = Scene::with(&["--grace", "30"]);
    let id = scene.start("late");
    scene.wait(&id, Status::Starting);
    scene.client().stop("late").unwrap();
    scene.wait(&id, Status::Stopped);
}

#[test]
fn every_bad_end_says_what_is_known() {
    let scene = Scene::with(&["--slots", "4"]);
    for (name, status, fragments) in [
        ("mute", Status::Failed, ["before it began (exit code 3)", "no such device"]),
        ("rude", Status::Failed, ["without a word (exit code 7)", "out of luck"]),
        ("crash", Status::Lost, ["killed by SIGKILL", "pid"]),
        ("fail", Status::Failed, ["the loss is NaN", ""]),
    ] {
        let id = scene.start(name);
        let state = scene.wait(&id, status);
        let reason = state.reason().unwrap();
        assert!(fragments.iter().all(|fragment| reason.contains(fragment)), "{name}: {reason}");
        let ended = Happening::Ended { status, reason: Some(reason.to_owned()) };
        wait_for("the end is an event", || scene.happenings(&id).last() == Some(&ended));
    }
}

#[test]
fn a_missing_worker_program_fails_the_run_and_names_the_program() {
    let scene = Scene::with(&["--trainer", "/nowhere/dissect-trainer"]);
    let id = scene.start("quick");
    let state = scene.wait(&id, Status::Failed);
    assert!(state.reason().unwrap().contains("/nowhere/dissect-trainer"), "{state:?}");
}

#[test]
fn resume_queues_an_ended_run_again_and_remove_deletes_one() {
    let scene = Scene::with(&[]);
    let id = scene.start("gate");
    scene.wait(&id, Status::Running);
    let (code, message) = refusal(scene.client().remove("gate"));
    assert_eq!(code, Code::Conflict);
    assert!(message.contains("stop it first"), "{message}");
    assert_eq!(refusal(scene.client().resume("gate")).0, Code::Conflict);

    scene.client().stop("gate").unwrap();
    scene.wait(&id, Status::Stopped);
    scene.client().resume("gate").unwrap();
    scene.wait(&id, Status::Running);
    let resumed = Happening::Resumed { epoch: 0, step: 0 };
    wait_for("the worker says so", || scene.happenings(&id).contains(&resumed));
    scene.open(&id, "go");
    scene.wait(&id, Status::Finished);

    // The worker's process ends a little after it has said so; the daemon waits for that.
    scene.client().remove("gate").unwrap();
    assert!(!scene.run(&id).path().exists());
    assert!(scene.client().list().unwrap().is_empty());
    let deleted = || std::fs::read_dir(scene.home.runs()).unwrap().count() == 0;
    wait_for("nothing is left", deleted);
}

#[test]
fn a_watcher_hears_every_change() {
    let scene = Scene::with(&[]);
    let ended = scene.start("quick");
    scene.wait(&ended, Status::Finished);
    let mut watch = scene.client().watch().unwrap();
    let id = scene.start("gate");
    let mut heard = |until: Status| loop {
        let standing = watch.next().unwrap().unwrap();
        assert_eq!(standing.id, id, "an ended run is not news");
        let status = standing.state.unwrap().status();
        if status == until {
            break;
        }
    };
    heard(Status::Queued);
    heard(Status::Starting);
    heard(Status::Running);
    scene.client().stop("gate").unwrap();
    heard(Status::Stopping);
    heard(Status::Stopped);
    scene.client().remove("gate").unwrap();
    let gone = watch.next().unwrap().unwrap();
    assert_eq!((gone.id, gone.state), (id, None));
}

#[test]
fn what_cannot_work_never_reaches_the_queue() {
    let scene = Scene::with(&[]);
    let path = "data.path = '/nowhere/cifar'\n";
    for (spec, code, fragment) in [
        (
            "kind = 'train'\ntraining.epochs = -5\n".to_owned(),
            Code::Usage,
            "line 2: training.epochs: found -5",
        ),
        ("kind = 'train'\n[training]\nepoch = 5\n".to_owned(), Code::Usage, "did you mean `epochs`?"),
        ("kind".to_owned(), Code::Usage, "not TOML"),
        (train("a") + path, Code::NotFound, "/nowhere/cifar is not there"),
        (train("a") + "data.path = 'cifar'\n", Code::Usage, "relative"),
        (
            crate::scene::dissect("d", &["/a.onnx", "/b.onnx", "/g.onnx"]),
            Code::NotFound,
            "models[0]: /a.onnx",
        ),
        (dissect("d", &["run:a", "run:b", "run:g"]), Code::NotFound, "models[0]: no run is called `a`"),
    ] {
        let (found, message) = refusal(scene.client().start(&spec));
        assert!(message.contains(fragment), "{spec}\n{message}");
        assert_eq!(found, code, "{message}");
    }
    assert_eq!(std::fs::read_dir(scene.home.runs()).unwrap().count(), 0);
}
