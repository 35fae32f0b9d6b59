//! A whole dissection: models read and matched, each f1's turn played, the report made.

use std::time::Instant;

use super::classifier::Classifier;
use super::distance::{Logits, Spread};
use super::generator::{Generator, Images};
use super::progress::Callback;
use super::report::{
    Activation, ClassActivation, ClassDistance, NamedDistance, Pair, Report, ReportModel, ReportSettings,
    Timing, TracePoint, Versions,
};
use super::settings::MAX_STARTS;
use super::turn::{Scene, Turn};
use super::{DissectError, Latents, Settings};
use crate::runtime::Runtime;

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
    let turns = if settings.all_pairs { classifiers.len() } else { 1 };
    let mut scene =
        Scene { generator: &mut generator, classifiers: &mut classifiers, starts: &starts, settings };
    let played: Vec<Turn> = (0..turns).map(|f1| scene.play(f1, turns, callback)).collect::<Result<_, _>>()?;
    let batch = played.iter().map(|turn| turn.batch).max().unwrap_or(1);
    let before = generator.images(&starts.values, batch)?;
    notes.extend(said_once(&classifiers));
    let mut report = report(settings, &classifiers, &starts, &played, notes);
    report.settings.batch = batch;
    report.timing = Timing {
        ascent_s: played.iter().map(|turn| turn.ascent.as_secs_f64()).sum(),
        total_s: begun.elapsed().as_secs_f64(),
    };
    let ends = (classifiers.iter().zip(played))
        .map(|(f1, turn)| End { f1: f1.name.clone(), latents: turn.latents, patterns: turn.patterns })
        .collect();
    Ok(Outcome { report, starts, before, ends })
}

/// The notes on models, each with the names of all it is about.
fn said_once(classifiers: &[Classifier]) -> Vec<String> {
    let mut said: Vec<(&str, Vec<&str>)> = Vec::new();
    for classifier in classifiers {
        for note in &classifier.notes {
            match said.iter_mut().find(|(text, _)| text == note) {
                Some((_, names)) => names.push(&classifier.name),
                None => said.push((note, vec![&classifier.name])),
            }
        }
    }
    said.into_iter().map(|(note, names)| format!("{}: {note}", names.join(", "))).collect()
}

fn report(
    settings: &Settings,
    classifiers: &[Classifier],
    starts: &Latents,
    turns: &[Turn],
    mut notes: Vec<String>,
) -> Report {
    let named = classifiers.iter().find_map(|classifier| classifier.class_names.clone());
    let classes = named.unwrap_or_else(|| (0..starts.classes).map(|class| class.to_string()).collect());
    let mut activations: Vec<_> =
        (classifiers.iter().zip(turns)).map(|(f1, turn)| activation(&f1.name, &turn.own, &classes)).collect();
    let mut pairs = Vec::new();
    let mut trace = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        let f1 = &classifiers[index].name;
        let others: Vec<&str> = (classifiers.iter().enumerate())
            .filter(|(other, _)| *other != index)
            .map(|(_, classifier)| classifier.name.as_str())
            .collect();
        pairs.extend(others.iter().zip(&turn.spreads).map(|(f2, spreads)| pair(f1, f2, spreads, &classes)));
        trace.extend(turn.trace.iter().map(|(step, activation, distances)| {
            TracePoint {
                f1: f1.clone(),
                step: *step,
                activation: *activation,
                dist: (others.iter().zip(distances))
                    .map(|(f2, dist)| NamedDistance { f2: (*f2).to_owned(), dist: *dist })
                    .collect(),
            }
        }));
    }
    let (provider, note) = classifiers[0].provider();
    notes.extend(note.map(str::to_owned));
    let models = classifiers.iter().map(|c| ReportModel { name: c.name.clone(), path: c.path.clone() });
    Report {
        settings: asked(settings, starts),
        generator: settings.generator.display().to_string(),
        models: models.collect(),
        classes,
        f1: classifiers[0].name.clone(),
        activation: activations.remove(0),
        pairs,
        other_activations: activations,
        trace,
        notes,
        provider,
        versions: Versions {
            dissect: env!("CARGO_PKG_VERSION").into(),
            onnxruntime: Runtime::get().map_or_else(|_| String::new(), |runtime| runtime.info().to_owned()),
        },
        timing: Timing { ascent_s: 0.0, total_s: 0.0 },
    }
}

fn asked(settings: &Settings, starts: &Latents) -> ReportSettings {
    ReportSettings {
        seeds: starts.starts,
        steps: settings.steps,
        learning_rate: settings.learning_rate,
        objective: settings.objective,
        optimizer: settings.optimizer,
        seed: settings.seed,
        latents: settings.latents.as_ref().map(|path| path.display().to_string()),
        all_pairs: settings.all_pairs,
        device: settings.device.to_string(),
        batch: settings.batch,
    }
}

fn activation(f1: &str, own: &[Logits; 2], names: &[String]) -> Activation {
    let [before, after] = own;
    let means = |logits: &Logits| -> Vec<f64> {
        let mean = |of_class: Vec<f64>| of_class.iter().sum::<f64>() / of_class.len() as f64;
        logits.own_probabilities().into_iter().map(mean).collect()
    };
    let (before, success, after) = (means(before), after.success(), means(after));
    let per_class: Vec<_> = (names.iter().enumerate())
        .map(|(class, name)| ClassActivation {
            class,
            name: name.clone(),
            before: before[class],
            after: after[class],
            success_rate: success[class],
        })
        .collect();
    // Every class has as many starts, so that the mean of means is the mean.
    let overall = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    Activation {
        f1: f1.to_owned(),
        before: overall(&before),
        after: overall(&after),
        success_rate: overall(&success),
        per_class,
    }
}

fn pair(f1: &str, f2: &str, spreads: &[Spread; 2], names: &[String]) -> Pair {
    let [before, after] = spreads;
    let per_class = (after.per_class.iter().zip(names).enumerate())
        .map(|(class, (&(mean, std), name))| ClassDistance { class, name: name.clone(), mean, std })
        .collect();
    Pair {
        f1: f1.to_owned(),
        f2: f2.to_owned(),
        dist: after.dist,
        variance: after.variance,
        std: after.variance.sqrt(),
        per_class,
        agreement: after.agreement,
        before: before.dist,
    }
}
