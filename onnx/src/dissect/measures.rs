//! What is said of two classifiers' answers to the same images beside the distance of the paper: the divergence the
//! other way, Jensen-Shannon's, how often they agree, and how sure that is. Pure numbers.

use super::bootstrap::Resamples;
use super::distance::{Logits, kullback_leibler, largest, log_softmax};
use super::report::{ClassDistance, Measures};

/// What two answers to one image say.
#[derive(Debug, Clone, Copy)]
struct Comparison {
    /// KL(f1 || f2).
    forward: f64,
    /// KL(f2 || f1).
    reverse: f64,
    jensen_shannon: f64,
    same: f64,
}

impl Comparison {
    fn of(p: &[f32], q: &[f32]) -> Self {
        Self {
            forward: kullback_leibler(p, q),
            reverse: kullback_leibler(q, p),
            jensen_shannon: jensen_shannon(p, q),
            same: f64::from(u8::from(largest(p) == largest(q))),
        }
    }
}

/// Measures on the patterns of each class; the intervals are over starts, each a mean over the classes.
pub(super) fn on_patterns(f1: &Logits, f2: &Logits, resamples: &Resamples) -> Measures {
    let each = comparisons(f1, f2);
    let over_starts = |value: fn(&Comparison) -> f64| -> Vec<f64> {
        let of_start =
            |start| (0..f1.classes).map(|class| value(&each[class * f1.starts + start])).sum::<f64>();
        (0..f1.starts).map(|start| of_start(start) / f1.classes as f64).collect()
    };
    summary(over_starts, resamples)
}

/// Measures on images of no class in particular, given as logits `[images, classes]`; the intervals are over images.
pub(super) fn on_images(f1: &[f32], f2: &[f32], classes: usize, resamples: &Resamples) -> Measures {
    let each: Vec<Comparison> = rows(f1, f2, classes);
    summary(|value| each.iter().map(value).collect(), resamples)
}

/// The distance of each class's patterns, with `before` that on the class's G(z).
pub(super) fn per_class(
    answers: [&Logits; 2],
    before: [&Logits; 2],
    names: &[String],
    resamples: &Resamples,
) -> Vec<ClassDistance> {
    let [f1, f2] = answers;
    let (after, before) = (comparisons(f1, f2), comparisons(before[0], before[1]));
    let success = f2.success();
    let of_class = |each: &[Comparison], class: usize, value: fn(&Comparison) -> f64| -> Vec<f64> {
        each[class * f1.starts..(class + 1) * f1.starts].iter().map(value).collect()
    };
    (names.iter().enumerate())
        .map(|(class, name)| {
            let distances = of_class(&after, class, |c| c.forward);
            let (mean, variance) = super::distance::mean_and_variance(&distances);
            ClassDistance {
                class,
                name: name.clone(),
                mean,
                std: variance.sqrt(),
                interval: resamples.interval(&distances),
                jensen_shannon: Some(self::mean(&of_class(&after, class, |c| c.jensen_shannon))),
                agreement: Some(self::mean(&of_class(&after, class, |c| c.same))),
                before: Some(self::mean(&of_class(&before, class, |c| c.forward))),
                success_rate: Some(success[class]),
            }
        })
        .collect()
}

fn comparisons(f1: &Logits, f2: &Logits) -> Vec<Comparison> {
    assert_eq!((f1.classes, f1.starts), (f2.classes, f2.starts), "answers to the same patterns");
    rows(&f1.values, &f2.values, f1.classes)
}

fn rows(f1: &[f32], f2: &[f32], classes: usize) -> Vec<Comparison> {
    assert_eq!(f1.len(), f2.len(), "answers to the same images");
    f1.chunks_exact(classes).zip(f2.chunks_exact(classes)).map(|(p, q)| Comparison::of(p, q)).collect()
}

fn summary(values: impl Fn(fn(&Comparison) -> f64) -> Vec<f64>, resamples: &Resamples) -> Measures {
    let (forward, reverse) = (values(|c| c.forward), values(|c| c.reverse));
    let (jensen_shannon, same) = (values(|c| c.jensen_shannon), values(|c| c.same));
    Measures {
        dist: mean(&forward),
        interval: resamples.interval(&forward),
        reverse: mean(&reverse),
        symmetric: (mean(&forward) + mean(&reverse)) / 2.0,
        jensen_shannon: mean(&jensen_shannon),
        jensen_shannon_interval: resamples.interval(&jensen_shannon),
        agreement: mean(&same),
        agreement_interval: resamples.interval(&same),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Jensen-Shannon divergence in nats, 0 to ln 2: `KL(p || m) / 2 + KL(q || m) / 2` with `m = (p + q) / 2`
/// (Lin 1991), from logits.
fn jensen_shannon(p: &[f32], q: &[f32]) -> f64 {
    let (p, q) = (log_softmax(p), log_softmax(q));
    let sum: f64 = (p.iter().zip(&q))
        .map(|(&p, &q)| {
            let (high, low) = if p > q { (p, q) } else { (q, p) };
            // ln ((e^high + e^low) / 2), exactly `high` where they are equal.
            let middle = high + (((low - high).exp() - 1.0) / 2.0).ln_1p();
            p.exp() * (p - middle) + q.exp() * (q - middle)
        })
        .sum();
    (sum / 2.0).clamp(0.0, std::f64::consts::LN_2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::Bootstrap;

    fn resamples(count: usize) -> Resamples {
        Bootstrap { resamples: 100, seed: 0, level: 0.95 }.of(count)
    }

    #[test]
    fn known_values_of_jensen_and_shannon() {
        // p = (3/4, 1/4), q = (1/2, 1/2), m = (5/8, 3/8).
        let ln3 = 3.0_f32.ln();
        let kl = |p: [f64; 2]| p[0] * (p[0] / 0.625).ln() + p[1] * (p[1] / 0.375).ln();
        let expected = (kl([0.75, 0.25]) + kl([0.5, 0.5])) / 2.0;
        assert!((jensen_shannon(&[ln3, 0.0], &[0.0, 0.0]) - expected).abs() < 1e-7);
        assert_eq!(jensen_shannon(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), 0.0);
        let far = jensen_shannon(&[3e38, -3e38], &[-3e38, 3e38]);
        assert!((far - std::f64::consts::LN_2).abs() < 1e-12, "{far}");
    }

    #[test]
    fn all_measures_of_a_small_case() {
        let ln3 = 3.0_f32.ln();
        let f1 = Logits { classes: 2, starts: 2, values: vec![ln3, 0.0, ln3, 0.0, 0.0, ln3, 0.0, ln3] };
        let f2 = Logits { classes: 2, starts: 2, values: vec![0.0; 8] };
        let forward = 0.75 * 1.5_f64.ln() + 0.25 * 0.5_f64.ln();
        let reverse = 0.5 * (2.0_f64 / 3.0).ln() + 0.5 * 2.0_f64.ln();
        let found = on_patterns(&f1, &f2, &resamples(2));
        for (found, expected) in [
            (found.dist, forward),
            (found.reverse, reverse),
            (found.symmetric, (forward + reverse) / 2.0),
            (found.agreement, 0.5),
            (found.interval.unwrap()[1], forward),
        ] {
            assert!((found - expected).abs() < 1e-7, "{found} {expected}");
        }
        let names = ["a".to_owned(), "b".to_owned()];
        let classes = per_class([&f1, &f2], [&f1, &f1], &names, &resamples(2));
        assert_eq!((classes[0].agreement, classes[1].agreement), (Some(1.0), Some(0.0)));
        assert_eq!((classes[0].before, classes[1].success_rate), (Some(0.0), Some(0.0)));
        let images = on_images(&f1.values, &f2.values, 2, &resamples(4));
        assert_eq!(images, Measures { ..on_patterns(&f1, &f2, &resamples(2)) }.with_intervals_of(&images));
    }

    impl Measures {
        fn with_intervals_of(self, other: &Self) -> Self {
            Self {
                interval: other.interval,
                jensen_shannon_interval: other.jensen_shannon_interval,
                agreement_interval: other.agreement_interval,
                ..self
            }
        }
    }
}
