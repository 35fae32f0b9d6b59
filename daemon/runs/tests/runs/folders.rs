//! A run's folder: states change whole, one after the other, and only along a run's life.

use std::fs;
use std::sync::Barrier;

use dissect_runs::folder::{FolderError, RunFolder};
use dissect_runs::home::Home;
use dissect_runs::process::ProcessId;
use dissect_runs::records::{Kind, Record};
use dissect_runs::spec::Spec;
use dissect_runs::state::{State, Status};

pub(crate) fn spec(name: &str) -> Spec {
    Spec::parse(&format!("kind = 'train'\nname = '{name}'\n")).unwrap()
}

/// A queued run, and what keeps its home.
pub(crate) fn run() -> (tempfile::TempDir, RunFolder) {
    let root = tempfile::tempdir().unwrap();
    let run = Home::at(root.path()).create_run(&spec("a")).unwrap();
    (root, run)
}

/// One state of every status.
fn states() -> Vec<State> {
    let lines = include_str!("../formats/1/states.jsonl").lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn states_follow_a_runs_life_and_nothing_else() {
    use Status::{Failed, Finished, Lost, Queued, Running, Starting, Stopped, Stopping};
    let allowed: [(Status, &[Status]); 8] = [
        (Queued, &[Starting, Running, Stopped, Failed]),
        (Starting, &[Queued, Running, Stopping, Stopped, Failed]),
        (Running, &[Queued, Stopping, Finished, Stopped, Failed, Lost]),
        (Stopping, &[Finished, Stopped, Failed, Lost]),
        (Finished, &[Queued]),
        (Stopped, &[Queued]),
        (Failed, &[Queued]),
        (Lost, &[Queued]),
    ];
    let (_root, run) = run();
    for from in states() {
        let (_, allowed) = allowed.iter().find(|(status, _)| *status == from.status()).unwrap();
        for to in states().into_iter().filter(|to| *to != from) {
            fs::write(run.state_path(), serde_json::to_string(&from).unwrap()).unwrap();
            let result = run.transition(|_| Ok::<_, FolderError>(to.clone()));
            let after = run.state().unwrap();
            if allowed.contains(&to.status()) {
                assert_eq!((result.unwrap(), after), (to.clone(), to));
            } else {
                let message = result.unwrap_err().to_string();
                assert!(
                    message.contains(&format!(
                        "is {from} and cannot become {to}",
                        from = from.status(),
                        to = to.status()
                    )),
                    "{message}"
                );
                assert_eq!(after, from);
            }
        }
    }
}

#[test]
fn of_many_who_want_the_run_one_gets_it() {
    let (_root, run) = run();
    let barrier = Barrier::new(8);
    let me = ProcessId::me().unwrap();
    let won = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    let taken = run.transition(|state| match state {
                        State::Queued { .. } => Ok(State::Running { since: 1.0, worker: me.clone() }),
                        _ => Err(Refused),
                    });
                    taken.is_ok()
                })
            })
            .collect();
        tries.into_iter().map(|won| won.join().unwrap()).filter(|won| *won).count()
    });
    assert_eq!(won, 1);
    let leftovers = fs::read_dir(run.path()).unwrap().flatten();
    let leftovers: Vec<_> =
        leftovers.filter(|entry| entry.file_name().to_string_lossy().starts_with(".tmp")).collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

/// The refusal of a transition that is not the folder's.
impl From<FolderError> for Refused {
    fn from(error: FolderError) -> Self {
        panic!("{error}")
    }
}
#[derive(Debug)]
struct Refused;

#[test]
fn a_refused_change_changes_nothing() {
    let (_root, run) = run();
    let before = run.state().unwrap();
    run.transition(|_| Err::<State, _>(Refused)).unwrap_err();
    assert_eq!(run.state().unwrap(), before);
}

#[test]
fn a_worker_that_vanished_is_noticed_and_nothing_is_written() {
    let (_root, run) = run();
    let me = ProcessId::me().unwrap();
    let other = ProcessId { start_time: me.start_time + 1, ..me.clone() };
    for (state, expected) in [
        (State::Running { since: 1.0, worker: me.clone() }, Status::Running),
        (State::Running { since: 1.0, worker: other.clone() }, Status::Lost),
        (State::Stopping { started: Some(1.0), since: 2.0, worker: other, reason: None }, Status::Stopped),
        (State::Queued { since: 1.0 }, Status::Queued),
    ] {
        let text = serde_json::to_string(&state).unwrap();
        fs::write(run.state_path(), &text).unwrap();
        let now = run.status_now().unwrap();
        assert_eq!(now.status(), expected);
        assert!(now.since() >= state.since());
        assert_eq!(fs::read_to_string(run.state_path()).unwrap(), text);
    }
}

#[test]
fn what_is_not_a_run_is_told_apart() {
    let root = tempfile::tempdir().unwrap();
    let empty = root.path().join("20261123-101502-a");
    fs::create_dir(&empty).unwrap();
    for (path, expected) in [(root.path().join("elsewhere"), "is no run's id"), (empty, "has no spec.toml")] {
        let message = RunFolder::open(path).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    let (_root, run) = run();
    fs::write(run.state_path(), "{\"status\":\"dancing\"}").unwrap();
    let message = run.state().unwrap_err().to_string();
    assert!(message.contains("state.json") && message.contains("dancing"), "{message}");
    fs::write(run.spec_path(), "kind = 'train'\ntraining.epochs = 0").unwrap();
    let message = run.spec().unwrap_err().to_string();
    assert!(message.contains("spec.toml: line 2"), "{message}");
}

#[test]
fn the_last_record_is_found_at_the_end_of_a_long_file() {
    let (_root, run) = run();
    assert_eq!(run.last_record(Kind::Step), None);
    let line = |record: Record| serde_json::to_string(&record).unwrap() + "\n";
    let mut text = line(Record::epoch(1, 1));
    for step in 0..3000 {
        text += &line(Record::step(step).with("loss", 1.0));
    }
    text += "{\"kind\":\"step\",\"ti";
    fs::write(run.metrics_path(), text).unwrap();
    assert_eq!(run.last_record(Kind::Step).unwrap().step, 2999);
    assert_eq!(run.last_record(Kind::Epoch), None, "it is not looked for through the whole file");
}
