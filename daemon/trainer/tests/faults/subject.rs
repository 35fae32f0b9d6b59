//! One run in a home of its own, and trainer processes that work on it and may die of it.

use std::fs;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use dissect_runs::folder::{FolderError, RunFolder};
use dissect_runs::home::Home;
use dissect_runs::records::{Event, Happening, Kind, Record};
use dissect_runs::spec::Spec;
use dissect_runs::state::State;
use dissect_runs::tail::Events;
use dissect_trainer::checkpoint::Checkpoint;
use tempfile::TempDir;

/// Everything that a resume could get wrong, in steps of a few milliseconds.
pub(crate) fn spec(epochs: usize) -> String {
    format!(
        "kind = \"train\"\nname = \"subject\"\n[model]\nwidth = 0.0625\n[data]\ndataset = \"shapes\"\nnoise = 0.5\n\
         augment = true\nlimit = 60\n[training]\nepochs = {epochs}\nbatch_size = 16\n[run]\ndevice = \"cpu\"\n\
         snapshot_every = 5\ncheckpoint_every = 2\n"
    )
}

pub(crate) struct Subject {
    _home: TempDir,
    pub(crate) folder: RunFolder,
}

impl Subject {
    /// A queued run.
    pub(crate) fn new(spec: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let runs = Home::at(home.path());
        let folder = runs.create_run(&Spec::parse(spec).unwrap()).unwrap();
        Self { _home: home, folder }
    }

    /// A trainer process, not yet started.
    pub(crate) fn trainer(&self) -> Command {
        let log = fs::File::options().create(true).append(true).open(self.folder.log_path()).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_dissect-trainer"));
        command.arg("--run").arg(self.folder.path()).env("DISSECT_THREADS", "1");
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        command
    }

    /// Works on it to the end of the process.
    pub(crate) fn work(&self, mut trainer: Command) -> ExitStatus {
        trainer.status().unwrap()
    }

    /// Queues it again, as the daemon does: once the worker is gone, the run is lost, and then resumed.
    pub(crate) fn resume(&self) {
        let state = self.folder.status_now().unwrap();
        if matches!(state, State::Queued { .. }) {
            return;
        }
        assert!(state.is_ended(), "its worker is gone: {state:?}");
        self.become_(state);
        self.become_(State::Queued { since: 0.0 });
    }

    fn become_(&self, state: State) {
        self.folder.transition(|_| Ok::<_, FolderError>(state)).unwrap();
    }

    pub(crate) fn checkpoint(&self) -> Option<Checkpoint> {
        Checkpoint::newest(&self.folder.checkpoints()).0
    }

    pub(crate) fn happenings(&self) -> Vec<Happening> {
        let events = Events::new(self.folder.events_path()).read().unwrap();
        events.items.into_iter().map(|Event { what, .. }| what).collect()
    }

    /// The records of epochs as a reader takes them: of a step written twice, the later. Without what a clock put in.
    pub(crate) fn epochs(&self) -> Vec<Record> {
        let text = fs::read(self.folder.metrics_path()).unwrap_or_default();
        let mut epochs: Vec<Record> = Vec::new();
        for line in text.split(|byte| *byte == b'\n') {
            let Ok(mut record) = serde_json::from_slice::<Record>(line) else { continue };
            if record.kind == Kind::Epoch {
                record.time = 0.0;
                record.values.remove("images_per_second");
                epochs.retain(|earlier| earlier.step < record.step);
                epochs.push(record);
            }
        }
        epochs
    }

    /// Whether this run left, bit for bit, what `other` left: series, weights, momentum and the exported model.
    pub(crate) fn assert_same_as(&self, other: &Self) {
        let (mine, its) = (self.epochs(), other.epochs());
        assert_eq!(mine, its, "the series");
        let (mine, its) = (self.checkpoint().unwrap(), other.checkpoint().unwrap());
        assert_eq!(mine.position, its.position);
        assert_eq!(mine.tensors.keys().collect::<Vec<_>>(), its.tensors.keys().collect::<Vec<_>>());
        for (name, tensor) in &mine.tensors {
            assert_eq!(bytes(tensor), bytes(&its.tensors[name]), "{name}");
        }
        assert_eq!(self.model(), other.model(), "the exported model");
    }

    /// The exported model, its run's id made the same for all.
    fn model(&self) -> Vec<u8> {
        let mut model = fs::read(self.folder.snapshot(None)).unwrap();
        let id = self.folder.id().as_str().as_bytes();
        let places: Vec<usize> =
            (0..=model.len() - id.len()).filter(|at| model[*at..].starts_with(id)).collect();
        assert!(!places.is_empty(), "the model names its run");
        for at in places {
            model[at..at + id.len()].fill(b'.');
        }
        model
    }
}

fn bytes(tensor: &tch::Tensor) -> Vec<u8> {
    let tensor = tensor.contiguous();
    let mut bytes = vec![0; tensor.numel() * tensor.kind().elt_size_in_bytes()];
    tensor.copy_data_u8(&mut bytes, tensor.numel());
    bytes
}

/// Waits until the condition holds or the process has ended; says whether it lives.
pub(crate) fn wait_while_alive(child: &mut Child, mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + Duration::from_secs(120);
    loop {
        if child.try_wait().unwrap().is_some() {
            return false;
        }
        if condition() {
            return true;
        }
        assert!(Instant::now() < deadline, "nothing happened for two minutes");
        std::thread::sleep(Duration::from_millis(1));
    }
}
