//! The event files that a run writes while it works.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use dissect_runs::folder::{FolderError, RunFolder};
use dissect_runs::home::Home;
use dissect_runs::records::{Happening, Record};
use dissect_runs::spec::Spec;
use dissect_runs::state::State;
use dissect_runs::tail::Events;
use dissect_runs::worker::{End, Position, Worker};
use tempfile::TempDir;

use crate::reader::Reader;

fn queued() -> (TempDir, RunFolder) {
    let root = tempfile::tempdir().expect("a temporary folder");
    let text = "kind = 'train'\n[data]\ndataset = 'shapes'\n[run]\ntensorboard = true\n";
    let run = Home::at(root.path()).create_run(&Spec::parse(text).expect("a spec")).expect("a run");
    (root, run)
}

/// What a kill and a resume leave: the worker says nothing, and the run is queued again.
fn killed(run: &RunFolder, worker: Worker) {
    drop(worker);
    let state = |state| fs::write(run.state_path(), serde_json::to_string(&state).expect("JSON"));
    state(State::Lost { started: 1.0, ended: 2.0, reason: "killed".into() }).expect("written");
    run.transition(|_| Ok::<_, FolderError>(State::Queued { since: 3.0 })).expect("queued");
}

fn event_files(run: &RunFolder) -> Vec<PathBuf> {
    let entries = fs::read_dir(run.tensorboard()).expect("event files");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

#[test]
fn tensorboard_follows_a_run_over_kills() {
    let (_root, run) = queued();
    let mut worker = Worker::begin(run.clone(), None).expect("begun");
    let mut reader = Reader::of(&run.tensorboard());
    let mut seen = Vec::new();
    for step in 1..=4 {
        let value = if step == 2 { f64::NAN } else { step as f64 / 2.0 };
        let record = Record::step(step).in_epoch(1).with("loss", value);
        worker.record(&record).expect("recorded");
        seen.push((step, (step != 2).then_some(value)));
        let read = reader.read();
        let (last_step, time, _) = *read["step/loss"].last().expect("a scalar");
        assert_eq!((last_step, time), (step, record.time));
        assert_eq!(reader.steps("step/loss"), seen);
    }
    worker.record(&Record::epoch(1, 4).with("test_accuracy", 0.5)).expect("recorded");
    assert_eq!(reader.steps("epoch/test_accuracy"), [(4, Some(0.5))]);
    // What comes after the checkpoint is given up, and the last event is torn.
    worker.record(&Record::step(5).with("loss", 50.0)).expect("recorded");
    worker.record(&Record::step(6).with("loss", 60.0)).expect("recorded");
    assert_eq!(reader.steps("step/loss").len(), 6);
    let torn = fs::read(&event_files(&run)[0]).expect("an event file")[..30].to_vec();
    let mut file = OpenOptions::new().append(true).open(&event_files(&run)[0]).expect("an event file");
    file.write_all(&torn).expect("written");
    killed(&run, worker);

    let checkpoint = Some(Position { epoch: 1, step: 4 });
    let mut worker = Worker::begin(run.clone(), checkpoint).expect("begun");
    assert_eq!(reader.steps("step/loss"), seen);
    assert_eq!(reader.steps("epoch/test_accuracy"), [(4, Some(0.5))]);
    worker.record(&Record::step(5).with("loss", 5.0)).expect("recorded");
    seen.push((5, Some(5.0)));
    assert_eq!(reader.steps("step/loss"), seen);
    // Whoever opens the folder only now finds the same.
    assert_eq!(Reader::of(&run.tensorboard()).steps("step/loss"), seen);

    // Killed before the first checkpoint of all: everything is done again.
    killed(&run, worker);
    let mut worker = Worker::begin(run.clone(), None).expect("begun");
    assert_eq!(reader.steps("step/loss"), []);
    worker.record(&Record::step(1).with("loss", 0.25)).expect("recorded");
    worker.end(End::Finished).expect("ended");
    assert_eq!(reader.steps("step/loss"), [(1, Some(0.25))]);
    assert_eq!(Reader::of(&run.tensorboard()).steps("step/loss"), [(1, Some(0.25))]);
    assert_eq!(event_files(&run).len(), 3);
}

#[test]
fn a_run_outlives_its_event_files() {
    let (_root, run) = queued();
    // A file is where the folder should be.
    fs::write(run.tensorboard(), "in the way").expect("written");
    let mut worker = Worker::begin(run.clone(), None).expect("begun all the same");
    worker.record(&Record::step(1).with("loss", 1.0)).expect("recorded");
    worker.end(End::Finished).expect("ended");
    let events = Events::new(run.events_path()).read().expect("events").items;
    let warnings = events.iter().filter(
        |event| matches!(&event.what, Happening::Warning { message } if message.contains("TensorBoard")),
    );
    assert_eq!(warnings.count(), 1, "{events:?}");
}
