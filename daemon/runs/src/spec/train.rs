//! The spec of a classifier's training.

use serde::Serialize;

use super::choice::{Arch, Dataset, Device, Precision};
use super::name;
use super::reader::{Bounds, Section};

/// A classifier to train; the defaults are the paper's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrainSpec {
    /// What the run is called.
    pub name: String,
    /// The network.
    pub model: Model,
    /// The images and labels.
    pub data: Data,
    /// How it is trained.
    pub training: Training,
    /// Where it runs and what it keeps.
    pub run: RunSettings,
}

/// The network.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Model {
    /// Its architecture.
    pub arch: Arch,
    /// Whether a VGG has batch norm; ResNets have it always.
    pub batch_norm: bool,
    /// Scales every channel count.
    pub width: f64,
}

/// The images and labels of a classifier.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Data {
    /// Which data set.
    pub dataset: Dataset,
    /// Where it lies; empty for where the program keeps it.
    pub path: String,
    /// The share of training labels replaced by uniformly random ones, 0 to 1.
    pub noise: f64,
    /// Seed of the wrong labels.
    pub label_seed: u64,
    /// Padding by 4 pixels, random crop, horizontal flip.
    pub augment: bool,
    /// The first N training images; 0 is all.
    pub limit: u64,
}

/// How a classifier is trained.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Training {
    /// Passes over the training images.
    pub epochs: u32,
    /// Images a step.
    pub batch_size: u32,
    /// Constant.
    pub learning_rate: f64,
    /// Of SGD.
    pub momentum: f64,
    /// L2 penalty on the weights.
    pub weight_decay: f64,
    /// Seed of the initial weights and of the order of the batches.
    pub seed: u64,
    /// The arithmetic.
    pub precision: Precision,
    /// Training accuracy (0 to 1) that ends the run early; 0 never does.
    pub stop_at_train_accuracy: f64,
}

/// Where a training runs and what it keeps.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSettings {
    /// What it computes on.
    pub device: Device,
    /// Epochs between exported models; 0 exports the final one only.
    pub snapshot_every: u32,
    /// Epochs between checkpoints.
    pub checkpoint_every: u32,
    /// Whether it writes event files for TensorBoard as well.
    pub tensorboard: bool,
}

impl TrainSpec {
    pub(super) fn read(top: &mut Section<'_, '_>) -> Self {
        let mut section = top.section("model");
        let model = Model {
            arch: section.choice("arch", Arch::Vgg11),
            batch_norm: section.boolean("batch_norm", true),
            width: section.number("width", 1.0, Bounds::Above(0.0, 16.0)),
        };
        section.finish();

        let mut section = top.section("data");
        let data = Data {
            dataset: dataset(&mut section),
            path: section.string("path", ""),
            noise: section.number("noise", 1.0, Bounds::From(0.0, 1.0)),
            label_seed: section.integer("label_seed", 0, 0..u64::MAX),
            augment: section.boolean("augment", false),
            limit: section.integer("limit", 0, 0..u64::MAX),
        };
        section.finish();

        // Weights that must hold random labels are not drawn towards zero: the paper trains without.
        let weight_decay = if data.noise == 1.0 { 0.0 } else { 1e-4 };
        let mut section = top.section("training");
        let training = Training {
            epochs: section.integer("epochs", 100, 1..1_000_001) as u32,
            batch_size: section.integer("batch_size", 128, 1..1_000_001) as u32,
            learning_rate: section.number("learning_rate", 0.01, Bounds::Above(0.0, 1000.0)),
            momentum: section.number("momentum", 0.9, Bounds::Below(0.0, 1.0)),
            weight_decay: section.number("weight_decay", weight_decay, Bounds::Below(0.0, 1.0)),
            seed: section.integer("seed", 1, 0..u64::MAX),
            precision: section.choice("precision", Precision::F32),
            stop_at_train_accuracy: section.number("stop_at_train_accuracy", 0.0, Bounds::From(0.0, 1.0)),
        };
        section.finish();

        let run = run_settings(top);
        let name = name::read(top, || {
            let labels = match data.noise {
                0.0 => "true".to_owned(),
                1.0 => "random".to_owned(),
                noise => format!("noise{noise}"),
            };
            format!("{}-{labels}-s{}", model.arch, training.seed)
        });
        Self { name, model, data, training, run }
    }
}

pub(super) fn dataset(section: &mut Section<'_, '_>) -> Dataset {
    let dataset = section.choice("dataset", Dataset::Cifar10);
    if matches!(dataset, Dataset::Cifar100 | Dataset::Folder) {
        let complaint = format!("data set `{dataset}` is not supported yet; use shapes or cifar10");
        section.refuse("dataset", complaint);
    }
    dataset
}

pub(super) fn run_settings(top: &mut Section<'_, '_>) -> RunSettings {
    let mut section = top.section("run");
    let run = RunSettings {
        device: section.parsed("device", str::parse).unwrap_or(Device::Auto),
        snapshot_every: section.integer("snapshot_every", 10, 0..1_000_001) as u32,
        checkpoint_every: section.integer("checkpoint_every", 1, 1..1_000_001) as u32,
        tensorboard: section.boolean("tensorboard", false),
    };
    section.finish();
    run
}
