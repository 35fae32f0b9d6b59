//! Reads what single patterns of a dissection hold out of its arrays, off the drawing path. Files that are missing, cut
//! short or of another shape are messages.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use dissect_onnx::dissect::{divergence, probabilities};
use dissect_onnx::npy::Npy;
use dissect_runs::home::Home;
use image::{Rgb, RgbImage};
use serde::Deserialize;

use super::spawn::{Events, spawn};
use crate::dashboard::state::{Answers, ClassKey, Event, Near, Pictures, Shown, StartKey};

/// Numbers of a class that are read at once: 256 MiB.
const MOST: usize = 64 << 20;

/// Pixels of a picture.
const MOST_PIXELS: usize = 16 << 20;

/// What somebody looks at.
pub(super) enum Wanted {
    /// The models' answers to the patterns of a class.
    Class(ClassKey),
    /// The pictures of a start.
    Start(StartKey),
}

/// Reads what is asked for, until nobody asks any more.
pub(super) fn read_on_demand(home: Home, wanted: Receiver<Wanted>, events: &Events) {
    spawn("pattern", events, move |events| {
        for wanted in wanted {
            if events.send(read(&home, wanted)).is_err() {
                return;
            }
        }
    });
}

pub(super) fn read(home: &Home, wanted: Wanted) -> Event {
    match wanted {
        Wanted::Class(key) => {
            let answers = read_class(&results(home, &key), &key).map(Arc::new);
            Event::Answers { key, answers }
        }
        Wanted::Start(key) => {
            let pictures = Arc::new(read_start(&results(home, &key.class), &key));
            Event::Pattern { key, pictures }
        }
    }
}

fn results(home: &Home, key: &ClassKey) -> PathBuf {
    home.runs().join(&key.run).join("results")
}

/// `answers.npy`, or `answers-2.npy` for the second f1.
fn file(folder: &Path, stem: &str, turn: usize, ending: &str) -> PathBuf {
    let suffix = if turn == 0 { String::new() } else { format!("-{}", turn + 1) };
    folder.join(format!("{stem}{suffix}.{ending}"))
}

fn open(path: &Path) -> Result<Npy, String> {
    if !path.exists() {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        return Err(format!("{name} is not there: dissect again to look at single patterns"));
    }
    Npy::open(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn read_class(folder: &Path, key: &ClassKey) -> Result<Answers, String> {
    let path = file(folder, "answers", key.turn, "npy");
    let mut array = open(&path)?;
    let said = |what: String| format!("{}: {what}", path.display());
    let &[2, models, classes, starts, outputs] = array.shape.as_slice() else {
        return Err(said(format!("found {:?}, expected [2, models, classes, starts, outputs]", array.shape)));
    };
    let each = starts.saturating_mul(outputs);
    if key.class >= classes || key.turn >= models || each == 0 {
        return Err(said(format!(
            "found {:?}: f1 {} and class {} are not in it",
            array.shape, key.turn, key.class
        )));
    }
    if each.saturating_mul(models).saturating_mul(2) > MOST {
        return Err(said(format!("found {:?}: too many numbers to show", array.shape)));
    }
    let mut logits = Vec::with_capacity(2 * models);
    for block in 0..2 * models {
        let from = block.checked_mul(classes).and_then(|at| at.checked_add(key.class)?.checked_mul(each));
        logits.push(array.floats_at(from.unwrap_or(usize::MAX), each).map_err(said)?);
    }
    let mut answers = Answers { models, starts, outputs, probabilities: Vec::new(), distances: Vec::new() };
    for (block, of_model) in logits.iter().enumerate() {
        let own = &logits[block / models * models + key.turn];
        for (own, other) in own.chunks_exact(outputs).zip(of_model.chunks_exact(outputs)) {
            answers.probabilities.extend(probabilities(other).into_iter().map(|share| share as f32));
            answers.distances.push(divergence(own, other));
        }
    }
    Ok(answers)
}

fn read_start(folder: &Path, key: &StartKey) -> Pictures {
    let (class, start, turn) = (key.class.class, key.start, key.class.turn);
    Pictures {
        before: picture(&folder.join("before.npy"), class, start),
        after: picture(&file(folder, "patterns", turn, "npy"), class, start),
        near: near(folder, turn, class, start),
    }
}

/// A picture of `[classes, starts, channels, height, width]` in [-1, 1]; one class alone stands for all.
fn picture(path: &Path, class: usize, start: usize) -> Shown {
    let mut array = open(path)?;
    let said = |what: String| format!("{}: {what}", path.display());
    let &[classes, starts, channels @ (1 | 3), height, width] = array.shape.as_slice() else {
        return Err(said(format!(
            "found {:?}, expected [classes, starts, channels, height, width]",
            array.shape
        )));
    };
    let class = if classes == 1 { 0 } else { class };
    if class >= classes || start >= starts {
        return Err(said(format!("found {:?}: class {class}, start {start} is not in it", array.shape)));
    }
    let size = height.checked_mul(width).filter(|size| (1..=MOST_PIXELS).contains(size));
    let size = size.ok_or_else(|| said(format!("found pictures of {height}x{width}")))?;
    let place = class.checked_mul(starts).and_then(|at| at.checked_add(start)?.checked_mul(channels * size));
    let values = array.floats_at(place.unwrap_or(usize::MAX), channels * size).map_err(said)?;
    let byte = |value: f32| ((value + 1.0) * 127.5).round() as u8;
    let bytes: Vec<u8> = values.into_iter().map(byte).collect();
    Ok(Arc::new(planes(&bytes, channels, width as u32, height as u32)))
}

/// Planes of channels as pixels.
fn planes(bytes: &[u8], channels: usize, width: u32, height: u32) -> RgbImage {
    let size = width as usize * height as usize;
    RgbImage::from_fn(width, height, |x, y| {
        let at = y as usize * width as usize + x as usize;
        Rgb(std::array::from_fn(|channel| bytes[channel.min(channels - 1) * size + at]))
    })
}

/// `nearest.json`, as far as it is shown.
#[derive(Deserialize)]
struct Found {
    classes: Vec<String>,
    nearest: Vec<Vec<Vec<Neighbour>>>,
}

#[derive(Deserialize)]
struct Neighbour {
    distance: f64,
    label: usize,
    truth: usize,
}

fn near(folder: &Path, turn: usize, class: usize, start: usize) -> Result<Vec<Near>, String> {
    let told = file(folder, "nearest", turn, "json");
    if !told.exists() {
        return Err("no run here says what f1 was trained on".to_owned());
    }
    let text = fs::read_to_string(&told).map_err(|error| format!("{}: {error}", told.display()))?;
    let found: Found = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", told.display()))?;
    let Some(neighbours) = found.nearest.get(class).and_then(|of_class| of_class.get(start)) else {
        let searched = found.nearest.first().map_or(0, Vec::len);
        return Err(format!("neighbours are kept of the first {searched} starts"));
    };
    let path = file(folder, "nearest", turn, "npy");
    let mut array = open(&path)?;
    let said = |what: String| format!("{}: {what}", path.display());
    let &[_, starts, count, 3, height, width] = array.shape.as_slice() else {
        return Err(said(format!(
            "found {:?}, expected [classes, starts, count, 3, height, width]",
            array.shape
        )));
    };
    let size = height.checked_mul(width).filter(|size| (1..=MOST_PIXELS).contains(size));
    let size = size.ok_or_else(|| said(format!("found pictures of {height}x{width}")))? * 3;
    let name = |label: usize| found.classes.get(label).cloned().unwrap_or_else(|| format!("class {label}"));
    let mut near = Vec::new();
    for (nth, neighbour) in neighbours.iter().take(count).enumerate() {
        let place = class
            .checked_mul(starts)
            .and_then(|at| at.checked_add(start)?.checked_mul(count)?.checked_add(nth)?.checked_mul(size));
        let bytes = array.bytes_at(place.unwrap_or(usize::MAX), size).map_err(said)?;
        near.push(Near {
            picture: Arc::new(planes(&bytes, 3, width as u32, height as u32)),
            distance: neighbour.distance,
            label: name(neighbour.label),
            truth: (neighbour.truth != neighbour.label).then(|| name(neighbour.truth)),
        });
    }
    Ok(near)
}
