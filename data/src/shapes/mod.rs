//! The built-in data set: ten kinds of shapes, drawn. Position, size, angle, colours, texture, distractors and noise all
//! vary; a class leans to a colour, but only its outline is sure. Image n is a function of n alone: no clock, no file, no libm.

mod outline;
mod paint;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::{Dataset, IMAGE, Images};
use outline::Outline;

/// Training images where no limit is given.
const TRAIN: usize = 10_000;
/// Training images for each test image.
const TRAIN_PER_TEST: usize = 5;
/// Seed of every image. Another value is another data set.
const SEED: u64 = 0x7368_6170_6573;

#[derive(Debug, Clone, Copy)]
enum Split {
    Train = 1,
    Test = 2,
}

/// The first `limit` training images (0 for 10,000) and a fifth as many test images, at least one.
pub fn dataset(limit: usize) -> Dataset {
    let train = if limit == 0 { TRAIN } else { limit };
    Dataset {
        name: "shapes".to_owned(),
        classes: Outline::ALL.iter().map(|outline| outline.name().to_owned()).collect(),
        train: images(Split::Train, train),
        test: images(Split::Test, (train / TRAIN_PER_TEST).max(1)),
    }
}

/// Images of the classes in turn, so that each is shown equally often.
fn images(split: Split, count: usize) -> Images {
    let mut images = Images { pixels: vec![0; count * IMAGE], labels: Vec::with_capacity(count) };
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    for (number, pixels) in images.pixels.chunks_exact_mut(IMAGE).enumerate() {
        let class = number % Outline::ALL.len();
        random.set_stream((split as u64) << 56 | number as u64);
        random.set_word_pos(0);
        paint::draw(Outline::ALL[class], &mut random, pixels);
        images.labels.push(class as u8);
    }
    images
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_always_the_same() {
        let some = dataset(50);
        let more = dataset(60);
        assert_eq!(some.train.pixels, more.train.pixels[..50 * IMAGE]);
        assert_eq!(some.train.labels, more.train.labels[..50]);
        assert_eq!((some.test.labels.len(), more.test.labels.len()), (10, 12));
        assert_ne!(some.train.pixels[..IMAGE], some.test.pixels[..IMAGE]);
        // FNV-1a over all bytes. It changes only where the data set changes, which makes every older run another run.
        let hash = some
            .train
            .pixels
            .iter()
            .chain(&some.test.pixels)
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
            });
        assert_eq!(hash, 0xee37_b9fc_49c6_2b7b, "{hash:#x}");
    }

    #[test]
    fn classes_are_balanced_and_images_varied() {
        let set = dataset(100);
        for class in 0..10_u8 {
            assert_eq!(set.train.labels.iter().filter(|&&label| label == class).count(), 10);
        }
        for image in set.train.pixels.chunks_exact(IMAGE) {
            let mean = image.iter().map(|&byte| f64::from(byte)).sum::<f64>() / IMAGE as f64;
            let variance =
                image.iter().map(|&byte| (f64::from(byte) - mean).powi(2)).sum::<f64>() / IMAGE as f64;
            assert!(variance.sqrt() > 8.0, "an image that shows nothing: deviation {}", variance.sqrt());
        }
        let mut distinct: Vec<&[u8]> = set.train.pixels.chunks_exact(IMAGE).collect();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 100);
    }
}
