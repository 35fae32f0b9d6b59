//! `report.json`: what a dissection found, as data that others read.

use serde::{Deserialize, Serialize};

use super::settings::{Objective, Optimizer};

/// What a dissection found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What was asked.
    pub settings: ReportSettings,
    /// Path of the generator.
    pub generator: String,
    /// The classifiers in the order given, f1 first.
    pub models: Vec<ReportModel>,
    /// Name of the classes in the order of f1's outputs.
    pub classes: Vec<String>,
    /// Name of the first model.
    pub f1: String,
    /// How far the ascent came with the first model as f1.
    pub activation: Activation,
    /// One entry for each f2; with `all_pairs` one for each ordered pair.
    pub pairs: Vec<Pair>,
    /// With `all_pairs`, how far the ascent came for the other models; else empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub other_activations: Vec<Activation>,
    /// Distances on the way, at 1, 2 and 5 times powers of ten.
    pub trace: Vec<TracePoint>,
    /// What was guessed or deserves a reader's attention.
    pub notes: Vec<String>,
    /// What ONNX Runtime computed with.
    pub provider: String,
    /// Programs that took part.
    pub versions: Versions,
    /// How long it took.
    pub timing: Timing,
}

/// The settings a report was made with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportSettings {
    /// Starts of each class.
    pub seeds: usize,
    /// Steps of the ascent.
    pub steps: usize,
    /// Factor of the gradient.
    pub learning_rate: f64,
    /// What the ascent made large.
    pub objective: Objective,
    /// How the gradient became a step.
    pub optimizer: Optimizer,
    /// Of the random starts.
    pub seed: u64,
    /// File of the starts, where they were not drawn.
    pub latents: Option<String>,
    /// Whether every model took its turn as f1.
    pub all_pairs: bool,
    /// The device asked for.
    pub device: String,
    /// Starts ascended at once.
    pub batch: usize,
}

/// A classifier that took part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReportModel {
    /// What the report calls it.
    pub name: String,
    /// Its file.
    pub path: String,
}

/// f1's probability of its own class, before and after the ascent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Activation {
    /// The model.
    pub f1: String,
    /// Mean on G(z) before the ascent.
    pub before: f64,
    /// Mean on x* after it.
    pub after: f64,
    /// Fraction of the x* on which f1 names the class they were made for.
    pub success_rate: f64,
    /// The same for each class.
    pub per_class: Vec<ClassActivation>,
}

/// One class of an [`Activation`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassActivation {
    /// Index of the output.
    pub class: usize,
    /// Its name.
    pub name: String,
    /// Mean on G(z) before the ascent.
    pub before: f64,
    /// Mean on x* after it.
    pub after: f64,
    /// Fraction of its x* on which f1 names it.
    pub success_rate: f64,
}

/// The distance of a pair, on patterns made for f1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pair {
    /// The model the patterns were made for.
    pub f1: String,
    /// The model asked about them.
    pub f2: String,
    /// Mean over starts and classes of KL(f1 || f2), in nats.
    pub dist: f64,
    /// Variance over the starts' distances, each a mean over the classes.
    pub variance: f64,
    /// Its square root.
    pub std: f64,
    /// The distance for each class.
    pub per_class: Vec<ClassDistance>,
    /// Fraction of patterns on which both name the same class.
    pub agreement: f64,
    /// The same distance on G(z) before the ascent.
    pub before: f64,
}

/// One class of a [`Pair`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassDistance {
    /// Index of the output.
    pub class: usize,
    /// Its name.
    pub name: String,
    /// Mean over the starts.
    pub mean: f64,
    /// Standard deviation over the starts.
    pub std: f64,
}

/// Distances after some steps.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TracePoint {
    /// The model whose patterns these are.
    pub f1: String,
    /// Steps done.
    pub step: usize,
    /// f1's mean probability of its class.
    pub activation: f64,
    /// The distance to each f2, in the order of the pairs.
    pub dist: Vec<NamedDistance>,
}

/// A distance to a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedDistance {
    /// The model.
    pub f2: String,
    /// In nats.
    pub dist: f64,
}

/// Versions of what took part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Versions {
    /// This library's.
    pub dissect: String,
    /// ONNX Runtime's.
    pub onnxruntime: String,
}

/// Wall-clock times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// In the steps of the ascents.
    pub ascent_s: f64,
    /// Everything.
    pub total_s: f64,
}
