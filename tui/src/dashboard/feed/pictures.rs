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
    Ok(reader.decode().map_err(|error| message(&error))?.into_rgb8())
}
