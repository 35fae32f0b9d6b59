//! A run in a line: what `run list`, `run show` and the demo's progress say of it, read from its folder alone.

use std::path::PathBuf;

use dissect_runs::clock;
use dissect_runs::finding::Finding;
use dissect_runs::folder::RunFolder;
use dissect_runs::home::RunId;
use dissect_runs::place::Place;
use dissect_runs::records::Kind as RecordKind;
use dissect_runs::series::Progress;
use dissect_runs::spec::{Kind, Spec};
use dissect_runs::state::Status;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde::Serialize;

/// A run in a line. Times are seconds since 1970.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// The run's id.
    pub id: RunId,
    /// Its name.
    pub name: String,
    /// What it does; none where its spec cannot be read.
    pub kind: Option<Kind>,
    /// How it stands.
    pub status: Status,
    /// Why it failed, or what is known of its loss.
    pub reason: Option<String>,
    /// When it is tried again after a fault, and how often it was.
    pub retry: Option<String>,
    /// What watching has found.
    pub findings: Vec<Finding>,
    /// Share done, from 0 to 1.
    pub progress: f64,
    /// Epochs or ascent steps done.
    pub position: u64,
    /// Epochs or ascent steps asked for; 0 where its spec cannot be read.
    pub length: u64,
    /// The last accuracy on test images, where it trains a classifier.
    pub accuracy: Option<f64>,
    /// The last accuracy on training images, where it trains a classifier.
    pub train_accuracy: Option<f64>,
    /// When it was queued first.
    pub created: f64,
    /// When its worker began.
    pub started: Option<f64>,
    /// When it ended.
    pub ended: Option<f64>,
    /// How long it may work, in seconds; none where nothing limits it.
    pub time_limit: Option<f64>,
    /// How long it worked since it has a limit, in seconds.
    pub time_used: Option<f64>,
    /// How long it may still work, in seconds.
    pub time_left: Option<f64>,
    /// Runs of higher priority start first.
    pub priority: i32,
    /// The group it belongs to.
    pub group: Option<String>,
    /// Runs that must have ended before it starts.
    pub after: Vec<RunId>,
    /// Its folder.
    pub folder: PathBuf,
}

impl Summary {
    /// Reads a run's folder. A folder that cannot be read makes a run that failed for that reason: a list shows it
    /// rather than breaks off.
    pub fn of(run: &RunFolder) -> Self {
        let spec = run.spec().ok();
        let last = run.last_record(RecordKind::Epoch);
        let Progress { done, total, .. } =
            spec.as_ref().map_or(Progress { done: 0, total: 0, unit: "" }, |spec| {
                Progress::of_last(spec, last.as_ref(), run.last_record(RecordKind::Step).as_ref())
            });
        let number =
            |name| last.as_ref().and_then(|record| record.value(name)).filter(|value| value.is_finite());
        let state = run.status_now();
        let (allowance, now) = (run.allowance(), clock::now());
        let time = allowance.as_ref().zip(state.as_ref().ok());
        let time_used = time.map(|(allowance, state)| allowance.used(state, now));
        let time_left = time.map(|(allowance, state)| allowance.left(state, now));
        let (status, reason, started, ended) = match state {
            Ok(state) => (state.status(), state.reason().map(str::to_owned), state.started(), state.ended()),
            Err(error) => (Status::Failed, Some(error.to_string()), None, None),
        };
        // As the daemon does: one that cannot be read stands where its time puts it.
        let Place { priority, group, after, .. } = run.place().unwrap_or_default();
        let progress = match status {
            Status::Finished => 1.0,
            _ if total == 0 => 0.0,
            _ => (done as f64 / total as f64).min(1.0),
        };
        Self {
            id: run.id().clone(),
            name: run.id().name().to_owned(),
            kind: spec.as_ref().map(Spec::kind),
            status,
            reason,
            retry: Some(status)
                .filter(|status| *status == Status::Queued)
                .and_then(|_| run.attempts().describe(clock::now())),
            findings: run.findings(),
            progress,
            position: done,
            length: total,
            accuracy: number("test_accuracy"),
            train_accuracy: number("train_accuracy"),
            created: created(run.id()),
            started,
            ended,
            time_limit: allowance.map(|allowance| allowance.limit),
            time_used,
            time_left,
            priority,
            group,
            after,
            folder: run.path().to_owned(),
        }
    }
}

/// The time in a run's id.
fn created(id: &RunId) -> f64 {
    let stamp = id.as_str().get(..15).unwrap_or_default();
    let time = DateTime::strptime("%Y%m%d-%H%M%S", stamp).and_then(|time| TimeZone::UTC.to_timestamp(time));
    time.map_or(0.0, |time| time.as_second() as f64)
}

#[cfg(test)]
mod tests {
    use dissect_runs::home::Home;
    use dissect_runs::records::Record;
    use dissect_runs::state::State;
    use dissect_runs::worker::{End, Worker};

    use super::*;

    #[test]
    fn a_training_from_queue_to_end() {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::at(folder.path());
        let text = "kind = \"train\"\n[data]\ndataset = \"shapes\"\n[training]\nepochs = 4\n";
        let run = home.create_run(&Spec::parse(text).unwrap()).unwrap();
        let queued = Summary::of(&run);
        assert_eq!((queued.status, queued.position, queued.length), (Status::Queued, 0, 4));
        assert!((dissect_runs::clock::now() - queued.created).abs() < 60.0);

        let mut worker = Worker::begin(run.clone(), None).unwrap();
        let record = Record::epoch(1, 10).with("test_accuracy", 0.5).with("train_accuracy", f64::NAN);
        worker.record(&record).unwrap();
        let running = Summary::of(&run);
        assert_eq!((running.status, running.progress), (Status::Running, 0.25));
        assert_eq!((running.accuracy, running.train_accuracy), (Some(0.5), None));

        worker.end(End::Failed("no space".into())).unwrap();
        let failed = Summary::of(&run);
        assert_eq!((failed.status, failed.reason.as_deref()), (Status::Failed, Some("no space")));
        assert!(matches!(run.state().unwrap(), State::Failed { .. }));
    }

    #[test]
    fn a_dissection_of_all_pairs_counts_every_turn() {
        let folder = tempfile::tempdir().unwrap();
        let text = "kind = \"dissect\"\nmodels = [\"a.onnx\", \"b.onnx\"]\ngenerator = \"g.onnx\"\nsteps = 100\nall_pairs = true\n";
        let run = Home::at(folder.path()).create_run(&Spec::parse(text).unwrap()).unwrap();
        let mut worker = Worker::begin(run.clone(), None).unwrap();
        worker.record(&Record::step(50).of_f1("b")).unwrap();
        let summary = Summary::of(&run);
        assert_eq!((summary.position, summary.length, summary.progress), (150, 200, 0.75));
    }
}
