//! What a worker does to its run's folder.

use std::fs;

use dissect_runs::folder::FolderError;
use dissect_runs::process::ProcessId;
use dissect_runs::records::{Happening, Record};
use dissect_runs::state::{State, Status};
use dissect_runs::tail::{Events, Metrics};
use dissect_runs::worker::{End, Position, Worker, WorkerError};

use crate::folders::run;

fn happenings(run: &dissect_runs::folder::RunFolder) -> Vec<Happening> {
    Events::new(run.events_path()).read().unwrap().items.into_iter().map(|event| event.what).collect()
}

#[test]
fn it_begins_records_and_says_how_it_ended() {
    for (end, status, reason) in [
        (End::Finished, Status::Finished, None),
        (End::Stopped, Status::Stopped, None),
        (End::Failed("the loss is NaN".into()), Status::Failed, Some("the loss is NaN")),
    ] {
        let (_root, run) = run();
        let mut worker = Worker::begin(run.clone(), None).unwrap();
        let state = run.state().unwrap();
        assert_eq!(state.worker(), Some(&ProcessId::me().unwrap()));
        let record = Record::step(1).in_epoch(1).with("loss", 0.5);
        worker.record(&record).unwrap();
        worker.event(Happening::Stage { name: "fitting".into() }).unwrap();
        let ended = worker.end(end).unwrap();
        assert_eq!((ended.status(), ended.reason(), ended.started()), (status, reason, state.started()));
        assert_eq!(run.state().unwrap(), ended);
        assert_eq!(Metrics::new(run.metrics_path()).read().unwrap().items, [record]);
        let reason = reason.map(str::to_owned);
        let stage = Happening::Stage { name: "fitting".into() };
        assert_eq!(happenings(&run), [Happening::Started, stage, Happening::Ended { status, reason }]);
    }
}

#[test]
fn it_resumes_on_a_line_of_its_own() {
    let (_root, run) = run();
    Worker::begin(run.clone(), None).unwrap().end(End::Stopped).unwrap();
    fs::write(run.metrics_path(), "{\"kind\":\"step\",\"time\":1.0,\"st").unwrap();
    run.transition(|_| Ok::<_, FolderError>(State::Queued { since: 1.0 })).unwrap();
    let mut worker = Worker::begin(run.clone(), Some(Position { epoch: 2, step: 20 })).unwrap();
    worker.record(&Record::step(21)).unwrap();
    let batch = Metrics::new(run.metrics_path()).read().unwrap();
    assert_eq!((batch.items.len(), batch.skipped), (1, 1));
    assert_eq!(happenings(&run)[2], Happening::Resumed { epoch: 2, step: 20 });
}

#[test]
fn a_run_has_one_worker_and_only_while_it_is_not_over() {
    let (_root, run) = run();
    let me = ProcessId::me().unwrap();
    let dead = ProcessId { start_time: me.start_time + 1, ..me.clone() };
    // Asked to stop before it began, it still may begin, to stop in its own way.
    let stopping = State::Stopping { started: None, since: 2.0, worker: me.clone(), reason: None };
    for (state, expected) in [
        (State::Starting { since: 1.0 }, ""),
        (stopping, ""),
        (State::Running { since: 1.0, worker: me }, "has a worker already"),
        (State::Running { since: 1.0, worker: dead }, "is over (lost)"),
        (State::Finished { started: 1.0, ended: 2.0 }, "is over (finished)"),
        (State::Stopped { started: None, ended: 2.0, reason: None }, "is over (stopped)"),
    ] {
        fs::write(run.state_path(), serde_json::to_string(&state).unwrap()).unwrap();
        match Worker::begin(run.clone(), None) {
            Ok(_) => assert_eq!(expected, "", "{state:?}"),
            Err(error @ (WorkerError::Taken { .. } | WorkerError::Over { .. })) => {
                assert!(!expected.is_empty() && error.to_string().contains(expected), "{state:?}: {error}");
                assert_eq!(run.state().unwrap(), state);
            }
            Err(error) => panic!("{state:?}: {error}"),
        }
    }
}

#[test]
fn a_disk_that_is_full_is_told_as_such() {
    let (_root, run) = run();
    // /dev/full refuses every write as a full disk does.
    std::os::unix::fs::symlink("/dev/full", run.metrics_path()).unwrap();
    let mut worker = Worker::begin(run.clone(), None).unwrap();
    let message = worker.record(&Record::step(1)).unwrap_err().to_string();
    assert!(message.contains("metrics.jsonl") && message.contains("No space left"), "{message}");
    let state = worker.end(End::Failed(message.clone()));
    assert_eq!(run.state().unwrap().reason(), Some(message.as_str()), "{state:?}");
}
