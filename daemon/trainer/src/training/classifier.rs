//! The training run of a classifier, from its spec to its last snapshot.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use dissect_onnx::arch::{ClassifierOptions, classifier};
use dissect_onnx::export::Metadata;
use dissect_runs::records::{Happening, Record};
use dissect_runs::spec::{Precision, TrainSpec};
use dissect_runs::worker::{End, Position, Worker};
use tch::{Device, Reduction, Tensor};

use super::evaluate::evaluate;
use super::stage::Stage;
use super::tally::{Labels, Tally};
use crate::batches::{Augment, Batches};
use crate::checkpoint::{Checkpoint, prefixed};
use crate::data::{self, Dataset};
use crate::device;
use crate::error::TrainError;
use crate::network::{Mode, Network};
use crate::optimizer::{Optimizer, Sgd};
use crate::snapshot;
use crate::stop::Stop;

/// Time between two `step` records.
const STEP_RECORDS: Duration = Duration::from_millis(1000);
/// Images in a snapshot's probe batch.
const PROBE: usize = 16;

/// Trains until the spec is met or a stop is asked for.
pub fn train(
    spec: &TrainSpec,
    worker: &mut Worker,
    resume: Option<Checkpoint>,
    stop: &Stop,
) -> Result<End, TrainError> {
    let choice = device::choose(spec.run.device)?;
    if let Some(message) = choice.note {
        say!("{message}");
    }
    if spec.training.precision == Precision::Tf32 && choice.device == Device::Cpu {
        let message = "training.precision is tf32, which only GPUs have; computing in float32".to_owned();
        worker.event(Happening::Warning { message })?;
    }
    let dataset = data::load(spec.data.dataset, Path::new(&spec.data.path), spec.data.limit as usize)?;
    let mut training = Training::new(spec, &dataset, choice.device)?;
    if let Some(checkpoint) = resume {
        training.restore(&checkpoint)?;
    }
    say!(
        "{}: {} training and {} test images of {}, {} on {:?}",
        spec.name,
        dataset.train.labels.len(),
        dataset.test.labels.len(),
        dataset.name,
        training.network.architecture().name(),
        choice.device
    );
    training.run(worker, stop)
}

struct Training<'a> {
    spec: &'a TrainSpec,
    classes: Vec<String>,
    network: Network,
    optimizer: Sgd,
    train: Batches,
    labels: Labels,
    test: Batches,
    test_labels: Tensor,
    /// Epochs and steps done.
    position: Position,
    /// Batches done in the epoch under way.
    batch: usize,
    /// Training time of the epoch under way before this process took it up.
    seconds_before: f64,
    tally: Tally,
    stage: Stage,
    /// Of the last whole epoch.
    train_accuracy: f64,
}

impl<'a> Training<'a> {
    fn new(spec: &'a TrainSpec, dataset: &Dataset, device: Device) -> Result<Self, TrainError> {
        let options = ClassifierOptions {
            batch_norm: spec.model.batch_norm,
            width: spec.model.width,
            classes: dataset.classes.len(),
            image: [3, 32, 32],
        };
        let architecture = classifier(spec.model.arch.as_str(), &options)?;
        let network = Network::new(architecture, spec.training.seed, device)
            .computing_in(device::compute_kind(spec.training.precision));
        let settings = &spec.training;
        let optimizer = Sgd::new(
            network.trained_names(),
            network.trained(),
            settings.learning_rate,
            settings.momentum,
            settings.weight_decay,
        );
        let noise = data::noise::relabel(
            &dataset.train.labels,
            dataset.classes.len(),
            spec.data.noise,
            spec.data.label_seed,
        );
        let on_device = |labels: &[u8]| {
            let wide: Vec<i64> = labels.iter().map(|&label| i64::from(label)).collect();
            Tensor::from_slice(&wide).to_device(device)
        };
        let labels = Labels {
            given: on_device(&noise.labels),
            real: on_device(&dataset.train.labels),
            replaced: Tensor::from_slice(&noise.replaced).to_device(device),
        };
        let size = settings.batch_size as usize;
        Ok(Self {
            spec,
            classes: dataset.classes.clone(),
            network,
            optimizer,
            train: Batches::new(&dataset.train, size, device),
            labels,
            test: Batches::new(&dataset.test, size, device),
            test_labels: on_device(&dataset.test.labels),
            position: Position::default(),
            batch: 0,
            seconds_before: 0.0,
            tally: Tally::new(device),
            stage: Stage::Hunting,
            train_accuracy: 0.0,
        })
    }

    fn run(&mut self, worker: &mut Worker, stop: &Stop) -> Result<End, TrainError> {
        if self.position.step == 0 {
            worker.event(Happening::Stage { name: self.stage.name().to_owned() })?;
        }
        while !self.is_done() {
            if self.epoch(worker, stop)? == Interrupted::Yes {
                self.checkpoint(worker)?;
                return Ok(End::Stopped);
            }
            let epoch = self.position.epoch;
            let every = self.spec.run.snapshot_every;
            if every > 0 && epoch.is_multiple_of(every) {
                self.snapshot(worker, &format!("epoch-{epoch:04}.onnx"))?;
            }
            if self.is_done() || epoch.is_multiple_of(self.spec.run.checkpoint_every) {
                self.checkpoint(worker)?;
            }
        }
        self.snapshot(worker, "final.onnx")?;
        Ok(End::Finished)
    }

    fn is_done(&self) -> bool {
        let enough = self.spec.training.stop_at_train_accuracy;
        self.position.epoch >= self.spec.training.epochs
            || (enough > 0.0 && self.position.epoch > 0 && self.train_accuracy >= enough)
    }

    /// Does what is left of an epoch and records it, unless a stop is asked for on the way.
    fn epoch(&mut self, worker: &mut Worker, stop: &Stop) -> Result<Interrupted, TrainError> {
        let number = self.position.epoch + 1;
        let augment = if self.spec.data.augment { Augment::CropAndFlip } else { Augment::No };
        let order = self.train.epoch(self.spec.training.seed, number, augment);
        let start = Instant::now();
        let mut last_record = (start, self.batch);
        while self.batch < self.train.count() {
            if stop.asked() {
                self.seconds_before += start.elapsed().as_secs_f64();
                return Ok(Interrupted::Yes);
            }
            let (indices, images) = self.train.batch(&order, self.batch);
            let loss = self.step(&indices, images);
            self.batch += 1;
            self.position.step += 1;
            let due = last_record.0.elapsed() >= STEP_RECORDS;
            // On the CPU a look at the loss costs nothing; on a GPU it waits for the device.
            if due || !loss.device().is_cuda() {
                let loss = f64::try_from(&loss).expect("the loss is one number");
                if !loss.is_finite() {
                    return Err(TrainError::Diverged { loss, epoch: number, step: self.position.step });
                }
                if due {
                    let (since, first) = last_record;
                    let images = (self.batch - first) as f64 * f64::from(self.spec.training.batch_size);
                    let speed = images / since.elapsed().as_secs_f64();
                    let record = Record::step(self.position.step).in_epoch(number);
                    worker.record(&record.with("loss", loss).with("images_per_second", speed))?;
                    last_record = (Instant::now(), self.batch);
                }
            }
        }
        let means = self.tally.means();
        let seconds = self.seconds_before + start.elapsed().as_secs_f64();
        if !means.loss.is_finite() {
            let (loss, step) = (means.loss, self.position.step);
            return Err(TrainError::Diverged { loss, epoch: number, step });
        }
        // A stop on the way through the test images leaves an epoch whose steps are all done; resumed, it goes on here.
        let Some((test_loss, test_accuracy)) = evaluate(&self.network, &self.test, &self.test_labels, stop)
        else {
            self.seconds_before = seconds;
            return Ok(Interrupted::Yes);
        };
        let mut record = Record::epoch(number, self.position.step)
            .with("train_loss", means.loss)
            .with("train_accuracy", means.accuracy)
            .with("test_loss", test_loss)
            .with("test_accuracy", test_accuracy)
            .with("gradient_magnitude", means.gradient_magnitude)
            .with("images_per_second", self.train.images() as f64 / seconds);
        if self.spec.data.noise > 0.0 {
            record = record
                .with("clean_accuracy", means.clean_accuracy)
                .with("noisy_accuracy", means.noisy_accuracy)
                .with("recovered_accuracy", means.recovered_accuracy);
        }
        worker.record(&record)?;
        say!(
            "epoch {number}: loss {:.4}, training accuracy {:.2} %, test accuracy {:.2} %, gradient magnitude {:.3}",
            means.loss,
            means.accuracy * 100.0,
            test_accuracy * 100.0,
            means.gradient_magnitude
        );
        let stage = self.stage.after(means.accuracy, self.classes.len());
        if stage != self.stage {
            worker.event(Happening::Stage { name: stage.name().to_owned() })?;
        }
        self.stage = stage;
        self.train_accuracy = means.accuracy;
        self.position.epoch = number;
        self.batch = 0;
        self.seconds_before = 0.0;
        self.tally = Tally::new(self.test_labels.device());
        Ok(Interrupted::No)
    }

    /// One step of descent; gives the batch's mean loss before it, still on the device.
    fn step(&mut self, indices: &Tensor, images: Tensor) -> Tensor {
        let images = images.set_requires_grad(true);
        let labels = self.labels.given.index_select(0, indices);
        let logits = self.network.forward(&images, Mode::Train);
        let loss = logits.cross_entropy_loss::<Tensor>(&labels, None, Reduction::Mean, -100, 0.0);
        let mut leaves = self.network.trained();
        leaves.push(images);
        let mut gradients = Tensor::run_backward(&[&loss], &leaves, false, false);
        let input_gradient = gradients.pop().expect("the images are the last leaf");
        self.optimizer.step(&gradients);
        let loss = loss.detach();
        self.tally.add(&loss, &logits, &input_gradient, &self.labels, indices);
        loss
    }

    /// Weights that are no numbers are neither kept nor shown. The loss tells of them one step too late.
    fn ensure_finite(&self) -> Result<(), TrainError> {
        let Position { epoch, step } = self.position;
        if self.network.is_finite() { Ok(()) } else { Err(TrainError::Weights { epoch: epoch + 1, step }) }
    }

    fn snapshot(&self, worker: &mut Worker, file: &str) -> Result<(), TrainError> {
        self.ensure_finite()?;
        let folder = worker.folder();
        let metadata = Metadata {
            classes: self.classes.clone(),
            run: Some(folder.id().as_str().to_owned()),
            epoch: Some(u64::from(self.position.epoch)),
        };
        let probe = self.test.in_order(0, PROBE);
        let largest_difference =
            snapshot::write(&self.network, &metadata, &probe, &folder.snapshots().join(file))?;
        let file = format!("snapshots/{file}");
        worker.event(Happening::Snapshot { epoch: self.position.epoch, file, largest_difference })?;
        Ok(())
    }

    fn checkpoint(&self, worker: &mut Worker) -> Result<(), TrainError> {
        self.ensure_finite()?;
        let mut tensors: BTreeMap<String, Tensor> = prefixed("network", self.network.tensors()).collect();
        tensors.extend(prefixed("optimizer", &self.optimizer.state()));
        tensors.insert("tally".to_owned(), self.tally.state());
        let numbers = [
            ("batch", self.batch as f64),
            ("seconds", self.seconds_before),
            ("stage", self.stage.number()),
            ("train_accuracy", self.train_accuracy),
        ];
        let numbers = numbers.map(|(name, value)| (name.to_owned(), value)).into();
        Checkpoint { position: self.position, numbers, tensors }.keep(worker)
    }

    fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        let number = |name: &str| {
            checkpoint.numbers.get(name).copied().ok_or_else(|| TrainError::Checkpoint(name.to_owned()))
        };
        let device = self.test_labels.device();
        let architecture = self.network.architecture().clone();
        self.network = Network::with_tensors(architecture, &checkpoint.part("network"), device)?
            .computing_in(device::compute_kind(self.spec.training.precision));
        let settings = &self.spec.training;
        self.optimizer = Sgd::new(
            self.network.trained_names(),
            self.network.trained(),
            settings.learning_rate,
            settings.momentum,
            settings.weight_decay,
        );
        self.optimizer.restore(&checkpoint.part("optimizer")).map_err(TrainError::Checkpoint)?;
        self.tally = checkpoint
            .tensors
            .get("tally")
            .and_then(|state| Tally::from_state(state, device))
            .ok_or_else(|| TrainError::Checkpoint("tally".to_owned()))?;
        self.position = checkpoint.position;
        self.batch = number("batch")? as usize;
        self.seconds_before = number("seconds")?;
        self.stage = Stage::from_number(number("stage")?);
        self.train_accuracy = number("train_accuracy")?;
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interrupted {
    Yes,
    No,
}
