//! One model's turn as f1: its ascent, and what every model says of the patterns on the way and at the end.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::ascent::Ascent;
use super::checks::finite;
use super::classifier::Classifier;
use super::distance::{Logits, Spread, spread};
use super::generator::{Generator, Images};
use super::progress::{Callback, Measured, Reporter};
use super::{DissectError, Latents, Settings};

/// What a turn leaves.
pub(super) struct Turn {
    /// z*.
    pub(super) latents: Latents,
    /// x* = G(z*).
    pub(super) patterns: Images,
    /// What the models say of G(z).
    pub(super) before: Answer,
    /// What they say of x*.
    pub(super) after: Answer,
    /// What f1 says of x* when asked again.
    pub(super) again: Logits,
    /// What a copy of f1 that has learned nothing says; or why there is none.
    pub(super) untrained: Result<UntrainedAnswer, String>,
    /// Step, activation, and the distance to each other model.
    pub(super) trace: Vec<(usize, f64, Vec<f64>)>,
    /// Starts that went at once.
    pub(super) batch: usize,
    /// Time in the steps.
    pub(super) ascent: Duration,
    /// The part of it inside ONNX Runtime.
    pub(super) bound: Duration,
    /// Time looking at the patterns on the way.
    pub(super) looking: Duration,
    /// What could not be done as asked.
    pub(super) note: Option<String>,
}

/// What an untrained copy of f1 says.
pub(super) struct UntrainedAnswer {
    /// Of G(z).
    pub(super) before: Logits,
    /// Of x*.
    pub(super) after: Logits,
    /// Of the test images, `[images, classes]`.
    pub(super) images: Option<Vec<f32>>,
}

/// Everything a turn needs.
pub(super) struct Scene<'a> {
    pub(super) generator: &'a mut Generator,
    pub(super) classifiers: &'a mut [Classifier],
    pub(super) starts: &'a Latents,
    pub(super) settings: &'a Settings,
    /// In the generator's form.
    pub(super) images: Option<&'a Images>,
}

impl Scene<'_> {
    /// Lets the `f1`-th classifier take its turn; it is the `turn`-th of `turns`.
    pub(super) fn play(
        &mut self,
        f1: usize,
        turns: usize,
        callback: &mut Callback<'_>,
    ) -> Result<Turn, DissectError> {
        let steps = self.settings.steps;
        let name = self.classifiers[f1].name.clone();
        let mut reporter = Reporter::new(callback, &name, f1, turns, steps);
        let mut ascent = Ascent::new(self.generator, &self.classifiers[f1], self.starts, self.settings)?;
        let batch = ascent.batch();
        let stopped = |step| DissectError::Stopped { step, steps };

        let before = self.measure(f1, self.starts, batch)?;
        let mut trace = vec![before.traced(0)];
        if reporter.measured(0, self.measured(f1, &before)).is_break() {
            return Err(stopped(0));
        }
        let mut step = 0;
        let (mut time, mut looking) = (Duration::ZERO, Duration::ZERO);
        let mut last = None;
        while step < steps {
            let next = next_stop(step, steps);
            let (lanes, mut done) = (ascent.lanes(), 0);
            let begun = Instant::now();
            let flow = ascent.advance(next - step, &mut || {
                done += 1;
                reporter.pulse((step as f64 + done as f64 / lanes as f64) / steps as f64)
            })?;
            time += begun.elapsed();
            if flow.is_break() {
                return Err(stopped(step));
            }
            step = next;
            let begun = Instant::now();
            let flow = if is_measured(step) || step == steps {
                let measured = self.measure(f1, &ascent.latents()?, batch)?;
                trace.push(measured.traced(step));
                let flow = reporter.measured(step, self.measured(f1, &measured));
                last = Some(measured);
                flow
            } else {
                let own = self.own(f1, ascent.last_logits()?)?;
                reporter.measured(step, Measured { activation: activation(&own), distances: Vec::new() })
            };
            looking += begun.elapsed();
            if flow == ControlFlow::Break(()) && step < steps {
                return Err(stopped(step));
            }
        }
        let latents = ascent.latents()?;
        let (bound, note) = (ascent.bound(), ascent.note().map(str::to_owned));
        // Its memory is needed no more.
        drop(ascent);
        let patterns = self.generator.images(&latents.values, batch)?;
        let after = match last {
            Some(measured) => measured,
            None => self.measure(f1, self.starts, batch)?,
        };
        let again = Logits { values: self.classifiers[f1].logits(&patterns, batch)?, ..after.own };
        let untrained = self.untrained(f1, &patterns, batch)?;
        Ok(Turn {
            latents,
            patterns,
            before,
            after,
            again,
            untrained,
            trace,
            batch,
            ascent: time,
            bound,
            looking,
            note,
        })
    }

    /// Asks a copy of f1 that has learned nothing.
    fn untrained(
        &mut self,
        f1: usize,
        patterns: &Images,
        batch: usize,
    ) -> Result<Result<UntrainedAnswer, String>, DissectError> {
        let f1 = &self.classifiers[f1];
        let Some(mut copy) = f1.untrained(self.settings.seed, &self.settings.session_options())? else {
            return Ok(Err(format!(
                "{}: no weights are found in its graph, so that there is no untrained copy",
                f1.name
            )));
        };
        let shape = (f1.classes, self.starts.starts);
        let starts = self.generator.images(&self.starts.values, batch)?;
        let mut logits = |images: &Images| copy.logits(images, batch);
        let asked = (|| {
            let of = |values| Logits { classes: shape.0, starts: shape.1, values };
            let (before, after) = (of(logits(&starts)?), of(logits(patterns)?));
            let images = self.images.map(&mut logits).transpose()?;
            Ok(UntrainedAnswer { before, after, images })
        })();
        match asked {
            Ok(answer) => Ok(Ok(answer)),
            // Without what training does to their scale, activations of a deep network can grow beyond float32.
            Err(DissectError::NotFinite { .. }) => Ok(Err(format!(
                "{}: the logits of an untrained copy are not finite, so that it is left out",
                f1.name
            ))),
            Err(error) => Err(error),
        }
    }

    /// Asks every model about the images of some latents.
    fn measure(&mut self, f1: usize, latents: &Latents, batch: usize) -> Result<Answer, DissectError> {
        let path = self.classifiers[f1].path.clone();
        finite(&path, "latents", &latents.values, "use a smaller learning rate")?;
        let images = self.generator.images(&latents.values, batch)?;
        let asked = self.classifiers[f1].logits(&images, batch)?;
        let own = self.own(f1, asked)?;
        let mut others = Vec::new();
        for index in (0..self.classifiers.len()).filter(|index| *index != f1) {
            let values = self.classifiers[index].logits(&images, batch)?;
            others.push(Logits { values, ..own });
        }
        let spreads = others.iter().map(|other| spread(&own, other)).collect();
        Ok(Answer { own, others, spreads })
    }

    fn own(&self, f1: usize, values: Vec<f32>) -> Result<Logits, DissectError> {
        let f1 = &self.classifiers[f1];
        finite(&f1.path, "logits", &values, "use a smaller learning rate")?;
        Ok(Logits { classes: f1.classes, starts: self.starts.starts, values })
    }

    fn measured(&self, f1: usize, answer: &Answer) -> Measured {
        let others = self.classifiers.iter().enumerate().filter(|(index, _)| *index != f1);
        let names = others.map(|(_, classifier)| classifier.name.clone());
        let distances = names.zip(answer.spreads.iter().map(|spread| spread.dist)).collect();
        Measured { activation: activation(&answer.own), distances }
    }
}

/// What the models say of some images.
pub(super) struct Answer {
    /// f1's answers.
    pub(super) own: Logits,
    /// Those of each other model, in the order given.
    pub(super) others: Vec<Logits>,
    /// How far these are from f1's.
    pub(super) spreads: Vec<Spread>,
}

impl Answer {
    fn traced(&self, step: usize) -> (usize, f64, Vec<f64>) {
        (step, activation(&self.own), self.spreads.iter().map(|spread| spread.dist).collect())
    }
}

/// f1's mean probability of the class a pattern is made for.
fn activation(own: &Logits) -> f64 {
    let each = own.own_probabilities();
    each.iter().flatten().sum::<f64>() / (own.classes * own.starts) as f64
}

/// Distances are measured after 1, 2 and 5 times powers of ten, from 10 steps on: as often as a curve over the
/// logarithm of the steps needs, at a few per cent of the work.
fn is_measured(step: usize) -> bool {
    let mut power = 10;
    while power <= step {
        if [power, 2 * power, 5 * power].contains(&step) {
            return true;
        }
        power *= 10;
    }
    false
}

/// The next step after which the activation is looked at: a hundred times in all, and where distances are measured.
fn next_stop(step: usize, steps: usize) -> usize {
    let every = steps.div_ceil(100);
    let regular = (step / every + 1) * every;
    (step + 1..regular).find(|step| is_measured(*step)).unwrap_or(regular).min(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_at_one_two_five() {
        let found: Vec<_> = (0..=5000).filter(|step| is_measured(*step)).collect();
        assert_eq!(found, [10, 20, 50, 100, 200, 500, 1000, 2000, 5000]);
    }

    #[test]
    fn stops_grow_and_end_at_the_last_step() {
        for steps in [1, 7, 100, 1000, 1234] {
            let mut stops = vec![0];
            while *stops.last().unwrap() < steps {
                stops.push(next_stop(*stops.last().unwrap(), steps));
            }
            assert!(stops.windows(2).all(|pair| pair[0] < pair[1]), "{stops:?}");
            assert_eq!(stops.last(), Some(&steps));
            assert!(stops.len() <= 115, "{steps}: {} stops", stops.len());
            assert!((1..steps).filter(|step| is_measured(*step)).all(|step| stops.contains(&step)));
        }
    }
}
