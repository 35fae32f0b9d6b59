//! Reads pictures off the drawing path. What is not a picture, or far too large, is a message.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Receiver;

use image::{ImageFormat, ImageReader, Limits, RgbImage};

use super::spawn::{Events, spawn};
use crate::dashboard::state::Event;

/// Pixels across or down that a picture may have.
const LARGEST: u32 = 16_384;

/// Reads what is asked for, until nobody asks any more.
pub(super) fn read_on_demand(wanted: Receiver<PathBuf>, events: &Events) {
    spawn("picture", events, move |events| {
        for path in wanted {
            let image = read(&path).map(Arc::new);
            if events.send(Event::Loaded { path, image }).is_err() {
                return;
            }
        }
    });
}

/// The pixels of a PNG file.
pub(super) fn read(path: &Path) -> Result<RgbImage, String> {
    let message = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let file = File::open(path).map_err(|error| message(&error))?;
    let mut reader = ImageReader::with_format(BufReader::new(file), ImageFormat::Png);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(LARGEST), Some(LARGEST));
    reader.limits(limits);
    let image = reader.decode().map_err(|error| message(&error))?.into_rgb8();
    let is_sheet = path.file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with("patterns"));
    Ok(if is_sheet { without_labels(&image) } else { image })
}

/// A sheet of patterns without the names at its left: in a terminal's few pixels nobody can read them, and the
/// screen writes them as text. The margin is white but for a name's narrow line in each row, a tile is not.
fn without_labels(sheet: &RgbImage) -> RgbImage {
    let white = |x: u32| (0..sheet.height()).filter(|y| sheet.get_pixel(x, *y).0 == [255; 3]).count();
    let most = sheet.height() as usize * 6 / 10;
    let left = (0..sheet.width()).find(|x| white(*x) < most).unwrap_or(0);
    image::imageops::crop_imm(sheet, left, 0, sheet.width() - left, sheet.height()).to_image()
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;

    #[test]
    fn names_beside_a_sheet_are_cut_off() {
        // Two tiles of 8 pixels below each other, after a margin of 20 with a line of ink beside each.
        let sheet = RgbImage::from_fn(30, 22, |x, y| match (x, y) {
            (5..15, 6 | 16) => Rgb([34; 3]),
            (20..28, 2..10 | 12..20) => Rgb([200, 0, 0]),
            _ => Rgb([255; 3]),
        });
        assert_eq!(without_labels(&sheet).dimensions(), (10, 22));
        let plain = RgbImage::from_pixel(4, 4, Rgb([255; 3]));
        assert_eq!(without_labels(&plain).dimensions(), (4, 4));
    }
}
