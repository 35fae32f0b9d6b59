//! A frame's SVG as a PNG picture, with the font carried in the binary: servers seldom have one installed.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

/// The name of the font.
const FONT: &str = "DejaVu Sans Mono";

/// Renders an SVG document as PNG bytes, `scale` pixels to each of its units.
///
/// # Errors
///
/// Where the SVG cannot be read, or the picture is empty or too large.
pub(super) fn png(svg: &str, scale: f32) -> anyhow::Result<Vec<u8>> {
    let options = Options { font_family: FONT.to_owned(), fontdb: fonts(), ..Options::default() };
    let tree = Tree::from_str(svg, &options)?;
    let (width, height) = ((tree.size().width() * scale).ceil(), (tree.size().height() * scale).ceil());
    let mut pixmap = Pixmap::new(width as u32, height as u32)
        .ok_or_else(|| anyhow::anyhow!("a picture of {width} x {height} pixels cannot be drawn"))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    Ok(pixmap.encode_png()?)
}

fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let load = || {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(dejavu::sans_mono::regular().to_vec());
        fonts.load_font_data(dejavu::sans_mono::bold().to_vec());
        fonts.set_monospace_family(FONT);
        Arc::new(fonts)
    };
    FONTS.get_or_init(load).clone()
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::super::svg::svg;
    use super::*;

    #[test]
    fn words_are_drawn_without_any_font_installed() {
        let light = |text: &str| {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 1));
            buffer.set_string(0, 0, text, Style::new());
            let bytes = png(&svg(&buffer), 1.0).unwrap();
            let image = image::load_from_memory(&bytes).unwrap().into_luma8();
            image.pixels().filter(|pixel| pixel.0[0] > 150).count()
        };
        assert_eq!(light(""), 0);
        assert!(light("epoch 12") > 50, "{} light pixels", light("epoch 12"));
    }
}
