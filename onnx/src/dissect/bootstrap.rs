//! Bootstrap intervals (Efron 1979): how far a mean over starts or images could be from where it is, had others been
//! drawn. Pure numbers.

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use rand_distr::{Distribution, Uniform};
use serde::{Deserialize, Serialize};

/// How intervals are made. The same seed gives the same resamples, which all statistics share.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Bootstrap {
    /// Resamples drawn with replacement, each as large as the sample.
    pub resamples: usize,
    /// Of the draws.
    pub seed: u64,
    /// Part of the resampled means between the interval's ends, such as 0.95.
    pub level: f64,
}

/// Resamples of a sample of some size.
pub(super) struct Resamples {
    count: usize,
    level: f64,
    /// `resamples * count` places in the sample.
    places: Vec<u32>,
}

impl Bootstrap {
    /// Draws the resamples of a sample of `count`.
    pub(super) fn of(&self, count: usize) -> Resamples {
        let mut random = ChaCha20Rng::seed_from_u64(self.seed);
        let places = match Uniform::new(0, count as u32) {
            Ok(uniform) if count > 1 => {
                (0..self.resamples * count).map(|_| uniform.sample(&mut random)).collect()
            }
            _ => Vec::new(),
        };
        Resamples { count, level: self.level, places }
    }
}

impl Resamples {
    /// The percentile interval of the mean; none for fewer than two values or resamples, which say nothing of it.
    ///
    /// # Panics
    /// Where there are not as many values as the resamples were drawn for.
    pub(super) fn interval(&self, values: &[f64]) -> Option<[f64; 2]> {
        assert_eq!(values.len(), self.count, "values that the resamples were drawn for");
        if self.places.len() < 2 * self.count || self.count < 2 {
            return None;
        }
        let mean = |places: &[u32]| {
            places.iter().map(|place| values[*place as usize]).sum::<f64>() / places.len() as f64
        };
        let mut means: Vec<f64> = self.places.chunks_exact(self.count).map(mean).collect();
        means.sort_by(f64::total_cmp);
        let tail = (1.0 - self.level) / 2.0;
        Some([quantile(&means, tail), quantile(&means, 1.0 - tail)])
    }
}

/// Linear between the two nearest ranks, as NumPy's default.
fn quantile(sorted: &[f64], part: f64) -> f64 {
    let rank = part * (sorted.len() - 1) as f64;
    let (low, high) = (rank.floor() as usize, rank.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * (rank - low as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOOTSTRAP: Bootstrap = Bootstrap { resamples: 4000, seed: 1, level: 0.95 };

    #[test]
    fn quantiles_are_numpys() {
        let values = [1.0, 2.0, 4.0, 8.0];
        for (part, expected) in [(0.0, 1.0), (0.5, 3.0), (0.1, 1.3), (1.0, 8.0)] {
            assert!((quantile(&values, part) - expected).abs() < 1e-12, "{part}");
        }
    }

    #[test]
    fn the_interval_is_as_wide_as_theory_says() {
        // Evenly spread over [0, 1]: variance 1/12, so the mean of 100 has a standard error of 0.0289.
        let values: Vec<f64> = (0..100).map(|i| (f64::from(i) + 0.5) / 100.0).collect();
        let [low, high] = BOOTSTRAP.of(100).interval(&values).unwrap();
        let half = 1.96 * (1.0_f64 / 12.0).sqrt() / 10.0;
        assert!((low - (0.5 - half)).abs() < 0.004 && (high - (0.5 + half)).abs() < 0.004, "{low} {high}");
        assert_eq!(BOOTSTRAP.of(100).interval(&values), Some([low, high]));
    }

    #[test]
    fn what_does_not_vary_has_no_width_and_one_value_no_interval() {
        assert_eq!(BOOTSTRAP.of(3).interval(&[2.0; 3]), Some([2.0, 2.0]));
        assert_eq!(BOOTSTRAP.of(1).interval(&[2.0]), None);
        assert_eq!(BOOTSTRAP.of(0).interval(&[]), None);
        let none = Bootstrap { resamples: 0, ..BOOTSTRAP };
        assert_eq!(none.of(5).interval(&[1.0; 5]), None);
    }
}
