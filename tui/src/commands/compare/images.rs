//! `--images`: what lies at a path, as images to compare on.

use std::path::Path;

use anyhow::Context as _;
use dissect_data::{SIDE, cifar10, pictures};
use dissect_onnx::dissect::{Images, TestImages, spread_out};

use crate::failure::Failure;

/// At most `limit` images, evenly spread over what is there; all for 0.
pub(super) fn read(path: &Path, limit: usize) -> Result<TestImages, Failure> {
    let name = path.display().to_string();
    if path.is_file() {
        return Ok(TestImages::read_npy(path, limit)?);
    }
    if !path.exists() {
        return Err(Failure::NotFound(anyhow::anyhow!("{name}: not found")));
    }
    let images = if cifar10::is_here(path) { cifar(path, limit)? } else { folder(path, limit)? };
    Ok(TestImages { name, images })
}

fn cifar(path: &Path, limit: usize) -> Result<Images, Failure> {
    let test = cifar10::test_images(path).context("CIFAR-10's test images cannot be read")?;
    let shape = [3, SIDE, SIDE];
    let size: usize = shape.iter().product();
    let image = |index: usize| test.pixels[index * size..(index + 1) * size].iter().copied();
    let values = spread_out(test.labels.len(), limit).flat_map(image).map(Images::from_byte).collect();
    Ok(Images { shape, values })
}

/// Pictures of one size; others are resized to that of the first.
fn folder(path: &Path, limit: usize) -> Result<Images, Failure> {
    let files = pictures::list(path).context("there are no images to compare on")?;
    let mut images: Option<Images> = None;
    for index in spread_out(files.len(), limit) {
        let picture = pictures::read(&files[index]).context("an image cannot be read")?;
        let shape = [3, picture.height, picture.width];
        let values = picture.pixels.into_iter().map(Images::from_byte).collect();
        let picture = Images { shape, values };
        match &mut images {
            None => images = Some(picture),
            Some(images) => images.values.extend(picture.in_shape(images.shape).values),
        }
    }
    Ok(images.expect("a list of files is not empty"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_place_is_read() {
        let home = tempfile::tempdir().unwrap();
        let at = |name: &str| home.path().join(name);
        let batches = at("cifar-10-batches-bin");
        std::fs::create_dir(&batches).unwrap();
        std::fs::write(batches.join("test_batch.bin"), [[3_u8; 3073], [5; 3073], [7; 3073]].concat())
            .unwrap();
        let cifar = read(home.path(), 2).unwrap().images;
        assert_eq!((cifar.shape, cifar.count()), ([3, 32, 32], 2));
        assert_eq!([cifar.get(0)[0], cifar.get(1)[0]], [3, 5].map(Images::from_byte));

        std::fs::create_dir_all(at("photos/cat")).unwrap();
        image::RgbImage::from_pixel(4, 6, image::Rgb([255, 0, 0])).save(at("photos/a.png")).unwrap();
        image::RgbImage::from_pixel(9, 9, image::Rgb([0, 0, 255])).save(at("photos/cat/b.png")).unwrap();
        let photos = read(&at("photos"), 0).unwrap().images;
        assert_eq!((photos.shape, photos.count()), ([3, 6, 4], 2));
        assert_eq!((photos.get(0)[0], photos.get(1)[0]), (1.0, -1.0));

        for (name, expected) in
            [("absent", "absent: not found"), ("text", "text: not a .npy file"), ("empty", "no data set")]
        {
            if name == "text" {
                std::fs::write(at(name), "text").unwrap();
            } else if name == "empty" {
                std::fs::create_dir(at(name)).unwrap();
            }
            let message = read(&at(name), 0).unwrap_err().message().unwrap();
            assert!(message.contains(expected), "{message}");
        }
    }
}
