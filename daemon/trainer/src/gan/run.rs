//! The training run of a GAN, from its spec to its last snapshot.

use std::path::Path;
use std::time::{Duration, Instant};

use dissect_onnx::export::Metadata;
use dissect_runs::records::{Happening, Record};
use dissect_runs::spec::GanSpec;
use dissect_runs::worker::{End, Position, Worker};
use tch::{Kind, Tensor};

use super::adversaries::{Adversaries, SAMPLES_STREAM};
use super::samples::{self, SAMPLES};
use crate::batches::{Augment, Batches};
use crate::checkpoint::Checkpoint;
use crate::data;
use crate::device;
use crate::error::TrainError;
use crate::snapshot;
use crate::stop::Stop;

/// Time between two `step` records.
const STEP_RECORDS: Duration = Duration::from_millis(1000);
/// What is averaged over an epoch, in the order of [`Adversaries::step`].
const LOSSES: [&str; 4] = ["d_loss", "g_loss", "d_real", "d_fake"];
/// Images in a snapshot's probe batch.
const PROBE: usize = 16;

/// Trains until the spec is met or a stop is asked for.
pub fn train(
    spec: &GanSpec,
    worker: &mut Worker,
    resume: Option<Checkpoint>,
    stop: &Stop,
) -> Result<End, TrainError> {
    let choice = device::choose(spec.run.device)?;
    if let Some(message) = choice.note {
        say!("{message}");
    }
    let dataset = data::load(spec.data.dataset, Path::new(&spec.data.path), spec.data.limit as usize)?;
    let images = Batches::new(&dataset.train, spec.training.batch_size as usize, choice.device);
    say!("{}: {} images of {} on {:?}", spec.name, images.images(), dataset.name, choice.device);
    let adversaries = Adversaries::new(spec, choice.device)?;
    let sums = Tensor::zeros([LOSSES.len() as i64], (Kind::Double, choice.device));
    let position = Position::default();
    let mut training = Training { spec, adversaries, images, position, batch: 0, seconds_before: 0.0, sums };
    if let Some(checkpoint) = resume {
        training.restore(&checkpoint)?;
    }
    training.run(worker, stop)
}

struct Training<'a> {
    spec: &'a GanSpec,
    adversaries: Adversaries,
    images: Batches,
    position: Position,
    /// Batches done in the epoch under way.
    batch: usize,
    /// Training time of the epoch under way before this process took it up.
    seconds_before: f64,
    /// Sums of the epoch's losses, float64 `[4]` on the device.
    sums: Tensor,
}

impl Training<'_> {
    fn run(&mut self, worker: &mut Worker, stop: &Stop) -> Result<End, TrainError> {
        while self.position.epoch < self.spec.training.epochs {
            if !self.epoch(worker, stop)? {
                self.checkpoint(worker)?;
                return Ok(End::Stopped);
            }
            let epoch = self.position.epoch;
            let every = self.spec.run.snapshot_every;
            if every > 0 && epoch.is_multiple_of(every) {
                self.snapshot(worker, &format!("epoch-{epoch:04}.onnx"))?;
            }
            if epoch == self.spec.training.epochs || epoch.is_multiple_of(self.spec.run.checkpoint_every) {
                self.checkpoint(worker)?;
            }
        }
        self.snapshot(worker, "final.onnx")?;
        Ok(End::Finished)
    }

    /// Does what is left of an epoch and records it; false where a stop was asked for on the way.
    fn epoch(&mut self, worker: &mut Worker, stop: &Stop) -> Result<bool, TrainError> {
        let number = self.position.epoch + 1;
        let order = self.images.epoch(self.spec.training.seed, number, Augment::No);
        let start = Instant::now();
        let mut last_record = (start, self.batch);
        while self.batch < self.images.count() {
            if stop.asked() {
                self.seconds_before += start.elapsed().as_secs_f64();
                return Ok(false);
            }
            let (_, images) = self.images.batch(&order, self.batch);
            let losses = self.adversaries.step(&images, self.position.step);
            let _ = self.sums.g_add_(&losses);
            self.batch += 1;
            self.position.step += 1;
            let due = last_record.0.elapsed() >= STEP_RECORDS;
            if due || !losses.device().is_cuda() {
                let losses = self.read(&losses, number)?;
                if due {
                    let (since, first) = last_record;
                    let images = (self.batch - first) as f64 * f64::from(self.spec.training.batch_size);
                    let record = Record::step(self.position.step).in_epoch(number);
                    let record = record.with("d_loss", losses[0]).with("g_loss", losses[1]);
                    let speed = images / since.elapsed().as_secs_f64();
                    worker.record(&record.with("images_per_second", speed))?;
                    last_record = (Instant::now(), self.batch);
                }
            }
        }
        let means = self.read(&(&self.sums / self.images.count() as f64), number)?;
        let seconds = self.seconds_before + start.elapsed().as_secs_f64();
        let record = Record::epoch(number, self.position.step);
        let record = LOSSES.iter().zip(&means).fold(record, |record, (name, &mean)| record.with(*name, mean));
        worker.record(&record.with("images_per_second", self.images.images() as f64 / seconds))?;
        say!(
            "epoch {number}: loss of D {:.4}, of G {:.4}, D(x) {:.3}, D(G(z)) {:.3}",
            means[0],
            means[1],
            means[2],
            means[3]
        );
        let starts = self.adversaries.starts(SAMPLES_STREAM, SAMPLES);
        samples::write(&self.adversaries.generate(&starts), &worker.folder().results(), number)?;
        self.position.epoch = number;
        self.batch = 0;
        self.seconds_before = 0.0;
        self.sums = self.sums.zeros_like();
        Ok(true)
    }

    /// Reads losses from the device; one that is no number ends the run.
    fn read(&self, losses: &Tensor, epoch: u32) -> Result<Vec<f64>, TrainError> {
        let losses = Vec::<f64>::try_from(losses).expect("the losses are float64");
        match losses.iter().find(|loss| !loss.is_finite()) {
            Some(&loss) => Err(TrainError::Diverged { loss, epoch, step: self.position.step }),
            None => Ok(losses),
        }
    }

    /// Weights that are no numbers are neither kept nor shown.
    fn ensure_finite(&self) -> Result<(), TrainError> {
        let Position { epoch, step } = self.position;
        if self.adversaries.are_finite() {
            Ok(())
        } else {
            Err(TrainError::Weights { epoch: epoch + 1, step })
        }
    }

    fn snapshot(&self, worker: &mut Worker, file: &str) -> Result<(), TrainError> {
        self.ensure_finite()?;
        let folder = worker.folder();
        let metadata = Metadata {
            run: Some(folder.id().as_str().to_owned()),
            epoch: Some(u64::from(self.position.epoch)),
            ..Metadata::default()
        };
        let probe = self.adversaries.starts(SAMPLES_STREAM, PROBE);
        let path = folder.snapshots().join(file);
        let largest_difference = snapshot::write(&self.adversaries.generator, &metadata, &probe, &path)?;
        let file = format!("snapshots/{file}");
        worker.event(Happening::Snapshot { epoch: self.position.epoch, file, largest_difference })?;
        Ok(())
    }

    fn checkpoint(&self, worker: &mut Worker) -> Result<(), TrainError> {
        self.ensure_finite()?;
        let mut tensors = self.adversaries.state();
        tensors.insert("sums".to_owned(), self.sums.to_device(tch::Device::Cpu));
        let numbers = [("batch", self.batch as f64), ("seconds", self.seconds_before)];
        let numbers = numbers.map(|(name, value)| (name.to_owned(), value)).into();
        Checkpoint { position: self.position, numbers, tensors }.keep(worker)
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        let missing = |name: &str| TrainError::Checkpoint(name.to_owned());
        let number = |name: &str| checkpoint.numbers.get(name).copied().ok_or_else(|| missing(name));
        self.adversaries.restore(self.spec, checkpoint)?;
        let sums = checkpoint.tensors.get("sums").filter(|sums| sums.size() == self.sums.size());
        self.sums = sums.ok_or_else(|| missing("sums"))?.to_device(self.sums.device());
        self.position = checkpoint.position;
        self.batch = number("batch")? as usize;
        self.seconds_before = number("seconds")?;
        Ok(())
    }
}
