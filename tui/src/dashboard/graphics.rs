//! Pictures in the terminal: which protocol it speaks, and pictures encoded for it.
//!
//! It knows no screens and no runs. Half blocks, which every terminal shows, are the fallback.

use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, Read as _, Write as _};
use std::sync::Arc;
use std::time::{Duration, Instant};

use image::{DynamicImage, RgbImage};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget as _;
use ratatui_image::picker::cap_parser::{Parser, QueryStdioOptions, Response};
use ratatui_image::picker::{Picker, ProtocolType};
use ratatui_image::protocol::Protocol;
use ratatui_image::{FilterType, Image, Resize};

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

    /// Asks the terminal what it can show, unless `DISSECT_IMAGES` (kitty, sixel, iterm2, blocks, none) says it.
    ///
    /// Also gives the keys somebody pressed meanwhile. To be called in raw mode, before anything else reads keys.
    pub(crate) fn ask() -> (Self, String) {
        let wanted = std::env::var("DISSECT_IMAGES").unwrap_or_default();
        let forced = match wanted.as_str() {
            "none" => return (Self::none(), String::new()),
            "blocks" => return (Self::half_blocks(), String::new()),
            "kitty" => Some(ProtocolType::Kitty),
            "sixel" => Some(ProtocolType::Sixel),
            "iterm2" => Some(ProtocolType::Iterm2),
            _ => None,
        };
        let answer = query(Duration::from_millis(500)).unwrap_or_default();
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
        (Self::with(Some(picker)), answer.keys)
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

/// What the terminal said about itself.
#[derive(Default)]
struct Answer {
    protocol: Option<ProtocolType>,
    cell: Option<(u16, u16)>,
    keys: String,
}

/// Asks for kitty graphics, sixel, the size of a cell and, last, a status report that every terminal gives, and
/// reads until that report or for `patience`.
fn query(patience: Duration) -> io::Result<Answer> {
    let in_tmux = std::env::var("TERM").is_ok_and(|term| term.starts_with("tmux"))
        || std::env::var("TERM_PROGRAM").is_ok_and(|program| program == "tmux");
    let mut out = io::stdout();
    out.write_all(Parser::query(in_tmux, QueryStdioOptions::default()).as_bytes())?;
    out.flush()?;
    let deadline = Instant::now() + patience;
    let mut bytes = Vec::new();
    let mut parser = Parser::new();
    let mut responses = Vec::new();
    while !responses.contains(&Response::Status) && readable(deadline)? {
        let mut chunk = [0; 256];
        let count = io::stdin().read(&mut chunk)?;
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&chunk[..count]);
        for byte in &chunk[..count] {
            responses.extend(parser.push(char::from(*byte)));
        }
    }
    let konsole = std::env::var_os("KONSOLE_VERSION").is_some();
    let wezterm = std::env::var_os("WEZTERM_EXECUTABLE").is_some();
    let mut answer = Answer { keys: typed(&bytes), ..Answer::default() };
    for response in responses {
        match response {
            // Konsole and WezTerm answer, but place kitty's pictures wrongly.
            Response::Kitty if !konsole && !wezterm => answer.protocol = Some(ProtocolType::Kitty),
            Response::Sixel if !konsole && !wezterm && answer.protocol.is_none() => {
                answer.protocol = Some(ProtocolType::Sixel);
            }
            Response::CellSize(Some((width, height))) if width > 0 && height > 0 => {
                answer.cell = Some((width, height));
            }
            _ => {}
        }
    }
    Ok(answer)
}

fn readable(deadline: Instant) -> io::Result<bool> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Ok(false);
    }
    let timeout = Timespec { tv_sec: left.as_secs() as _, tv_nsec: left.subsec_nanos() as _ };
    let stdin = io::stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut fds, Some(&timeout)) {
        Ok(ready) => Ok(ready > 0),
        Err(rustix::io::Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

fn iterm2_by_name() -> Option<ProtocolType> {
    let name = std::env::var("TERM_PROGRAM").or_else(|_| std::env::var("LC_TERMINAL")).unwrap_or_default();
    ["iTerm", "WezTerm", "mintty", "vscode", "Tabby", "rio"]
        .iter()
        .any(|known| name.contains(known))
        .then_some(ProtocolType::Iterm2)
}

/// The plain characters among what was read: whatever stands outside the terminal's answers was typed.
fn typed(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut keys = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '\u{1b}' {
            keys.extend(Some(c).filter(|c| !c.is_control() || *c == '\r'));
            continue;
        }
        match rest.next() {
            Some('[') => while rest.next().is_some_and(|c| !('@'..='~').contains(&c)) {},
            Some('_' | 'P' | ']') => {
                while let Some(c) = rest.next() {
                    if c == '\u{7}' || (c == '\u{1b}' && rest.next_if_eq(&'\\').is_some()) {
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_answers() {
        for (bytes, expected) in [
            ("\x1b_Gi=31;OK\x1b\\\x1b[?62;4c\x1b[6;20;10t\x1b[0n", ""),
            ("2\x1b_Gi=31;OK\x1b\\j\x1b[?62;4cq", "2jq"),
            ("\x1b[A", ""),
            ("\x1b[", ""),
            ("", ""),
        ] {
            assert_eq!(typed(bytes.as_bytes()), expected);
        }
    }

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
