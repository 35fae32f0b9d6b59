//! A sheet of images in labelled rows, as in figure 3 of the paper: G(z) in the first row, then what maximises a
//! class in each; a column for each start.

use image::{Rgba, RgbaImage, imageops};

use super::canvas::{Anchor, Canvas, text_width};
use super::raster::{FigureError, encode, render};

/// One row of images.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// What stands at the left of the row.
    pub label: String,
    /// Images as [3, height, width] values in [-1, 1]; what lies outside is clipped, NaN is drawn black.
    pub images: Vec<&'a [f32]>,
}

/// The sheet.
#[derive(Debug, Clone)]
pub struct Sheet<'a> {
    /// Height of every image in pixels.
    pub height: usize,
    /// Width of every image in pixels.
    pub width: usize,
    /// Rows from the top.
    pub rows: Vec<Row<'a>>,
    /// Each pixel becomes a square of this many.
    pub scale: usize,
}

const GAP: usize = 2;
const LABEL_SIZE: f64 = 13.0;

impl Sheet<'_> {
    /// The sheet as PNG bytes.
    pub fn to_png(&self) -> Result<Vec<u8>, FigureError> {
        let scale = self.scale.max(1);
        let (tile_width, tile_height) = (self.width * scale + GAP, self.height * scale + GAP);
        let columns = self.rows.iter().map(|row| row.images.len()).max().unwrap_or(0);
        let margin = self.rows.iter().map(|row| text_width(&row.label, LABEL_SIZE)).fold(0.0, f64::max);
        let left = if margin > 0.0 { margin.ceil() as usize + 14 } else { GAP };

        let width = left + columns * tile_width + GAP;
        let height = self.rows.len() * tile_height + GAP;
        let mut labels = Canvas::new(width.max(1) as f64, height.max(1) as f64);
        for (index, row) in self.rows.iter().enumerate() {
            let middle = (GAP + index * tile_height + tile_height / 2) as f64;
            let at = (left as f64 - 8.0, middle + LABEL_SIZE * 0.35);
            labels = labels.text(at, LABEL_SIZE, Anchor::End, &row.label);
        }
        let mut sheet = render(&labels.into_svg(), 1.0)?;
        for (index, row) in self.rows.iter().enumerate() {
            for (column, values) in row.images.iter().enumerate() {
                let tile = self.tile(row, column, values, scale)?;
                let (x, y) = (left + column * tile_width, GAP + index * tile_height);
                imageops::replace(&mut sheet, &tile, x as i64, y as i64);
            }
        }
        encode(&sheet)
    }

    fn tile(&self, row: &Row, column: usize, values: &[f32], scale: usize) -> Result<RgbaImage, FigureError> {
        let plane = self.height * self.width;
        if values.len() != 3 * plane {
            let (found, expected) = (values.len(), 3 * plane);
            return Err(FigureError::Image { row: row.label.clone(), column, found, expected });
        }
        let byte = |value: f32| ((value + 1.0) * 127.5).round() as u8;
        Ok(RgbaImage::from_fn((self.width * scale) as u32, (self.height * scale) as u32, |x, y| {
            let pixel = y as usize / scale * self.width + x as usize / scale;
            Rgba([byte(values[pixel]), byte(values[plane + pixel]), byte(values[2 * plane + pixel]), 255])
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_stand_where_row_and_column_say() {
        let (red, blue) = ([1.0, -1.0, -1.0], [-1.0, -1.0, 2.0]);
        let row = |label: &str, images| Row { label: label.to_owned(), images };
        let sheet = Sheet {
            height: 1,
            width: 1,
            scale: 8,
            rows: vec![row("G(z)", vec![&red[..], &blue[..]]), row("disc", vec![&blue[..]])],
        };
        let picture = image::load_from_memory(&sheet.to_png().unwrap()).unwrap().to_rgb8();
        let left = picture.width() - 2 * 10 - 2;
        let pixel = |x: u32, y: u32| picture.get_pixel(left + x, y).0;
        assert_eq!(pixel(4, 6), [255, 0, 0]);
        assert_eq!(pixel(14, 6), [0, 0, 255]);
        assert_eq!(pixel(4, 16), [0, 0, 255]);
        assert_eq!(pixel(14, 16), [255, 255, 255]);
        let dark = picture.pixels().filter(|pixel| pixel.0 == [34, 34, 34]).count();
        assert!(dark > 10, "the labels are missing: {dark} pixels of ink");
    }

    #[test]
    fn an_image_of_the_wrong_size_is_named() {
        let values = [0.0; 5];
        let row = Row { label: "disc".to_owned(), images: vec![&values[..]] };
        let error = Sheet { height: 2, width: 2, rows: vec![row], scale: 1 }.to_png().unwrap_err();
        assert_eq!(
            error.to_string(),
            "image 0 of row \"disc\" has 5 values, expected 12 (3 x height x width)"
        );
    }
}
