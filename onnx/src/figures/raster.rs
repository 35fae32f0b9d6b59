//! From SVG to pixels, with the font carried in the binary: servers seldom have one installed.

use std::sync::{Arc, OnceLock};

use image::RgbaImage;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};
use thiserror::Error;

/// Why a picture could not be made.
#[derive(Debug, Error)]
pub enum FigureError {
    /// The SVG could not be read.
    #[error("the figure's SVG cannot be read: {0}")]
    Svg(#[from] resvg::usvg::Error),
    /// The picture is empty or larger than 64 million pixels.
    #[error("a figure of {width} x {height} pixels cannot be drawn; expected 1 to 64 million pixels")]
    Size {
        /// Width in pixels.
        width: f32,
        /// Height in pixels.
        height: f32,
    },
    /// An image does not have the shape that the sheet was promised.
    #[error("image {column} of row {row:?} has {found} values, expected {expected} (3 x height x width)")]
    Image {
        /// The row's label.
        row: String,
        /// The image's place in its row.
        column: usize,
        /// Values found.
        found: usize,
        /// Values expected.
        expected: usize,
    },
    /// The PNG could not be encoded.
    #[error("the figure's PNG cannot be written: {0}")]
    Png(#[from] image::ImageError),
}

const LARGEST: f32 = 64e6;

/// Renders an SVG document as PNG bytes, `scale` pixels to each of its units.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, FigureError> {
    encode(&render(svg, scale)?)
}

/// Renders an SVG document as opaque pixels.
pub(super) fn render(svg: &str, scale: f32) -> Result<RgbaImage, FigureError> {
    let options = Options { font_family: "DejaVu Sans".to_owned(), fontdb: fonts(), ..Options::default() };
    let tree = Tree::from_str(svg, &options)?;
    let (width, height) = ((tree.size().width() * scale).ceil(), (tree.size().height() * scale).ceil());
    let mut pixmap = (width * height <= LARGEST)
        .then(|| Pixmap::new(width as u32, height as u32))
        .flatten()
        .ok_or(FigureError::Size { width, height })?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    // The sheet is opaque, so premultiplied pixels are the pixels themselves.
    let image = RgbaImage::from_raw(pixmap.width(), pixmap.height(), pixmap.take());
    Ok(image.expect("a pixmap holds four bytes a pixel"))
}

pub(super) fn encode(image: &RgbaImage) -> Result<Vec<u8>, FigureError> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::DynamicImage::ImageRgba8(image.clone()).to_rgb8().write_to(&mut bytes, image::ImageFormat::Png)?;
    Ok(bytes.into_inner())
}

fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    FONTS
        .get_or_init(|| {
            let mut fonts = fontdb::Database::new();
            fonts.load_font_data(dejavu::sans::regular().to_vec());
            fonts.set_sans_serif_family("DejaVu Sans");
            Arc::new(fonts)
        })
        .clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_drawn_without_any_font_installed() {
        let canvas = |text: &str| {
            super::super::canvas::Canvas::new(80.0, 20.0)
                .text((4.0, 15.0), 12.0, super::super::canvas::Anchor::Start, text)
                .into_svg()
        };
        let dark = |svg: &str| render(svg, 1.0).unwrap().pixels().filter(|pixel| pixel.0[0] < 128).count();
        assert_eq!(dark(&canvas("")), 0);
        assert!(dark(&canvas("VGG11")) > 50, "{} dark pixels", dark(&canvas("VGG11")));
    }

    #[test]
    fn what_cannot_be_drawn_is_an_error() {
        assert!(matches!(png("<svg", 1.0), Err(FigureError::Svg(_))));
        let huge = super::super::canvas::Canvas::new(1e5, 1e5).into_svg();
        assert!(matches!(png(&huge, 1.0), Err(FigureError::Size { .. })));
    }
}
