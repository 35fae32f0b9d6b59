//! `report.json`: what a dissection found, as data that others read.

use serde::{Deserialize, Serialize};

use super::Bootstrap;
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
    /// What makes the distances readable, one entry for each f1.
    #[serde(default)]
    pub baselines: Vec<Baselines>,
    /// With `all_pairs`, the same numbers as tables.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matrix: Option<Matrix>,
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
    /// Whether CUDA computed with TensorFloat-32.
    #[serde(default)]
    pub tf32: bool,
    /// How cuDNN chose its algorithms: exhaustive, heuristic or fixed.
    #[serde(default)]
    pub convolution_search: String,
    /// Whether steps were to be captured as CUDA graphs.
    #[serde(default)]
    pub cuda_graph: bool,
    /// How the intervals were made.
    #[serde(default)]
    pub bootstrap: Option<Bootstrap>,
    /// Where the test images are from.
    #[serde(default)]
    pub images: Option<String>,
    /// How many of them there are.
    #[serde(default)]
    pub image_count: usize,
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
    /// Fraction of the patterns on which f2 names the class they were made for.
    #[serde(default)]
    pub success_rate: Option<f64>,
    /// Everything measured on the patterns; its `dist` and `agreement` are those above.
    #[serde(default)]
    pub on_patterns: Option<Measures>,
    /// The same on G(z) before the ascent; its `dist` is `before`.
    #[serde(default)]
    pub on_starts: Option<Measures>,
    /// The same on test images, where there were any.
    #[serde(default)]
    pub on_images: Option<Measures>,
}

/// What two models' answers to the same images say. Divergences are means in nats; intervals are percentile bootstrap
/// intervals over the starts, or over the images, and absent where there is one alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measures {
    /// KL(f1 || f2), the paper's.
    pub dist: f64,
    /// Its interval.
    pub interval: Option<[f64; 2]>,
    /// KL(f2 || f1).
    pub reverse: f64,
    /// The mean of the two (half of Jeffreys' divergence).
    pub symmetric: f64,
    /// The Jensen-Shannon divergence, 0 to ln 2.
    pub jensen_shannon: f64,
    /// Its interval.
    pub jensen_shannon_interval: Option<[f64; 2]>,
    /// Fraction on which both name the same class.
    pub agreement: f64,
    /// Its interval.
    pub agreement_interval: Option<[f64; 2]>,
}

/// Distances of one f1 that are known beforehand, or say how large one is that means nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baselines {
    /// The model.
    pub f1: String,
    /// Dist(f1, f1) on its patterns, f1 asked twice: 0 where the runtime gives the same bits each time.
    pub itself: f64,
    /// f1 against its own graph with weights drawn anew; absent where they could not be.
    pub untrained: Option<Untrained>,
}

/// An f1 against a network of its own shape that has learned nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Untrained {
    /// On f1's patterns.
    pub on_patterns: Measures,
    /// On G(z) before the ascent.
    pub on_starts: Measures,
    /// On test images, where there were any.
    pub on_images: Option<Measures>,
}

/// Tables of all pairs: a row for each f1, a column for each f2, in the order of `models`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// Names of the models.
    pub models: Vec<String>,
    /// The paper's distance on patterns made for the row's model; the diagonal is computed as well.
    pub dist: Vec<Vec<f64>>,
    /// The Jensen-Shannon divergence on them.
    pub jensen_shannon: Vec<Vec<f64>>,
    /// Fraction of them on which both name the same class.
    pub agreement: Vec<Vec<f64>>,
    /// The distance on G(z) before the ascent.
    pub before: Vec<Vec<f64>>,
    /// The distance on test images, where there were any.
    pub on_images: Option<Vec<Vec<f64>>>,
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
    /// Bootstrap interval of the mean.
    #[serde(default)]
    pub interval: Option<[f64; 2]>,
    /// Mean of the Jensen-Shannon divergence.
    #[serde(default)]
    pub jensen_shannon: Option<f64>,
    /// Fraction on which both name the same class.
    #[serde(default)]
    pub agreement: Option<f64>,
    /// The mean distance on this class's G(z) before the ascent.
    #[serde(default)]
    pub before: Option<f64>,
    /// Fraction on which f2 names this class.
    #[serde(default)]
    pub success_rate: Option<f64>,
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
    /// The part of `ascent_s` inside ONNX Runtime.
    #[serde(default)]
    pub runtime_s: f64,
    /// The fraction of `ascent_s` outside of it.
    #[serde(default)]
    pub overhead: f64,
    /// Looking at the patterns between steps: activations, and distances at 1, 2 and 5 times powers of ten.
    #[serde(default)]
    pub looking_s: f64,
}
