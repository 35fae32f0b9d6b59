//! Runs in homes of their own, worked on in this process.

use dissect_runs::folder::{FolderError, RunFolder};
use dissect_runs::home::Home;
use dissect_runs::records::{Kind, Record};
use dissect_runs::spec::Spec;
use dissect_runs::state::State;
use dissect_trainer::stop::Stop;
use dissect_trainer::work::work;
use tempfile::TempDir;

/// A home with one queued run.
pub(crate) struct Run {
    _home: TempDir,
    pub(crate) folder: RunFolder,
}

impl Run {
    pub(crate) fn new(spec: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let home = Home::at(folder.path());
        home.create().expect("a home can be made");
        let spec = Spec::parse(spec).unwrap_or_else(|error| panic!("{error}"));
        let run = home.create_run(&spec).unwrap_or_else(|error| panic!("{error}"));
        Self { _home: folder, folder: run }
    }

    /// Works on it until it ends.
    pub(crate) fn work(&self, stop: &Stop) -> State {
        work(self.folder.path(), stop).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Queues it again, as a resume does.
    pub(crate) fn queue(&self) {
        let queue = self.folder.transition(|_| Ok::<_, FolderError>(State::Queued { since: 0.0 }));
        queue.unwrap_or_else(|error| panic!("{error}"));
    }

    /// The epoch records, without what a clock put into them.
    pub(crate) fn epochs(&self) -> Vec<Record> {
        let text = std::fs::read_to_string(self.folder.metrics_path()).expect("the run has metrics");
        let records = text.lines().map(|line| serde_json::from_str::<Record>(line).expect("a record"));
        let epochs = records.filter(|record| record.kind == Kind::Epoch).map(|mut record| {
            record.time = 0.0;
            record.values.retain(|name, _| name != "images_per_second");
            record
        });
        epochs.collect()
    }

    pub(crate) fn events(&self) -> String {
        std::fs::read_to_string(self.folder.events_path()).expect("the run has events")
    }
}
