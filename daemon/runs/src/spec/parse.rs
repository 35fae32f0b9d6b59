//! From text to spec and back.

use std::path::Path;

use serde::Serialize;

use super::choice::{Choice as _, Kind};
use super::dissect::DissectSpec;
use super::gan::GanSpec;
use super::imported::ImportedSpec;
use super::overrides;
use super::problem::SpecError;
use super::reader::Document;
use super::train::TrainSpec;

/// What a run is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Spec {
    /// Train a classifier.
    Train(TrainSpec),
    /// Train a GAN.
    Gan(GanSpec),
    /// Dissect models.
    Dissect(DissectSpec),
    /// Another program did it.
    Imported(ImportedSpec),
}

impl Spec {
    /// Reads a spec; an error names every problem in it with its key and line.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let document = Document::parse(text)?;
        let mut top = document.top();
        if !top.has("kind") {
            top.refuse("kind", "missing; expected train, gan or dissect".to_owned());
        }
        let imported = Kind::Imported.as_str();
        // It is no kind to ask for, so no message offers it.
        let askable = Kind::WORDS.len() - usize::from(!top.says("kind", imported));
        let kind = top.choice_of("kind", Kind::Train, &Kind::WORDS[..askable]);
        // Without a kind nobody knows which keys there are.
        document.check()?;
        let spec = match kind {
            Kind::Train => Self::Train(TrainSpec::read(&mut top)),
            Kind::Gan => Self::Gan(GanSpec::read(&mut top)),
            Kind::Dissect => Self::Dissect(DissectSpec::read(&mut top)),
            Kind::Imported => Self::Imported(ImportedSpec::read(&mut top)),
        };
        top.finish();
        document.check()?;
        Ok(spec)
    }

    /// Reads a spec after setting keys in it, as `training.epochs=5`. A value that is not TOML is
    /// taken as a string, so that `model.arch=vgg13` needs no quotes.
    pub fn with_overrides<S: AsRef<str>>(text: &str, settings: &[S]) -> Result<Self, SpecError> {
        overrides::parse(text, settings)
    }

    /// The complete spec, every default written out. Parsing it gives the same spec.
    pub fn to_toml(&self) -> String {
        toml::to_string(self).expect("a spec holds only what TOML can say")
    }

    /// Makes relative paths absolute, as seen from `folder`: whoever runs the spec works elsewhere.
    pub fn anchored_at(mut self, folder: &Path) -> Self {
        let anchor = |path: &mut String| {
            if !path.is_empty() {
                *path = folder.join(&*path).to_string_lossy().into_owned();
            }
        };
        match &mut self {
            Self::Train(spec) => anchor(&mut spec.data.path),
            Self::Gan(spec) => anchor(&mut spec.data.path),
            Self::Dissect(spec) => spec.anchor(folder),
            Self::Imported(_) => {}
        }
        self
    }

    /// What the run is called.
    pub fn name(&self) -> &str {
        match self {
            Self::Train(spec) => &spec.name,
            Self::Gan(spec) => &spec.name,
            Self::Dissect(spec) => &spec.name,
            Self::Imported(spec) => &spec.name,
        }
    }

    /// Whether it writes event files for TensorBoard as well.
    pub fn tensorboard(&self) -> bool {
        match self {
            Self::Train(spec) => spec.run.tensorboard,
            Self::Gan(spec) => spec.run.tensorboard,
            Self::Dissect(spec) => spec.run.tensorboard,
            Self::Imported(_) => false,
        }
    }

    /// Which kind it is.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Train(_) => Kind::Train,
            Self::Gan(_) => Kind::Gan,
            Self::Dissect(_) => Kind::Dissect,
            Self::Imported(_) => Kind::Imported,
        }
    }
}
