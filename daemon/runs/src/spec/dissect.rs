//! The spec of a dissection, and how it refers to models.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::choice::{Device, Objective, Optimizer};
use super::name;
use super::reader::{Bounds, Section};
use crate::home::RunId;

/// Models to dissect; the defaults are the paper's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DissectSpec {
    /// What the run is called.
    pub name: String,
    /// f1, then every f2; at least two.
    pub models: Vec<ModelRef>,
    /// G.
    pub generator: ModelRef,
    /// Starts a class.
    pub seeds: u32,
    /// Steps of the ascent.
    pub steps: u32,
    /// Of the ascent.
    pub learning_rate: f64,
    /// f_j.
    pub objective: Objective,
    /// How the ascent steps.
    pub optimizer: Optimizer,
    /// Seed of the starts.
    pub seed: u64,
    /// Whether every model has its turn as f1.
    pub all_pairs: bool,
    /// Patterns that ascend at once; 0 is as many as fit.
    pub batch: u32,
    /// Where it runs.
    pub run: DissectSettings,
}

/// Where a dissection runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DissectSettings {
    /// What it computes on.
    pub device: Device,
    /// Whether it writes event files for TensorBoard as well.
    pub tensorboard: bool,
}

/// A model: a file, or what a run exported.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ModelRef {
    /// Path of an `.onnx` file.
    File(PathBuf),
    /// `run:NAME[@EPOCH]`.
    Run {
        /// A run's name, id or unique prefix.
        run: String,
        /// The snapshot after this epoch; none is the final one.
        epoch: Option<u32>,
    },
}

impl ModelRef {
    /// A short name to show: the file's stem, or the run's name with its epoch.
    pub fn label(&self) -> String {
        match self {
            Self::File(path) => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
            Self::Run { run, epoch } => {
                let name = RunId::parse(run).map_or_else(|| run.clone(), |id| id.name().to_owned());
                match epoch {
                    Some(epoch) => format!("{name}@{epoch}"),
                    None => name,
                }
            }
        }
    }
}

impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Run { run, epoch: None } => write!(f, "run:{run}"),
            Self::Run { run, epoch: Some(epoch) } => write!(f, "run:{run}@{epoch}"),
        }
    }
}

impl FromStr for ModelRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || "a path to an .onnx file, or run:NAME or run:NAME@EPOCH".to_owned();
        let Some(reference) = text.strip_prefix("run:") else {
            return if text.is_empty() { Err(expected()) } else { Ok(Self::File(text.into())) };
        };
        let (run, epoch) = match reference.split_once('@') {
            Some((run, epoch)) => (run, Some(epoch.parse::<u32>().map_err(|_| expected())?)),
            None => (reference, None),
        };
        if !name::is_valid(run) || epoch == Some(0) {
            return Err(expected());
        }
        Ok(Self::Run { run: run.to_owned(), epoch })
    }
}

impl Serialize for ModelRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl DissectSpec {
    /// Every model the dissection needs: `models`, then the generator.
    pub fn references(&self) -> impl Iterator<Item = &ModelRef> {
        self.models.iter().chain([&self.generator])
    }

    pub(super) fn read(top: &mut Section<'_, '_>) -> Self {
        let models = top.parsed_list("models", str::parse).unwrap_or_default();
        if !top.has("models") {
            top.refuse("models", "missing; expected a list of at least 2 models, the first is f1".to_owned());
        } else if let Some(found) = top.length("models").filter(|found| *found < 2) {
            top.refuse("models", format!("found {found}, expected at least 2 models, the first is f1"));
        }
        let generator = top.parsed("generator", str::parse);
        if !top.has("generator") {
            top.refuse("generator", "missing; expected a path to an .onnx file, or run:NAME".to_owned());
        }
        let generator = generator.unwrap_or_else(|| ModelRef::File(PathBuf::new()));
        let seeds = top.integer("seeds", 100, 1..1_000_001) as u32;
        let steps = top.integer("steps", 1000, 0..100_000_001) as u32;
        let learning_rate = top.number("learning_rate", 0.05, Bounds::Above(0.0, 1000.0));
        let objective = top.choice("objective", Objective::Logit);
        let optimizer = top.choice("optimizer", Optimizer::Plain);
        let seed = top.integer("seed", 0, 0..u64::MAX);
        let all_pairs = top.boolean("all_pairs", false);
        let batch = top.integer("batch", 0, 0..1_000_001) as u32;

        let mut section = top.section("run");
        let run = DissectSettings {
            device: section.parsed("device", str::parse).unwrap_or(Device::Auto),
            tensorboard: section.boolean("tensorboard", false),
        };
        section.finish();

        let name = name::read(top, || {
            let first = models.first().map(ModelRef::label).unwrap_or_default();
            name::sanitize(&format!("dissect-{first}"))
        });
        Self {
            name,
            models,
            generator,
            seeds,
            steps,
            learning_rate,
            objective,
            optimizer,
            seed,
            all_pairs,
            batch,
            run,
        }
    }

    pub(super) fn anchor(&mut self, folder: &Path) {
        for reference in self.models.iter_mut().chain([&mut self.generator]) {
            if let ModelRef::File(path) = reference {
                *path = folder.join(&*path);
            }
        }
    }
}
