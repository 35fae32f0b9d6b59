//! Label noise: some labels replaced, once and for all, by uniformly random ones (Zhang et al. 2017).

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The labels a network is trained on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relabelled {
    /// In the order of the images.
    pub labels: Vec<u8>,
    /// Which were drawn anew; a draw may give the true label again.
    pub replaced: Vec<bool>,
}

/// Replaces each label with probability `noise` by a uniform draw over all `classes`. A function of its arguments; the
/// label of an image depends on neither how many follow it nor on `noise` beyond whether it is replaced, so that a
/// higher noise level replaces the same labels by the same ones, and more.
pub fn relabel(labels: &[u8], classes: usize, noise: f64, seed: u64) -> Relabelled {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let draws = labels.iter().map(|&label| {
        let replaced = random.random::<f64>() < noise;
        let drawn = random.random_range(0..classes as u32) as u8;
        (if replaced { drawn } else { label }, replaced)
    });
    let (labels, replaced) = draws.unzip();
    Relabelled { labels, replaced }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn truth() -> Vec<u8> {
        (0..20_000).map(|at| (at % 10) as u8).collect()
    }

    #[test]
    fn as_many_labels_are_replaced_as_asked_for() {
        for noise in [0.0, 0.2, 0.5, 1.0] {
            let drawn = relabel(&truth(), 10, noise, 7);
            let share = drawn.replaced.iter().filter(|&&replaced| replaced).count() as f64 / 20_000.0;
            // Five standard deviations of a binomial share.
            let tolerance = 5.0 * (noise * (1.0 - noise) / 20_000.0_f64).sqrt();
            assert!((share - noise).abs() <= tolerance, "{noise}: {share}");
            for ((given, real), replaced) in drawn.labels.iter().zip(truth()).zip(&drawn.replaced) {
                assert!(*replaced || *given == real);
            }
        }
    }

    #[test]
    fn replaced_labels_are_uniform_and_say_nothing_of_the_true_ones() {
        let drawn = relabel(&truth(), 10, 1.0, 7);
        let mut table = [[0_u32; 10]; 10];
        for (real, given) in truth().iter().zip(&drawn.labels) {
            table[usize::from(*real)][usize::from(*given)] += 1;
        }
        // 100 cells of 200 expected: chi-squared with 90 degrees of freedom stays below 150 but once in 10,000 seeds.
        let chi: f64 = table.iter().flatten().map(|&n| (f64::from(n) - 200.0).powi(2) / 200.0).sum();
        assert!((40.0..150.0).contains(&chi), "{chi}");
    }

    #[test]
    fn labels_are_a_function_of_the_seed_and_nest_in_noise_and_length() {
        let drawn = |noise, seed| relabel(&truth(), 10, noise, seed);
        assert_eq!(drawn(0.5, 1), drawn(0.5, 1));
        assert_ne!(drawn(0.5, 1).labels, drawn(0.5, 2).labels);
        let (low, high) = (drawn(0.3, 1), drawn(0.6, 1));
        for at in 0..truth().len() {
            assert!(!low.replaced[at] || (high.replaced[at] && high.labels[at] == low.labels[at]));
        }
        let first = relabel(&truth()[..100], 10, 0.6, 1);
        assert_eq!((&first.labels[..], &first.replaced[..]), (&high.labels[..100], &high.replaced[..100]));
    }
}
