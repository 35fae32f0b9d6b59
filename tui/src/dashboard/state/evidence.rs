//! What single patterns of a dissection hold: the models' answers to them, and their pictures. Read on demand, a class or
//! a start at a time, and kept for as long as somebody goes to and fro among them. It knows no files.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use image::RgbImage;

/// Classes whose answers are kept; of a thousand classes and ten models one takes some MB.
const CLASSES_KEPT: usize = 24;

/// Starts whose pictures are kept.
const STARTS_KEPT: usize = 64;

/// The patterns of one class, made for one f1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassKey {
    /// Id of the dissection.
    pub run: String,
    /// Which model is f1, in the order of the report.
    pub turn: usize,
    /// The class the patterns are made for.
    pub class: usize,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StartKey {
    /// Its class.
    pub class: ClassKey,
    /// Its number.
    pub start: usize,
}

/// Before the ascent or after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// On G(z).
    Before,
    /// On x*.
    After,
}

/// What every model says of every pattern of a class.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// Models, in the order of the report.
    pub models: usize,
    /// Starts of the class.
    pub starts: usize,
    /// Classes that the models tell apart.
    pub outputs: usize,
    /// Probabilities, `[2, models, starts, outputs]`.
    pub probabilities: Vec<f32>,
    /// KL from f1's answer to each model's, in nats, `[2, models, starts]`.
    pub distances: Vec<f64>,
}

impl Answers {
    /// A model's probabilities of all classes, where there are such a model and start.
    pub fn probabilities(&self, when: When, model: usize, start: usize) -> Option<&[f32]> {
        let at = self.place(when, model, start)? * self.outputs;
        self.probabilities.get(at..at + self.outputs)
    }

    /// How far a model's answer is from f1's.
    pub fn distance(&self, when: When, model: usize, start: usize) -> Option<f64> {
        self.distances.get(self.place(when, model, start)?).copied()
    }

    fn place(&self, when: When, model: usize, start: usize) -> Option<usize> {
        let inside = model < self.models && start < self.starts;
        inside.then(|| ((when == When::After) as usize * self.models + model) * self.starts + start)
    }
}

/// A picture, or why there is none.
pub type Shown = Result<Arc<RgbImage>, String>;

/// The pictures of a start.
#[derive(Debug, Clone, PartialEq)]
pub struct Pictures {
    /// G(z).
    pub before: Shown,
    /// x*.
    pub after: Shown,
    /// The training images nearest to x*, the nearest first; or why there are none.
    pub near: Result<Vec<Near>, String>,
}

/// A training image near a pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Near {
    /// Its pixels.
    pub picture: Arc<RgbImage>,
    /// Root mean square of the pixels' differences, 0 to 1.
    pub distance: f64,
    /// The label f1 was trained on.
    pub label: String,
    /// The true label, where it is another.
    pub truth: Option<String>,
}

/// What has been read, and what was asked for.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    answers: HashMap<ClassKey, Result<Arc<Answers>, String>>,
    pictures: HashMap<StartKey, Arc<Pictures>>,
    asked_classes: BTreeSet<ClassKey>,
    asked_starts: BTreeSet<StartKey>,
}

impl Evidence {
    /// The answers to a class, once they are read.
    pub fn answers(&self, key: &ClassKey) -> Option<Result<&Answers, &str>> {
        Some(self.answers.get(key)?.as_ref().map(Arc::as_ref).map_err(String::as_str))
    }

    /// The pictures of a start, once they are read.
    pub fn pictures(&self, key: &StartKey) -> Option<&Pictures> {
        self.pictures.get(key).map(Arc::as_ref)
    }

    /// Whether a class is to be asked for now.
    pub(super) fn wants_class(&mut self, key: &ClassKey) -> bool {
        !self.answers.contains_key(key) && self.asked_classes.insert(key.clone())
    }

    /// Whether a start is to be asked for now.
    pub(super) fn wants_start(&mut self, key: &StartKey) -> bool {
        !self.pictures.contains_key(key) && self.asked_starts.insert(key.clone())
    }

    /// Takes in the answers to a class.
    pub(super) fn see_class(&mut self, key: ClassKey, answers: Result<Arc<Answers>, String>) {
        self.asked_classes.remove(&key);
        if self.answers.len() >= CLASSES_KEPT {
            self.answers.clear();
        }
        self.answers.insert(key, answers);
    }

    /// Takes in the pictures of a start.
    pub(super) fn see_start(&mut self, key: StartKey, pictures: Arc<Pictures>) {
        self.asked_starts.remove(&key);
        if self.pictures.len() >= STARTS_KEPT {
            self.pictures.clear();
        }
        self.pictures.insert(key, pictures);
    }

    /// Forgets a dissection, whose files may be others now.
    pub(super) fn forget(&mut self, run: &str) {
        self.answers.retain(|key, _| key.run != run);
        self.pictures.retain(|key, _| key.class.run != run);
    }
}
