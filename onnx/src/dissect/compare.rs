//! A whole dissection: models read and matched, each f1's turn played, the report made.

use std::time::Instant;

use super::assemble::{Played, report};
use super::classifier::Classifier;
use super::generator::{Generator, Images};
use super::progress::Callback;
use super::report::Report;
use super::settings::MAX_STARTS;
use super::turn::{Scene, Turn};
use super::{Answers, DissectError, Latents, Settings};

/// A report and the arrays behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What was found.
    pub report: Report,
    /// The starts, z.
    pub starts: Latents,
    /// G(z), in the order of the starts.
    pub before: Images,
    /// For each model that took its turn as f1, where its ascent ended.
    pub ends: Vec<End>,
}

/// Where one f1's ascent ended.
#[derive(Debug, Clone, PartialEq)]
pub struct End {
    /// The model.
    pub f1: String,
    /// z*.
    pub latents: Latents,
    /// x* = G(z*), in the order of the latents.
    pub patterns: Images,
    /// What every model says of G(z) and of x*, unless that is more than 256 MiB.
    pub answers: Option<Answers>,
}

/// Dissects: gradient ascent on the first model's outputs through the generator, and the distances of all others on
/// the patterns found. With `all_pairs` every model takes its turn as the first.
///
/// # Errors
/// [`DissectError`] names the file and what is wrong; [`DissectError::Stopped`] where `callback` breaks.
pub fn dissect(settings: &Settings, callback: &mut Callback<'_>) -> Result<Outcome, DissectError> {
    let begun = Instant::now();
    settings.check()?;
    let options = settings.session_options();
    let mut generator = Generator::load(&settings.generator, &options)?;
    let mut notes = Vec::new();
    let mut classifiers = Vec::new();
    for model in &settings.models {
        classifiers.push(Classifier::load(model, generator.image, &options)?);
    }
    super::matching::same_classes(&mut classifiers, &options, &mut notes)?;
    super::matching::unique_names(&mut classifiers);
    let classes = classifiers[0].classes;
    let starts = match &settings.latents {
        Some(path) => Latents::read(path, classes, generator.latent)?,
        None => Latents::normal(settings.seed, classes, settings.seeds, generator.latent),
    };
    if starts.count() > MAX_STARTS * classes {
        let found = starts.starts.to_string();
        return Err(DissectError::Setting { setting: "seeds", found, expected: "10000 or fewer" });
    }
    let images = settings.images.as_ref().map(|images| images.fitted(generator.image)).transpose()?;
    let (images, note) = images.map_or((None, None), |(images, note)| (Some(images), note));
    notes.extend(note);
    let turns = if settings.all_pairs { classifiers.len() } else { 1 };
    let (generator, images) = (&mut generator, images.as_ref());
    let mut scene = Scene { generator, classifiers: &mut classifiers, starts: &starts, settings, images };
    let turns: Vec<Turn> = (0..turns).map(|f1| scene.play(f1, turns, callback)).collect::<Result<_, _>>()?;
    let batch = turns.iter().map(|turn| turn.batch).max().unwrap_or(1);
    let before = scene.generator.images(&starts.values, batch)?;
    let on_images = match images {
        Some(images) => classifiers
            .iter_mut()
            .map(|classifier| classifier.logits(images, batch))
            .collect::<Result<_, _>>()?,
        None => Vec::new(),
    };
    let played =
        Played { settings, classifiers: &classifiers, starts: &starts, turns: &turns, on_images, batch };
    let mut report = report(&played, notes);
    report.timing.total_s = begun.elapsed().as_secs_f64();
    let end = |(index, (f1, turn)): (usize, (&Classifier, Turn))| End {
        f1: f1.name.clone(),
        answers: Answers::gather(index, &turn.before, &turn.after),
        latents: turn.latents,
        patterns: turn.patterns,
    };
    let ends = classifiers.iter().zip(turns).enumerate().map(end).collect();
    Ok(Outcome { report, starts, before, ends })
}
