//! The spec of a GAN's training.

use serde::Serialize;

use super::choice::Dataset;
use super::name;
use super::reader::{Bounds, Section};
use super::train::{self, RunSettings};

/// A GAN to train; the defaults are DCGAN's, at 32x32.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GanSpec {
    /// What the run is called.
    pub name: String,
    /// The images.
    pub data: GanData,
    /// The two networks.
    pub gan: GanNetwork,
    /// How they are trained.
    pub training: GanTraining,
    /// Where it runs and what it keeps.
    pub run: RunSettings,
}

/// The images of a GAN.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GanData {
    /// Which data set.
    pub dataset: Dataset,
    /// Where it lies; empty for where the program keeps it.
    pub path: String,
    /// The first N training images; 0 is all.
    pub limit: u64,
}

/// The two networks' sizes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GanNetwork {
    /// Dimensions of z.
    pub latent: u32,
    /// Channels of the widest feature maps' neighbour to the image; the others are multiples of it.
    pub base_channels: u32,
}

/// How a GAN is trained.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GanTraining {
    /// Passes over the images.
    pub epochs: u32,
    /// Images a step.
    pub batch_size: u32,
    /// Of Adam, for both networks.
    pub learning_rate: f64,
    /// Adam's first moment.
    pub beta1: f64,
    /// Adam's second moment.
    pub beta2: f64,
    /// Seed of the weights, the order of the batches and z.
    pub seed: u64,
}

impl GanSpec {
    pub(super) fn read(top: &mut Section<'_, '_>) -> Self {
        let mut section = top.section("data");
        let data = GanData {
            dataset: train::dataset(&mut section),
            path: section.string("path", ""),
            limit: section.integer("limit", 0, 0..u64::MAX),
        };
        section.finish();

        let mut section = top.section("gan");
        let gan = GanNetwork {
            latent: section.integer("latent", 100, 1..65_537) as u32,
            base_channels: section.integer("base_channels", 64, 1..4_097) as u32,
        };
        section.finish();

        let mut section = top.section("training");
        let training = GanTraining {
            epochs: section.integer("epochs", 30, 1..1_000_001) as u32,
            batch_size: section.integer("batch_size", 128, 1..1_000_001) as u32,
            learning_rate: section.number("learning_rate", 2e-4, Bounds::Above(0.0, 1000.0)),
            beta1: section.number("beta1", 0.5, Bounds::Below(0.0, 1.0)),
            beta2: section.number("beta2", 0.999, Bounds::Below(0.0, 1.0)),
            seed: section.integer("seed", 0, 0..u64::MAX),
        };
        section.finish();

        let run = train::run_settings(top);
        let name = name::read(top, || format!("gan-s{}", training.seed));
        Self { name, data, gan, training, run }
    }
}
