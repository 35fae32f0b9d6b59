//! What is asked of a dissection.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::facts::Facts;
use super::{Bootstrap, DissectError, TestImages};
use crate::session::{ConvolutionSearch, Device, SessionOptions};

/// What is asked of a dissection. The defaults are the paper's.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The classifiers, two or more; the first is f1.
    pub models: Vec<ModelRef>,
    /// The generator's file.
    pub generator: PathBuf,
    /// Starts for each class.
    pub seeds: usize,
    /// Steps of the ascent.
    pub steps: usize,
    /// Factor of the gradient.
    pub learning_rate: f64,
    /// What the ascent makes large.
    pub objective: Objective,
    /// How the gradient becomes a step.
    pub optimizer: Optimizer,
    /// Of the random starts.
    pub seed: u64,
    /// Starts from a file, float32 [classes, starts, latent], instead of random ones; `seeds` is then not used.
    pub latents: Option<PathBuf>,
    /// Lets every model take its turn as f1.
    pub all_pairs: bool,
    /// Where the models run.
    pub device: Device,
    /// Starts ascended at once; 0 chooses a number that fits in memory.
    pub batch: usize,
    /// Threads on the CPU; 0 uses every core.
    pub threads: usize,
    /// TensorFloat-32 on CUDA.
    pub tf32: bool,
    /// How cuDNN chooses its algorithms on CUDA.
    pub convolution_search: ConvolutionSearch,
    /// Captures a step of the ascent as a CUDA graph, where the graph allows it.
    pub cuda_graph: bool,
    /// Images on which the models are compared as well.
    pub images: Option<TestImages>,
    /// Resamples of the bootstrap intervals; 0 leaves them out.
    pub resamples: usize,
}

/// A classifier and what is said of it beside the file.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelRef {
    /// The ONNX file.
    pub path: PathBuf,
    /// What reports call it; `None` takes the run's name from the metadata, else the file's.
    pub name: Option<String>,
    /// Facts that go before those of the file and of the TOML file beside it.
    pub facts: Facts,
}

impl ModelRef {
    /// A model of which only the file is known.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), name: None, facts: Facts::default() }
    }

    /// The same under another name.
    #[must_use]
    pub fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }
}

/// f_j of equation 1: what the ascent makes large.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Objective {
    /// The j-th logit.
    #[default]
    Logit,
    /// The logarithm of the j-th probability.
    LogSoftmax,
    /// The j-th probability; its gradient vanishes near 1.
    Softmax,
}

/// How a gradient becomes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Optimizer {
    /// `z + learning_rate * gradient`, the objective summed over the batch.
    #[default]
    Plain,
    /// Adam (Kingma and Ba 2015) with beta1 0.9, beta2 0.999, epsilon 1e-8, each start on its own.
    Adam,
}

/// Starts of a class that fit in memory with their images.
pub(super) const MAX_STARTS: usize = 10_000;
const MAX_RESAMPLES: usize = 100_000;

impl Settings {
    /// The paper's settings: 100 starts a class, 1000 plain steps of 0.05 on the logit.
    pub fn new(models: Vec<ModelRef>, generator: impl Into<PathBuf>) -> Self {
        Self {
            models,
            generator: generator.into(),
            seeds: 100,
            steps: 1000,
            learning_rate: 0.05,
            objective: Objective::default(),
            optimizer: Optimizer::default(),
            seed: 0,
            latents: None,
            all_pairs: false,
            device: Device::Auto,
            batch: 0,
            threads: 0,
            tf32: false,
            convolution_search: ConvolutionSearch::default(),
            cuda_graph: false,
            images: None,
            resamples: 1000,
        }
    }

    pub(super) fn session_options(&self) -> SessionOptions {
        SessionOptions {
            device: self.device,
            threads: self.threads,
            tf32: self.tf32,
            convolution_search: self.convolution_search,
            ..SessionOptions::default()
        }
    }

    /// How intervals are made.
    pub(super) fn bootstrap(&self) -> Bootstrap {
        Bootstrap { resamples: self.resamples, seed: self.seed, level: 0.95 }
    }

    pub(super) fn check(&self) -> Result<(), DissectError> {
        let refuse =
            |setting, found: String, expected| Err(DissectError::Setting { setting, found, expected });
        if self.models.len() < 2 {
            return refuse("the number of models", self.models.len().to_string(), "2 or more, f1 first");
        }
        if self.latents.is_none() && !(1..=MAX_STARTS).contains(&self.seeds) {
            return refuse("seeds", self.seeds.to_string(), "1 to 10000");
        }
        if self.steps > 100_000_000 {
            return refuse("steps", self.steps.to_string(), "0 to 100000000");
        }
        if self.resamples > MAX_RESAMPLES {
            return refuse("the number of bootstrap resamples", self.resamples.to_string(), "0 to 100000");
        }
        if !(self.learning_rate as f32).is_finite() || self.learning_rate <= 0.0 {
            return refuse("the learning rate", self.learning_rate.to_string(), "more than 0 and a float32");
        }
        Ok(())
    }
}

macro_rules! names {
    ($type:ident, $what:literal, $expected:literal, $($variant:ident => $name:literal),*) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $name),* })
            }
        }

        impl FromStr for $type {
            type Err = DissectError;

            fn from_str(text: &str) -> Result<Self, DissectError> {
                match text {
                    $($name => Ok(Self::$variant),)*
                    _ => Err(DissectError::Setting { setting: $what, found: format!("`{text}`"), expected: $expected }),
                }
            }
        }
    };
}

names!(Objective, "the objective", "logit, log-softmax or softmax",
    Logit => "logit", LogSoftmax => "log-softmax", Softmax => "softmax");
names!(Optimizer, "the optimizer", "plain or adam", Plain => "plain", Adam => "adam");
