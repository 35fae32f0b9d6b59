//! Pictures in the terminal: which protocol it speaks, and pictures encoded for it.
//!
//! It knows no screens and no runs. Half blocks, which every terminal shows, are the fallback.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use image::{DynamicImage, RgbImage};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;
use ratatui_image::picker::{Picker, ProtocolType};
use ratatui_image::protocol::Protocol;
use ratatui_image::{FilterType, Image, Resize};

use super::config::Images;
use super::inquiry::Answer;

/// Encoded pictures kept before the cache starts over; a screen shows one or two.
const KEPT: usize = 24;

/// Draws pictures the way this terminal can show them.
pub struct Graphics {
    /// Nothing where pictures are turned off.
    picker: Option<Picker>,
    /// Encodings by picture and size. Only a memory of what the same call gave before.
    encoded: RefCell<Encoded>,
}

/// Encoded pictures by their address and their size in cells. The picture is kept as well, so that its address names
/// it as long as the entry lives.
type Encoded = HashMap<(usize, u16, u16), (Arc<RgbImage>, Protocol)>;

impl Graphics {
    /// Half blocks: what works everywhere, and in tests.
    pub fn half_blocks() -> Self {
        Self::with(Some(Picker::halfblocks()))
    }

    /// No pictures at all: a terminal without colours.
    pub fn none() -> Self {
        Self::with(None)
    }

    fn with(picker: Option<Picker>) -> Self {
        Self { picker, encoded: RefCell::default() }
    }

    /// What somebody chose, else the best that the terminal said it can show.
    pub(crate) fn of(images: Images, answer: &Answer) -> Self {
        let forced = match images {
            Images::None => return Self::none(),
            Images::Blocks => return Self::half_blocks(),
            Images::Kitty => Some(ProtocolType::Kitty),
            Images::Sixel => Some(ProtocolType::Sixel),
            Images::Iterm2 => Some(ProtocolType::Iterm2),
            Images::Auto => None,
        };
        let protocol = forced.or(answer.protocol).or_else(iterm2_by_name);
        let picker = match (protocol, answer.cell) {
            (Some(protocol), cell) if protocol != ProtocolType::Halfblocks => {
                #[expect(
                    deprecated,
                    reason = "the other constructor asks by itself, and eats keys where none answers"
                )]
                let mut picker = Picker::from_fontsize(cell.unwrap_or((10, 20)));
                picker.set_protocol_type(protocol);
                picker
            }
            _ => Picker::halfblocks(),
        };
        Self::with(Some(picker))
    }

    /// Whether pictures are shown at all.
    pub fn shows(&self) -> bool {
        self.picker.is_some()
    }

    /// What is spoken to the terminal: `kitty`, `sixel`, `iterm2`, `half blocks` or `none`.
    pub fn name(&self) -> &'static str {
        match self.picker.as_ref().map(Picker::protocol_type) {
            Some(ProtocolType::Kitty) => "kitty",
            Some(ProtocolType::Sixel) => "sixel",
            Some(ProtocolType::Iterm2) => "iterm2",
            Some(ProtocolType::Halfblocks) => "half blocks",
            None => "none",
        }
    }

    /// The cells a picture takes inside `area` when scaled to fit and keep its shape.
    pub fn fitted(&self, image: &RgbImage, area: Rect) -> Rect {
        let (cell_width, cell_height) = self.picker.as_ref().map_or((10, 20), Picker::font_size);
        if image.width() == 0 || image.height() == 0 || area.is_empty() {
            return Rect { width: 0, height: 0, ..area };
        }
        let pixels =
            (f64::from(area.width) * f64::from(cell_width), f64::from(area.height) * f64::from(cell_height));
        let scale = (pixels.0 / f64::from(image.width())).min(pixels.1 / f64::from(image.height()));
        let cells = |pixels: u32, cell: u16, most: u16| {
            ((f64::from(pixels) * scale / f64::from(cell)).round() as u16).clamp(1, most)
        };
        Rect {
            width: cells(image.width(), cell_width, area.width),
            height: cells(image.height(), cell_height, area.height),
            ..area
        }
    }

    /// Draws a picture into `area`, scaled to fit.
    pub fn draw(&self, image: &Arc<RgbImage>, area: Rect, buffer: &mut Buffer) {
        let area = self.fitted(image, area.intersection(buffer.area));
        let Some(picker) = self.picker.as_ref().filter(|_| !area.is_empty()) else { return };
        let key = (Arc::as_ptr(image) as usize, area.width, area.height);
        let mut encoded = self.encoded.borrow_mut();
        if !encoded.contains_key(&key) {
            // Few large pixels must stay sharp, many small ones must not flicker.
            let filter = if image.width() < 64 { FilterType::Nearest } else { FilterType::Triangle };
            let size = Rect::new(0, 0, area.width, area.height);
            let source = DynamicImage::ImageRgb8(RgbImage::clone(image));
            match picker.new_protocol(source, size, Resize::Scale(Some(filter))) {
                Ok(protocol) => {
                    if encoded.len() >= KEPT {
                        encoded.clear();
                    }
                    encoded.insert(key, (Arc::clone(image), protocol));
                }
                Err(error) => {
                    tracing::warn!(%error, "picture not encoded");
                    return;
                }
            }
        }
        if let Some((_, protocol)) = encoded.get(&key) {
            Image::new(protocol).render(area, buffer);
        }
    }
}

fn iterm2_by_name() -> Option<ProtocolType> {
    let name = std::env::var("TERM_PROGRAM").or_else(|_| std::env::var("LC_TERMINAL")).unwrap_or_default();
    ["iTerm", "WezTerm", "mintty", "vscode", "Tabby", "rio"]
        .iter()
        .any(|known| name.contains(known))
        .then_some(ProtocolType::Iterm2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_keep_their_shape() {
        let graphics = Graphics::half_blocks();
        let area = Rect::new(3, 1, 40, 10);
        for (width, height, expected) in
            [(32, 32, (20, 10)), (320, 32, (40, 2)), (1, 1000, (1, 10)), (0, 5, (0, 0))]
        {
            let fitted = graphics.fitted(&RgbImage::new(width, height), area);
            assert_eq!((fitted.width, fitted.height), expected, "{width}x{height}");
        }
    }
}
