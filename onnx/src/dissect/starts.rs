//! Where the ascents begin: normal numbers from a seed, or a file.

use std::path::Path;

use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use rand_distr::{Distribution, StandardNormal};

use super::DissectError;
use crate::npy::Npy;

/// Latent vectors, `[classes, starts, latent]` row-major. A file may give every class starts of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Latents {
    /// Output classes of f1.
    pub classes: usize,
    /// Starts of each class.
    pub starts: usize,
    /// Length of one vector.
    pub latent: usize,
    /// `classes * starts * latent` numbers.
    pub values: Vec<f32>,
}

impl Latents {
    /// Normal numbers. A start is one vector for all classes, as in figure 3, where a column is a start and a row a
    /// class; more starts keep the first ones.
    pub fn normal(seed: u64, classes: usize, starts: usize, latent: usize) -> Self {
        let mut random = ChaCha20Rng::seed_from_u64(seed);
        let numbers = (0..starts * latent).map(|_| StandardNormal.sample(&mut random));
        let values = numbers.collect::<Vec<f32>>().repeat(classes);
        Self { classes, starts, latent, values }
    }

    /// Reads a float32 file `[classes, starts, latent]`.
    ///
    /// # Errors
    /// [`DissectError::Latents`] names the file, what it holds and what is needed.
    pub fn read(path: &Path, classes: usize, latent: usize) -> Result<Self, DissectError> {
        let expected = format!("float32 [{classes}, starts, {latent}] (.npy, C order), classes first");
        let wrong = |found: String| DissectError::Latents {
            file: path.display().to_string(),
            found,
            expected: expected.clone(),
        };
        let array = Npy::open(path).map_err(&wrong)?;
        let fits = matches!(array.shape[..], [c, s, l] if c == classes && s > 0 && l == latent);
        if !fits || array.data_type != "<f4" || !array.c_order {
            let order = if array.c_order { "" } else { " in Fortran order" };
            return Err(wrong(format!("{} {:?}{order}", name(&array.data_type), array.shape)));
        }
        let starts = array.shape[1];
        let values = array.floats().map_err(&wrong)?;
        if let Some(at) = values.iter().position(|value| !value.is_finite()) {
            return Err(wrong(format!("{} at position {at}", values[at])));
        }
        Ok(Self { classes, starts, latent, values })
    }

    /// Vectors of all classes together.
    pub fn count(&self) -> usize {
        self.classes * self.starts
    }

    /// Whether every class has the same vectors.
    pub fn shared(&self) -> bool {
        let of_class = self.starts * self.latent;
        self.values.chunks_exact(of_class).all(|class| class == &self.values[..of_class])
    }
}

fn name(data_type: &str) -> &str {
    match data_type {
        "<f4" => "float32",
        "<f8" => "float64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_starts_keep_the_first() {
        let few = Latents::normal(3, 2, 2, 5);
        let many = Latents::normal(3, 2, 4, 5);
        assert_eq!(few.values[..10], many.values[..10]);
        assert_eq!(few.values[10..], many.values[20..30]);
        assert!(few.shared() && many.shared());
        assert_ne!(few.values, Latents::normal(4, 2, 2, 5).values);
    }

    #[test]
    fn starts_are_standard_normal() {
        let values = Latents::normal(0, 1, 2000, 10).values;
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / values.len() as f32;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
    }
}
