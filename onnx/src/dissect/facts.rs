//! What must be known of a classifier beside its graph: gathered from flags, from `MODEL.toml` beside
//! `MODEL.onnx`, from the model's metadata, and guessed with a note where none of them says it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::DissectError;
use crate::export::{InputFormat, Layout, OutputKind, key};
use crate::model::Model;

/// What somebody says of a model; what is left out is looked for elsewhere. Also the form of `MODEL.toml`:
///
/// ```toml
/// layout = "NHWC"                # NCHW or NHWC
/// range = [0, 255]               # values of black and white
/// mean = [125.3, 123.0, 113.9]   # subtracted from each channel
/// std = [63.0, 62.1, 66.7]       # what each channel is then divided by
/// shape = [224, 224]             # height and width, where the model leaves them open
/// output = "probabilities"       # logits or probabilities
/// classes = ["airplane", "automobile"]
/// input_name = "pixel_values"    # which input is the image, where there are several
/// output_name = "scores"         # which output has the class scores, where there are several
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// Where the channels stand.
    pub layout: Option<Layout>,
    /// Values of black and white before `mean` and `std`.
    pub range: Option<[f64; 2]>,
    /// Subtracted from each channel.
    pub mean: Option<Vec<f64>>,
    /// What each channel is then divided by.
    pub std: Option<Vec<f64>>,
    /// Height and width of the images, where the model leaves them open.
    pub shape: Option<[usize; 2]>,
    /// What the outputs are.
    pub output: Option<OutputKind>,
    /// Names in the order of the outputs.
    pub classes: Option<Vec<String>>,
    /// Which input is the image, where there are several.
    pub input_name: Option<String>,
    /// Which output has the class scores, where there are several.
    pub output_name: Option<String>,
}

impl Facts {
    /// All that flags, the TOML file and the metadata say, in this order of precedence.
    ///
    /// # Errors
    /// A TOML file or metadata that cannot be read.
    pub(super) fn gather(flags: &Self, path: &Path, model: &Model) -> Result<Self, DissectError> {
        Ok(flags.clone().or(beside(path)?).or(inside(path, model)?))
    }

    fn or(self, other: Self) -> Self {
        Self {
            layout: self.layout.or(other.layout),
            range: self.range.or(other.range),
            mean: self.mean.or(other.mean),
            std: self.std.or(other.std),
            shape: self.shape.or(other.shape),
            output: self.output.or(other.output),
            classes: self.classes.or(other.classes),
            input_name: self.input_name.or(other.input_name),
            output_name: self.output_name.or(other.output_name),
        }
    }

    /// Refuses numbers that no image could go through.
    pub(super) fn check_input(&self, model: &str, channels: usize) -> Result<(), DissectError> {
        if let Some([black, white]) = self.range
            && !(black.is_finite() && white.is_finite() && black < white)
        {
            return refuse(model, "range", format!("[{black}, {white}]"), "two numbers, the smaller first");
        }
        if let Some(shape) = self.shape
            && !shape.iter().all(|side| (1..=LARGEST_SIDE).contains(side))
        {
            let expected = format!("height and width, 1 to {LARGEST_SIDE} each");
            return refuse(model, "shape", format!("{shape:?}"), expected);
        }
        for (key, values) in [("mean", &self.mean), ("std", &self.std)] {
            let Some(values) = values else { continue };
            let usable = |v: &f64| v.is_finite() && (key == "mean" || *v > 0.0);
            if values.len() != channels || !values.iter().all(usable) {
                let expected = format!("{channels} finite numbers, one for each channel, std above 0");
                return refuse(model, key, format!("{values:?}"), expected);
            }
        }
        Ok(())
    }

    /// Refuses more or fewer names than the model has outputs.
    pub(super) fn check_classes(&self, model: &str, classes: usize) -> Result<(), DissectError> {
        match &self.classes {
            Some(names) if names.len() != classes => {
                let expected = format!("{classes} names, one for each output (--classes)");
                refuse(model, "classes", format!("a list of {}", names.len()), expected)
            }
            _ => Ok(()),
        }
    }
}

/// Longest side of an image that is put through a classifier.
const LARGEST_SIDE: usize = 16_384;

pub(super) fn refuse<T>(
    model: &str,
    key: &str,
    found: String,
    expected: impl Into<String>,
) -> Result<T, DissectError> {
    let (source_of_facts, expected) = (model.to_owned(), expected.into());
    Err(DissectError::Facts { source_of_facts, key: key.into(), found, expected })
}

/// The TOML file beside a model: `resnet.toml` for `resnet.onnx`.
fn beside(path: &Path) -> Result<Facts, DissectError> {
    let toml = path.with_extension("toml");
    let text = match std::fs::read_to_string(&toml) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Facts::default()),
        Err(error) => return Err(unreadable(&toml, "file", error.to_string(), "a readable TOML file")),
    };
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(0, |span| text[..span.start].matches('\n').count() + 1);
        let found = error.message().replace('\n', " ");
        unreadable(&toml, &format!("line {line}"), format!("wrong ({found})"), EXPECTED_TOML)
    })
}

const EXPECTED_TOML: &str = "layout, range, mean, std, shape, output, classes, input_name and output_name";

fn unreadable(path: &Path, key: &str, found: String, expected: &str) -> DissectError {
    let source_of_facts = path.display().to_string();
    DissectError::Facts { source_of_facts, key: key.into(), found, expected: expected.into() }
}

fn inside(path: &Path, model: &Model) -> Result<Facts, DissectError> {
    let wrong = |key: &str, found: &str, expected: &str| {
        unreadable(path, &format!("metadata `{key}`"), format!("`{found}`"), expected)
    };
    let mut facts = Facts::default();
    if let Some(text) = model.metadata(key::INPUT) {
        let format: InputFormat = serde_json::from_str(text)
            .map_err(|_| wrong(key::INPUT, text, "layout, range, mean, std as JSON"))?;
        facts.layout = Some(format.layout);
        facts.range = Some(format.range);
        facts.mean = Some(format.mean);
        facts.std = Some(format.std);
    }
    if let Some(text) = model.metadata(key::OUTPUT) {
        let kinds = [OutputKind::Logits, OutputKind::Probabilities];
        let kind = kinds.into_iter().find(|kind| kind.name() == text);
        facts.output = Some(kind.ok_or_else(|| wrong(key::OUTPUT, text, OutputKind::EXPECTED))?);
    }
    if let Some(text) = model.metadata(key::CLASSES) {
        let names =
            serde_json::from_str(text).map_err(|_| wrong(key::CLASSES, text, "a JSON list of names"))?;
        facts.classes = Some(names);
    }
    Ok(facts)
}
