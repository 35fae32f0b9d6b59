//! Equation 2 on logits: the distances between two classifiers' answers to the same patterns. Pure numbers; knows
//! neither models nor files.

/// Logits of every pattern, `[classes, starts, outputs]` row-major. All are finite.
#[derive(Debug, Clone, PartialEq)]
pub struct Logits {
    /// Output classes; also how many classes the patterns were made for.
    pub classes: usize,
    /// Patterns for each class.
    pub starts: usize,
    /// `classes * starts * classes` numbers.
    pub values: Vec<f32>,
}

/// The distance of a pair with its spread.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// Mean over starts and classes, in nats.
    pub dist: f64,
    /// Variance over the starts of `Dist_s`, each a mean over the classes.
    pub variance: f64,
    /// For each class, mean and standard deviation over its starts.
    pub per_class: Vec<(f64, f64)>,
    /// Fraction of patterns on which both name the same class.
    pub agreement: f64,
}

impl Logits {
    /// The logits of start `start` of class `class`.
    pub fn of(&self, class: usize, start: usize) -> &[f32] {
        let at = (class * self.starts + start) * self.classes;
        &self.values[at..at + self.classes]
    }

    /// Probability of class `class` on each of its own patterns, `[classes][starts]`.
    pub fn own_probabilities(&self) -> Vec<Vec<f64>> {
        let of_class =
            |class| (0..self.starts).map(|start| log_softmax(self.of(class, start))[class].exp()).collect();
        (0..self.classes).map(of_class).collect()
    }

    /// Whether class `class` is the one named on each of its own patterns, as a fraction for each class.
    pub fn success(&self) -> Vec<f64> {
        let of_class = |class| {
            let named = (0..self.starts).filter(|start| largest(self.of(class, *start)) == class).count();
            named as f64 / self.starts as f64
        };
        (0..self.classes).map(of_class).collect()
    }
}

/// `Dist(f1, f2)` on patterns made for `f1`. Zero where both give the same logits, never negative, never NaN.
///
/// # Panics
/// Where the two have different sizes.
pub fn spread(f1: &Logits, f2: &Logits) -> Spread {
    assert_eq!((f1.classes, f1.starts), (f2.classes, f2.starts), "answers to the same patterns");
    let (classes, starts) = (f1.classes, f1.starts);
    let mut divergence = vec![0.0; classes * starts];
    let mut agreed = 0;
    for class in 0..classes {
        for start in 0..starts {
            let (p, q) = (f1.of(class, start), f2.of(class, start));
            divergence[class * starts + start] = kullback_leibler(p, q);
            agreed += usize::from(largest(p) == largest(q));
        }
    }
    let of_start = |start: usize| {
        (0..classes).map(|class| divergence[class * starts + start]).sum::<f64>() / classes as f64
    };
    let over_starts: Vec<f64> = (0..starts).map(of_start).collect();
    let (dist, variance) = mean_and_variance(&over_starts);
    let per_class = divergence
        .chunks_exact(starts)
        .map(|of_class| {
            let (mean, variance) = mean_and_variance(of_class);
            (mean, variance.sqrt())
        })
        .collect();
    Spread { dist, variance, per_class, agreement: agreed as f64 / (classes * starts) as f64 }
}

/// Mean, and the mean square about it (so that a single value has variance 0).
pub(super) fn mean_and_variance(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    (mean, values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count)
}

/// The probabilities that logits stand for.
pub fn probabilities(logits: &[f32]) -> Vec<f64> {
    log_softmax(logits).into_iter().map(f64::exp).collect()
}

/// KL(softmax p || softmax q) in nats, from logits: the distance of two answers to one image.
pub fn divergence(p: &[f32], q: &[f32]) -> f64 {
    kullback_leibler(p, q)
}

/// KL(softmax p || softmax q) in nats, from logits.
pub(super) fn kullback_leibler(p: &[f32], q: &[f32]) -> f64 {
    let (p, q) = (log_softmax(p), log_softmax(q));
    let sum: f64 = p.iter().zip(&q).map(|(p, q)| p.exp() * (p - q)).sum();
    // A divergence is not negative; a sum of rounded terms can fall below by some 1e-16.
    sum.max(0.0)
}

/// Logarithms of the probabilities, in float64 and with the largest logit taken out first, so that neither the
/// exponentials nor their sum overflow. Finite for any finite logits.
pub(super) fn log_softmax(logits: &[f32]) -> Vec<f64> {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let shifted: Vec<f64> = logits.iter().map(|logit| f64::from(*logit) - f64::from(top)).collect();
    let norm = shifted.iter().map(|logit| logit.exp()).sum::<f64>().ln();
    shifted.iter().map(|logit| logit - norm).collect()
}

/// Index of the largest; the first one at a tie.
pub(super) fn largest(logits: &[f32]) -> usize {
    let mut best = 0;
    for (index, logit) in logits.iter().enumerate() {
        if *logit > logits[best] {
            best = index;
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logits(starts: usize, values: &[f32]) -> Logits {
        let classes = ((values.len() / starts) as f64).sqrt() as usize;
        Logits { classes, starts, values: values.to_vec() }
    }

    #[test]
    fn known_divergences() {
        // softmax (ln 3, 0) = (3/4, 1/4); softmax (0, 0) = (1/2, 1/2).
        let quarter = 0.75 * 1.5_f64.ln() + 0.25 * 0.5_f64.ln();
        let ln3 = 3.0_f32.ln();
        assert!((kullback_leibler(&[ln3, 0.0], &[0.0, 0.0]) - quarter).abs() < 1e-7);
        // Shifting all logits changes nothing.
        assert!((kullback_leibler(&[ln3 + 50.0, 50.0], &[-7.0, -7.0]) - quarter).abs() < 1e-5);
        assert_eq!(kullback_leibler(&[1.0, 2.0, 3.0], &[1.0, 2.0, 3.0]), 0.0);
    }

    #[test]
    fn extreme_logits_give_large_finite_numbers() {
        let far = kullback_leibler(&[3e38, -3e38], &[-3e38, 3e38]);
        assert!(far.is_finite() && far > 1e38, "{far}");
        assert_eq!(kullback_leibler(&[f32::MAX; 4], &[f32::MIN; 4]), 0.0);
    }

    #[test]
    fn means_and_spreads() {
        // Two classes, two starts; f2 is uniform, f1 certain on start 0 and uniform on start 1.
        let f1 = logits(2, &[100.0, 0.0, 0.0, 0.0, 0.0, 100.0, 0.0, 0.0]);
        let f2 = logits(2, &[0.0; 8]);
        let found = spread(&f1, &f2);
        let ln2 = std::f64::consts::LN_2;
        assert!((found.dist - ln2 / 2.0).abs() < 1e-12);
        assert!((found.variance - (ln2 / 2.0).powi(2)).abs() < 1e-12);
        for (mean, std) in &found.per_class {
            assert!((mean - ln2 / 2.0).abs() < 1e-12 && (std - ln2 / 2.0).abs() < 1e-12);
        }
        // Ties name the first class: f1 names 0, 0 and 1, 0; f2 always 0.
        assert_eq!(found.agreement, 0.75);
        assert_eq!(f1.success(), [1.0, 0.5]);
        assert!((f1.own_probabilities()[0][1] - 0.5).abs() < 1e-12);
    }

    #[test]
    fn one_start_has_no_variance() {
        let found = spread(&logits(1, &[1.0, 0.0, 0.0, 1.0]), &logits(1, &[0.0, 2.0, 0.5, 1.0]));
        assert_eq!(found.variance, 0.0);
        assert!(found.dist > 0.0);
    }
}
