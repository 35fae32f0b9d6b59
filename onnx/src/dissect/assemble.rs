//! The report made of what the turns left: numbers with their names. Runs no model.

use super::bootstrap::Resamples;
use super::classifier::Classifier;
use super::distance::Logits;
use super::measures::{on_images, on_patterns, per_class};
use super::report::{
    Activation, Baselines, ClassActivation, Matrix, Measures, NamedDistance, Pair, Report, ReportModel,
    ReportSettings, Timing, TracePoint, Untrained, Versions,
};
use super::turn::Turn;
use super::{Latents, Settings};
use crate::runtime::Runtime;

/// Everything that was asked and answered.
pub(super) struct Played<'a> {
    pub(super) settings: &'a Settings,
    pub(super) classifiers: &'a [Classifier],
    pub(super) starts: &'a Latents,
    /// One for each f1, in the order of the classifiers.
    pub(super) turns: &'a [Turn],
    /// Each classifier's logits `[images, classes]` of the test images; empty where there are none.
    pub(super) on_images: Vec<Vec<f32>>,
    /// Starts that went at once.
    pub(super) batch: usize,
}

/// Resamples for the two kinds of means.
struct Sampled {
    starts: Resamples,
    images: Resamples,
}

/// The report, the whole time left for the caller.
pub(super) fn report(played: &Played, mut notes: Vec<String>) -> Report {
    let Played { settings, classifiers, starts, turns, .. } = *played;
    let named = classifiers.iter().find_map(|classifier| classifier.class_names.clone());
    let classes = named.unwrap_or_else(|| (0..starts.classes).map(|class| class.to_string()).collect());
    let images = played.on_images.first().map_or(0, |logits| logits.len() / starts.classes);
    let bootstrap = settings.bootstrap();
    let sampled = Sampled { starts: bootstrap.of(starts.starts), images: bootstrap.of(images) };
    let mut activations: Vec<_> = (classifiers.iter().zip(turns))
        .map(|(f1, turn)| activation(&f1.name, [&turn.before.own, &turn.after.own], &classes))
        .collect();
    let mut pairs = Vec::new();
    let mut trace = Vec::new();
    for (index, turn) in turns.iter().enumerate() {
        let f1 = &classifiers[index].name;
        let others: Vec<usize> = (0..classifiers.len()).filter(|other| *other != index).collect();
        for (place, other) in others.iter().enumerate() {
            pairs.push(played.pair([index, *other], place, &classes, &sampled));
        }
        trace.extend(turn.trace.iter().map(|(step, activation, distances)| {
            TracePoint {
                f1: f1.clone(),
                step: *step,
                activation: *activation,
                dist: (others.iter().zip(distances))
                    .map(|(other, dist)| NamedDistance { f2: classifiers[*other].name.clone(), dist: *dist })
                    .collect(),
            }
        }));
    }
    let baselines: Vec<_> = (0..turns.len()).map(|f1| played.baselines(f1, &sampled)).collect();
    notes.extend(said_once(classifiers));
    notes.extend(turns.iter().filter_map(|turn| turn.untrained.as_ref().err().cloned()));
    notes.extend(turns.iter().find_map(|turn| turn.note.clone()));
    let (provider, note) = classifiers[0].provider();
    notes.extend(note.map(str::to_owned));
    let models = classifiers.iter().map(|c| ReportModel { name: c.name.clone(), path: c.path.clone() });
    let matrix = settings.all_pairs.then(|| played.matrix(&pairs, &sampled));
    Report {
        settings: asked(played, images),
        generator: settings.generator.display().to_string(),
        models: models.collect(),
        classes,
        f1: classifiers[0].name.clone(),
        activation: activations.remove(0),
        pairs,
        other_activations: activations,
        baselines,
        matrix,
        trace,
        notes,
        provider,
        versions: Versions {
            dissect: env!("CARGO_PKG_VERSION").into(),
            onnxruntime: Runtime::get().map_or_else(|_| String::new(), |runtime| runtime.info().to_owned()),
        },
        timing: timing(turns),
    }
}

impl Played<'_> {
    /// The pair of two classifiers; the second is the `place`-th that f1's turn asked.
    fn pair(&self, [f1, f2]: [usize; 2], place: usize, names: &[String], sampled: &Sampled) -> Pair {
        let turn = &self.turns[f1];
        let [spread, before] = [&turn.after.spreads[place], &turn.before.spreads[place]];
        let [after, start] = [&turn.after, &turn.before].map(|answer| [&answer.own, &answer.others[place]]);
        let success = after[1].success();
        let classes = self.starts.classes;
        Pair {
            f1: self.classifiers[f1].name.clone(),
            f2: self.classifiers[f2].name.clone(),
            dist: spread.dist,
            variance: spread.variance,
            std: spread.variance.sqrt(),
            per_class: per_class(after, start, names, &sampled.starts),
            agreement: spread.agreement,
            before: before.dist,
            success_rate: Some(success.iter().sum::<f64>() / success.len() as f64),
            on_patterns: Some(on_patterns(after[0], after[1], &sampled.starts)),
            on_starts: Some(on_patterns(start[0], start[1], &sampled.starts)),
            on_images: (self.on_images.get(f1).zip(self.on_images.get(f2)))
                .map(|(own, other)| on_images(own, other, classes, &sampled.images)),
        }
    }

    fn baselines(&self, f1: usize, sampled: &Sampled) -> Baselines {
        let turn = &self.turns[f1];
        let untrained = turn.untrained.as_ref().ok().map(|untrained| Untrained {
            on_patterns: on_patterns(&turn.after.own, &untrained.after, &sampled.starts),
            on_starts: on_patterns(&turn.before.own, &untrained.before, &sampled.starts),
            on_images: (self.on_images.get(f1).zip(untrained.images.as_ref()))
                .map(|(own, other)| on_images(own, other, self.starts.classes, &sampled.images)),
        });
        let itself = super::spread(&turn.after.own, &turn.again).dist;
        Baselines { f1: self.classifiers[f1].name.clone(), itself, untrained }
    }

    /// The pairs as tables, with f1's second answers to its patterns on the diagonal.
    fn matrix(&self, pairs: &[Pair], sampled: &Sampled) -> Matrix {
        let count = self.classifiers.len();
        let again: Vec<Measures> = self
            .turns
            .iter()
            .map(|turn| on_patterns(&turn.after.own, &turn.again, &sampled.starts))
            .collect();
        let table = |own: &dyn Fn(&Measures) -> f64, of: &dyn Fn(&Pair) -> f64| -> Vec<Vec<f64>> {
            let mut pairs = pairs.iter();
            let mut cell = |row: usize, column: usize| {
                if row == column { own(&again[row]) } else { pairs.next().map_or(0.0, of) }
            };
            (0..count).map(|row| (0..count).map(|column| cell(row, column)).collect()).collect()
        };
        let patterns =
            |pair: &Pair| pair.on_patterns.as_ref().map_or(0.0, |measures| measures.jensen_shannon);
        let images = |pair: &Pair| pair.on_images.as_ref().map_or(0.0, |measures| measures.dist);
        // Before the ascent and on images there is one answer of each model, which is no distance from itself.
        let same = |_: &Measures| 0.0;
        Matrix {
            models: self.classifiers.iter().map(|classifier| classifier.name.clone()).collect(),
            dist: table(&|own| own.dist, &|pair| pair.dist),
            jensen_shannon: table(&|own| own.jensen_shannon, &patterns),
            agreement: table(&|own| own.agreement, &|pair| pair.agreement),
            before: table(&same, &|pair| pair.before),
            on_images: (!self.on_images.is_empty()).then(|| table(&same, &images)),
        }
    }
}

fn timing(turns: &[Turn]) -> Timing {
    let sum =
        |of: fn(&Turn) -> std::time::Duration| turns.iter().map(|turn| of(turn).as_secs_f64()).sum::<f64>();
    let (ascent_s, runtime_s) = (sum(|turn| turn.ascent), sum(|turn| turn.bound));
    let overhead = if ascent_s > 0.0 { ((ascent_s - runtime_s) / ascent_s).max(0.0) } else { 0.0 };
    Timing { ascent_s, total_s: 0.0, runtime_s, overhead, looking_s: sum(|turn| turn.looking) }
}

fn asked(played: &Played, image_count: usize) -> ReportSettings {
    let Played { settings, starts, batch, .. } = *played;
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
        batch,
        tf32: settings.tf32,
        convolution_search: settings.convolution_search.to_string(),
        cuda_graph: settings.cuda_graph,
        bootstrap: Some(settings.bootstrap()),
        images: settings.images.as_ref().map(|images| images.name.clone()),
        image_count,
    }
}

fn activation(f1: &str, own: [&Logits; 2], names: &[String]) -> Activation {
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
