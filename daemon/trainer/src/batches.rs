//! The images on the device, and batches of them: the order of an epoch and its augmentation are functions of the seed
//! and the epoch alone, so that a resumed epoch goes on with the very images it would have seen.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tch::{Device, Kind, Tensor, no_grad};

use crate::data::Images;

/// A data set's images as bytes on the device.
#[derive(Debug)]
pub struct Batches {
    /// uint8 `[images, 3, height, width]`.
    pixels: Tensor,
    size: usize,
}

/// One epoch's order and, where it augments, its crops and flips.
#[derive(Debug)]
pub struct Epoch {
    /// int64 `[images]` on the device.
    order: Tensor,
    augmentation: Option<Augmentation>,
}

/// For the image at each position of the epoch: where its crop begins in the padded image, and whether it is mirrored.
#[derive(Debug)]
struct Augmentation {
    top: Tensor,
    left: Tensor,
    flip: Tensor,
}

const PADDING: i64 = 4;
const ORDER_STREAM: u64 = 1;
const AUGMENTATION_STREAM: u64 = 2;

impl Batches {
    /// Moves the images to the device; `size` images make a batch, the last of an epoch may be smaller.
    pub fn new(images: &Images, size: usize, device: Device) -> Self {
        let side = (images.pixels.len() / images.labels.len().max(1) / 3).isqrt() as i64;
        let pixels = Tensor::from_slice(&images.pixels).reshape([-1, 3, side, side]).to_device(device);
        Self { pixels, size }
    }

    /// Images in all.
    pub fn images(&self) -> usize {
        self.pixels.size()[0] as usize
    }

    /// Batches in an epoch.
    pub fn count(&self) -> usize {
        self.images().div_ceil(self.size)
    }

    /// The order of an epoch (from 1) under a seed.
    pub fn epoch(&self, seed: u64, epoch: u32, augment: Augment) -> Epoch {
        let device = self.pixels.device();
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(u64::from(epoch) << 8 | ORDER_STREAM);
        let mut order: Vec<i64> = (0..self.images() as i64).collect();
        order.shuffle(&mut random);
        let augmentation = (augment == Augment::CropAndFlip).then(|| {
            random.set_stream(u64::from(epoch) << 8 | AUGMENTATION_STREAM);
            let mut draw = |below: i64| {
                let values: Vec<i64> = order.iter().map(|_| random.random_range(0..below)).collect();
                Tensor::from_slice(&values).to_device(device)
            };
            Augmentation { top: draw(2 * PADDING + 1), left: draw(2 * PADDING + 1), flip: draw(2) }
        });
        Epoch { order: Tensor::from_slice(&order).to_device(device), augmentation }
    }

    /// The indices (int64 `[batch]`) and the images (float32 `[batch, 3, height, width]` in [-1, 1]) of one batch.
    pub fn batch(&self, epoch: &Epoch, number: usize) -> (Tensor, Tensor) {
        let start = (number * self.size) as i64;
        let length = (self.size as i64).min(self.images() as i64 - start);
        let indices = epoch.order.narrow(0, start, length);
        let pixels = self.pixels.index_select(0, &indices);
        let pixels = match &epoch.augmentation {
            None => pixels,
            Some(augmentation) => augmentation.apply(&pixels, start, length),
        };
        (indices, scale(&pixels))
    }

    /// The images from `start`, in their own order.
    pub fn in_order(&self, start: usize, length: usize) -> Tensor {
        let length = length.min(self.images() - start);
        scale(&self.pixels.narrow(0, start as i64, length as i64))
    }
}

/// Whether training images are moved and mirrored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Augment {
    /// As they are.
    No,
    /// Padded by 4 black pixels, cropped back at a random place, mirrored half of the time.
    CropAndFlip,
}

impl Augmentation {
    fn apply(&self, pixels: &Tensor, start: i64, length: i64) -> Tensor {
        let (height, width) = (pixels.size()[2], pixels.size()[3]);
        let options = (Kind::Int64, pixels.device());
        let padded = pixels.constant_pad_nd([PADDING, PADDING, PADDING, PADDING]);
        let column = |values: &Tensor| values.narrow(0, start, length).unsqueeze(1);
        let rows = column(&self.top) + Tensor::arange(height, options);
        let forward = Tensor::arange(width, options);
        let backward = (width - 1) - Tensor::arange(width, options);
        let columns = column(&self.left) + forward.where_self(&column(&self.flip).eq(0), &backward);
        let images = Tensor::arange(length, options).reshape([-1, 1, 1, 1]);
        let channels = Tensor::arange(3, options).reshape([1, -1, 1, 1]);
        let (rows, columns) = (rows.reshape([-1, 1, height, 1]), columns.reshape([-1, 1, 1, width]));
        padded.index(&[Some(images), Some(channels), Some(rows), Some(columns)])
    }
}

/// Bytes to [-1, 1].
fn scale(pixels: &Tensor) -> Tensor {
    no_grad(|| pixels.to_kind(Kind::Float) / 127.5 - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batches(images: usize, size: usize) -> Batches {
        let pixels: Vec<u8> = (0..images * 3 * 32 * 32).map(|at| (at * 31 % 251) as u8).collect();
        Batches::new(&Images { pixels, labels: vec![0; images] }, size, Device::Cpu)
    }

    fn indices(batches: &Batches, epoch: &Epoch) -> Vec<i64> {
        let all = (0..batches.count())
            .flat_map(|number| Vec::<i64>::try_from(&batches.batch(epoch, number).0).unwrap());
        all.collect()
    }

    #[test]
    fn an_epoch_shows_every_image_once_in_an_order_of_its_own() {
        let batches = batches(10, 4);
        assert_eq!(batches.count(), 3);
        let order = |seed, epoch| indices(&batches, &batches.epoch(seed, epoch, Augment::No));
        let mut sorted = order(1, 1);
        sorted.sort_unstable();
        assert_eq!(sorted, (0..10).collect::<Vec<i64>>());
        assert_eq!(order(1, 1), order(1, 1));
        assert_ne!(order(1, 1), order(1, 2));
        assert_ne!(order(1, 1), order(2, 1));
    }

    #[test]
    fn bytes_become_the_range_of_the_generator() {
        let batches = batches(2, 2);
        let images = batches.in_order(0, 2);
        let first = images.double_value(&[0, 0, 0, 0]);
        assert_eq!((first, images.size()), (-1.0, vec![2, 3, 32, 32]));
        assert!((images.double_value(&[0, 0, 0, 1]) - (31.0 / 127.5 - 1.0)).abs() < 1e-6);
    }

    #[test]
    fn augmentation_crops_pads_and_mirrors() {
        let batches = batches(1, 1);
        let image = |top: i64, left: i64, flip: i64| {
            let one = |value: i64| Tensor::from_slice(&[value]);
            let augmentation = Augmentation { top: one(top), left: one(left), flip: one(flip) };
            let epoch = Epoch { order: one(0), augmentation: Some(augmentation) };
            batches.batch(&epoch, 0).1
        };
        let plain = batches.in_order(0, 1);
        assert_eq!(image(4, 4, 0), plain);
        assert_eq!(image(4, 4, 1), plain.flip([3]));
        let moved = image(0, 4, 0);
        assert_eq!(moved.narrow(2, 4, 28), plain.narrow(2, 0, 28));
        assert_eq!(f64::try_from(moved.narrow(2, 0, 4).max()).unwrap(), -1.0);
    }
}
