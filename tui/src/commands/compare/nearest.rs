//! `nearest.json` and `nearest.npy`: the training images nearest to the patterns of an f1 that a run trained, with the
//! labels it was trained on. Where a pattern is hardly more than one of them, the network remembers that image.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use dissect_data::{DataError, Dataset, IMAGE, SIDE, cifar10, nearest, noise, shapes};
use dissect_onnx::dissect::Outcome;
use dissect_onnx::npy;
use dissect_runs::durable;
use dissect_runs::home::Home;
use dissect_runs::spec::{self, DissectSpec, ModelRef, Spec, TrainSpec};
use serde::Serialize;

/// Starts of each class whose neighbours are looked for: the columns of `patterns.png`.
const STARTS: usize = 20;

/// Neighbours of each.
const COUNT: usize = 3;

/// What lies beside the images of `nearest.npy`.
#[derive(Serialize)]
struct Found<'a> {
    /// Data set that f1 was trained on.
    dataset: &'a str,
    /// Training images searched.
    images: usize,
    /// Names of the labels.
    classes: &'a [String],
    /// For each class of the patterns, for each of the first starts, the nearest first.
    nearest: Vec<Vec<Vec<Near>>>,
}

#[derive(Serialize)]
struct Near {
    /// Place in the training set.
    index: usize,
    /// Root mean square of the pixels' differences, 0 to 1.
    distance: f64,
    /// The label f1 was trained on.
    label: u8,
    /// The true label.
    truth: u8,
}

/// Writes the neighbours of every f1 that took its turn and that a run of this home trained.
///
/// # Errors
/// A data set that cannot be read any more, or a folder that cannot be written to.
pub(super) fn write(
    spec: &DissectSpec,
    home: &Home,
    outcome: &Outcome,
    folder: &Path,
    stop: &AtomicBool,
) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for (index, (reference, end)) in spec.models.iter().zip(&outcome.ends).enumerate() {
        let Some(trained) = training(reference, home) else { continue };
        let dataset = load(&trained.data)?;
        let size = IMAGE * STARTS.min(outcome.starts.starts);
        let patterns = end.patterns.in_shape([3, SIDE, SIDE]);
        let of_class = outcome.starts.starts * IMAGE;
        let queries: Vec<u8> =
            patterns.values.chunks_exact(of_class).flat_map(|class| &class[..size]).map(byte).collect();
        let goes_on = || !stop.load(Ordering::Relaxed);
        let Some(found) = nearest::nearest(&dataset.train, &queries, COUNT, &goes_on) else { return Ok(()) };
        let suffix = if index == 0 { String::new() } else { format!("-{}", index + 1) };
        save(folder, &suffix, &trained, &dataset, outcome.starts.classes, &found)?;
    }
    Ok(())
}

fn byte(value: &f32) -> u8 {
    // Saturates, and what is not a number is black.
    ((value + 1.0) * 127.5).round() as u8
}

/// The spec of the run that trained a model; none for files and for what is no training.
fn training(reference: &ModelRef, home: &Home) -> Option<TrainSpec> {
    let ModelRef::Run { run, .. } = reference else { return None };
    match home.find(run).ok()?.spec().ok()? {
        Spec::Train(spec) => Some(spec),
        _ => None,
    }
}

fn load(data: &spec::Data) -> Result<Dataset, DataError> {
    match data.dataset {
        spec::Dataset::Shapes => Ok(shapes::dataset(data.limit as usize)),
        spec::Dataset::Cifar10 => cifar10::read(Path::new(&data.path), data.limit as usize),
        other => Err(DataError::Unsupported { name: other.as_str().to_owned() }),
    }
}

fn save(
    folder: &Path,
    suffix: &str,
    trained: &TrainSpec,
    dataset: &Dataset,
    classes: usize,
    found: &[Vec<nearest::Neighbour>],
) -> anyhow::Result<()> {
    let truth = &dataset.train.labels;
    let given =
        noise::relabel(truth, dataset.classes.len(), trained.data.noise, trained.data.label_seed).labels;
    let near = |neighbour: &nearest::Neighbour| Near {
        index: neighbour.index,
        distance: neighbour.distance,
        label: given[neighbour.index],
        truth: truth[neighbour.index],
    };
    let starts = found.len() / classes;
    let of_class = |class: &[Vec<nearest::Neighbour>]| {
        class.iter().map(|start| start.iter().map(near).collect()).collect()
    };
    let told = Found {
        dataset: &dataset.name,
        images: truth.len(),
        classes: &dataset.classes,
        nearest: found.chunks_exact(starts.max(1)).map(of_class).collect(),
    };
    let indices = found.iter().flatten().map(|neighbour| neighbour.index);
    let pixels: Vec<u8> = indices
        .flat_map(|index| &dataset.train.pixels[index * IMAGE..(index + 1) * IMAGE])
        .copied()
        .collect();
    let count = found.first().map_or(0, Vec::len);
    let array = npy::written(&[classes, starts, count, 3, SIDE, SIDE], &pixels).context("an array")?;
    let json = serde_json::to_vec(&told).context("nearest.json")?;
    for (ending, bytes) in [("npy", array), ("json", json)] {
        let path = folder.join(format!("nearest{suffix}.{ending}"));
        durable::replace(&path, &bytes).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
