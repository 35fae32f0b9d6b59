//! The models there are, and which of them are marked to be dissected. It knows no ONNX and no screens.

use std::path::PathBuf;

use super::list::Cursor;

/// What a model can be in a dissection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Images in, classes out: f1, f2, ...
    Classifier,
    /// Codes in, images out: G.
    Generator,
    /// Somebody's model that has not been looked at, or could not be read.
    Unknown,
}

impl Role {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Classifier => "classifier",
            Self::Generator => "generator",
            Self::Unknown => "?",
        }
    }
}

/// An ONNX file in the home.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// What a spec calls it: `run:ID`, `run:ID@EPOCH`, or a path.
    pub reference: String,
    /// The file.
    pub path: PathBuf,
    /// The run that made it, with the epoch; `None` for files people brought.
    pub origin: Option<Origin>,
    /// What it can be.
    pub role: Role,
    /// What else is known: the architecture, or why the file cannot be read.
    pub about: String,
    /// Size of the file.
    pub bytes: u64,
    /// When the file was written, seconds since 1970.
    pub modified: f64,
}

/// The run and epoch of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Id of the run.
    pub run: String,
    /// Its epoch; `None` for `final.onnx`.
    pub epoch: Option<u64>,
}

/// The models screen.
#[derive(Debug, Clone, Default)]
pub struct Models {
    /// All of them, as the feed orders them: by run, the newest first, then those people brought.
    pub all: Vec<Model>,
    /// References of the classifiers marked, f1 first.
    pub classifiers: Vec<String>,
    /// Reference of the generator marked.
    pub generator: Option<String>,
    /// Where the cursor is.
    pub cursor: Cursor,
    /// Words that a row must contain.
    pub filter: String,
}

impl Models {
    /// The models that pass the filter.
    pub fn shown(&self) -> Vec<&Model> {
        let words: Vec<String> = self.filter.split_whitespace().map(str::to_lowercase).collect();
        self.all
            .iter()
            .filter(|model| {
                let last = model.origin.as_ref().is_some_and(|origin| origin.epoch.is_none());
                let words_of_it = [model.role.as_str(), if last { "final" } else { "" }].join(" ");
                let text = format!("{} {} {words_of_it}", model.reference, model.about).to_lowercase();
                words.iter().all(|word| text.contains(word.as_str()))
            })
            .collect()
    }

    /// The model under the cursor.
    pub fn selected(&self) -> Option<&Model> {
        let shown = self.shown();
        self.cursor.row(&names(&shown)).map(|row| shown[row])
    }

    /// Moves the cursor.
    pub fn step(&mut self, by: i32) {
        let mut cursor = std::mem::take(&mut self.cursor);
        cursor.step(by, &names(&self.shown()));
        self.cursor = cursor;
    }

    /// Takes in a new list; marks on files that are gone are dropped.
    pub fn see(&mut self, models: Vec<Model>) {
        self.all = models;
        let there = |reference: &String| self.all.iter().any(|model| model.reference == *reference);
        self.classifiers.retain(|reference| there(reference));
        self.generator = self.generator.take().filter(|reference| there(reference));
    }

    /// Marks the model under the cursor as what it can be, or unmarks it. A model of unknown role becomes a
    /// classifier, then the generator, then nothing.
    pub fn mark(&mut self) {
        let Some(model) = self.selected() else { return };
        let (reference, role) = (model.reference.clone(), model.role);
        let is_classifier = self.classifiers.contains(&reference);
        let is_generator = self.generator.as_ref() == Some(&reference);
        self.classifiers.retain(|marked| *marked != reference);
        if is_generator {
            self.generator = None;
        }
        match role {
            Role::Classifier if !is_classifier => self.classifiers.push(reference),
            Role::Generator if !is_generator => self.generator = Some(reference),
            Role::Unknown if is_classifier => self.generator = Some(reference),
            Role::Unknown if !is_generator => self.classifiers.push(reference),
            _ => {}
        }
    }

    /// What a model is marked as: `f1`, `f2`, `G`, or nothing.
    pub fn marked_as(&self, reference: &str) -> Option<String> {
        if self.generator.as_deref() == Some(reference) {
            return Some("G".to_owned());
        }
        let place = self.classifiers.iter().position(|marked| marked == reference)?;
        Some(format!("f{}", place + 1))
    }

    /// Drops all marks.
    pub fn unmark(&mut self) {
        self.classifiers.clear();
        self.generator = None;
    }

    /// What is missing before `d` can do anything, in words.
    pub fn missing(&self) -> Option<&'static str> {
        match (self.classifiers.len(), &self.generator) {
            (0, None) => Some("mark two classifiers (f1, f2) and a generator (G) with space"),
            (1, None) => Some("mark another classifier and a generator with space"),
            (0, Some(_)) => Some("mark two classifiers (f1, f2) with space"),
            (1, Some(_)) => Some("mark another classifier with space"),
            (_, None) => Some("mark a generator (G) with space"),
            (_, Some(_)) => None,
        }
    }
}

/// References, for a [`Cursor`].
pub fn names<'a>(models: &[&'a Model]) -> Vec<&'a str> {
    models.iter().map(|model| model.reference.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(reference: &str, role: Role) -> Model {
        Model {
            reference: reference.to_owned(),
            path: PathBuf::from(reference),
            origin: None,
            role,
            about: String::new(),
            bytes: 0,
            modified: 0.0,
        }
    }

    #[test]
    fn marks_number_classifiers_and_keep_one_generator() {
        let mut models = Models::default();
        models.see(vec![
            model("a", Role::Classifier),
            model("b", Role::Classifier),
            model("g", Role::Generator),
            model("h", Role::Generator),
            model("u", Role::Unknown),
        ]);
        let mark = |models: &mut Models, reference: &str| {
            models.cursor.put_on(reference);
            models.mark();
        };
        assert!(models.missing().is_some());
        for reference in ["a", "b", "g", "h", "u"] {
            mark(&mut models, reference);
        }
        let marks =
            |models: &Models| ["a", "b", "g", "h", "u"].map(|r| models.marked_as(r).unwrap_or_default());
        assert_eq!(marks(&models), ["f1", "f2", "", "G", "f3"]);
        assert_eq!(models.missing(), None);
        mark(&mut models, "a");
        mark(&mut models, "u");
        assert_eq!(marks(&models), ["", "f1", "", "", "G"]);
        models.see(vec![model("b", Role::Classifier)]);
        assert_eq!(models.missing(), Some("mark another classifier and a generator with space"));
    }
}
