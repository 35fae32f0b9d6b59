//! Images to ask the classifiers about beside the patterns, brought to the generator's form. Knows pixels; where they
//! were read is for the caller.

use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Luma};

use super::DissectError;
use super::generator::Images;
use crate::npy::Npy;

/// Images on which every model is compared as well. Their labels do not matter.
#[derive(Debug, Clone, PartialEq)]
pub struct TestImages {
    /// What reports and messages call them, such as the file they are from.
    pub name: String,
    /// All of one shape, values in [-1, 1].
    pub images: Images,
}

impl TestImages {
    /// Reads a .npy file `[images, channels, height, width]`: float32 in [-1, 1], or bytes. Takes `limit` of them,
    /// evenly spread, or all for 0.
    ///
    /// # Errors
    /// [`DissectError::Images`] names the file, what it holds and what is needed.
    pub fn read_npy(path: &std::path::Path, limit: usize) -> Result<Self, DissectError> {
        let name = path.display().to_string();
        let wrong = |found: String| DissectError::Images { images: name.clone(), found, expected: EXPECTED };
        let array = Npy::open(path).map_err(&wrong)?;
        let shape = match array.shape[..] {
            [count, channels @ (1 | 3), height, width] if ![count, height, width].contains(&0) => {
                [channels, height, width]
            }
            _ => return Err(wrong(format!("{} {:?}", array.data_type, array.shape))),
        };
        if !array.c_order {
            return Err(wrong("an array in Fortran order".into()));
        }
        let values = match array.data_type.as_str() {
            "<f4" => array.floats().map_err(&wrong)?,
            "|u1" => array.bytes().map_err(&wrong)?.into_iter().map(Images::from_byte).collect(),
            other => return Err(wrong(format!("elements of type {other}"))),
        };
        if let Some(value) = values.iter().find(|value| !(-1.001..=1.001).contains(*value)) {
            return Err(wrong(format!("a value of {value}")));
        }
        let size: usize = shape.iter().product();
        let picked = spread_out(values.len() / size, limit);
        let values =
            picked.flat_map(|index| values[index * size..(index + 1) * size].iter().copied()).collect();
        Ok(Self { name, images: Images { shape, values } })
    }

    /// The images in the generator's shape, and what had to be done to them.
    pub(super) fn fitted(&self, shape: [usize; 3]) -> Result<(Images, Option<String>), DissectError> {
        let wrong =
            |found: String| DissectError::Images { images: self.name.clone(), found, expected: EXPECTED };
        let from = self.images.shape;
        let size: usize = from.iter().product();
        if size == 0 || self.images.values.is_empty() || !self.images.values.len().is_multiple_of(size) {
            return Err(wrong("no image".into()));
        }
        if !self.images.values.iter().all(|value| value.is_finite()) {
            return Err(wrong("values that are not finite".into()));
        }
        if from == shape {
            return Ok((self.images.clone(), None));
        }
        let note = format!("{}: images of {from:?} brought to the generator's {shape:?}", self.name);
        Ok((self.images.in_shape(shape), Some(note)))
    }
}

const EXPECTED: &str =
    "images [n, 3, h, w] (.npy, C order), float32 in [-1, 1] or uint8, or a folder of pictures";

impl Images {
    /// A byte as a value in [-1, 1].
    pub fn from_byte(byte: u8) -> f32 {
        f32::from(byte) / 127.5 - 1.0
    }

    /// The images in another shape: resized linearly, colours to their luminance or grey to colours.
    #[must_use]
    pub fn in_shape(&self, shape: [usize; 3]) -> Self {
        let from = self.shape;
        if from == shape {
            return self.clone();
        }
        let one = |image: &[f32]| -> Vec<f32> {
            let planes = image.chunks_exact(from[1] * from[2]);
            let planes = planes.map(|plane| resized(plane, [from[1], from[2]], [shape[1], shape[2]]));
            channels(planes.collect(), shape[0])
        };
        let values = (0..self.count()).flat_map(|index| one(self.get(index))).collect();
        Self { shape, values }
    }
}

/// `limit` of `count` places, evenly spread; all of them where the limit is 0.
pub fn spread_out(count: usize, limit: usize) -> impl Iterator<Item = usize> {
    let taken = if limit == 0 { count } else { limit.min(count) };
    (0..taken).map(move |index| index * count / taken)
}

/// One channel in another size: linear, over the area of each new pixel where it shrinks.
fn resized(plane: &[f32], [height, width]: [usize; 2], [rows, columns]: [usize; 2]) -> Vec<f32> {
    if (height, width) == (rows, columns) {
        return plane.to_vec();
    }
    // The image library keeps floats between 0 and 1.
    let unit = plane.iter().map(|value| (value + 1.0) / 2.0).collect();
    let image: ImageBuffer<Luma<f32>, Vec<f32>> =
        ImageBuffer::from_raw(width as u32, height as u32, unit).expect("as many values as pixels");
    let image = resize(&image, columns as u32, rows as u32, FilterType::Triangle);
    image.into_raw().into_iter().map(|value| value * 2.0 - 1.0).collect()
}

fn channels(planes: Vec<Vec<f32>>, wanted: usize) -> Vec<f32> {
    match (&planes[..], wanted) {
        ([grey], 3) => grey.repeat(3),
        ([r, g, b], 1) => {
            let luminance = |((r, g), b): ((&f32, &f32), &f32)| 0.299 * r + 0.587 * g + 0.114 * b;
            r.iter().zip(g).zip(b).map(luminance).collect()
        }
        _ => planes.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_take_the_generators_shape() {
        let images = |shape, values: &[f32]| TestImages {
            name: "test".into(),
            images: Images { shape, values: values.to_vec() },
        };
        let fitted = |images: &TestImages, shape| images.fitted(shape).unwrap().0.values;
        let colour = images([3, 1, 1], &[1.0, -1.0, 0.0]);
        assert_eq!(fitted(&colour, [3, 1, 1]), [1.0, -1.0, 0.0]);
        assert!((fitted(&colour, [1, 1, 1])[0] - (0.299 - 0.587)).abs() < 1e-6);
        assert_eq!(fitted(&images([1, 1, 1], &[0.5]), [3, 1, 1]), [0.5; 3]);
        let wide = fitted(&images([1, 2, 2], &[-1.0, 1.0, -1.0, 1.0]), [1, 1, 1]);
        assert!(wide[0].abs() < 1e-6, "{wide:?}");
        let uniform = fitted(&images([3, 4, 4], &[0.25; 48]), [3, 8, 8]);
        assert!(uniform.iter().all(|value| (value - 0.25).abs() < 1e-6) && uniform.len() == 192);
        assert!(images([3, 1, 1], &[]).fitted([3, 1, 1]).is_err());
        assert!(images([1, 1, 1], &[f32::NAN]).fitted([3, 1, 1]).is_err());
    }

    #[test]
    fn a_limit_takes_images_from_everywhere() {
        for (count, limit, expected) in
            [(10, 0, (0..10).collect::<Vec<_>>()), (10, 3, vec![0, 3, 6]), (2, 5, vec![0, 1]), (0, 3, vec![])]
        {
            assert_eq!(spread_out(count, limit).collect::<Vec<_>>(), expected);
        }
    }
}
