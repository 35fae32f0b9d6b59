//! A frame as an SVG picture: every cell of a buffer with its colours. It knows no screens.
//!
//! Lines, blocks and braille are drawn as shapes: fonts leave seams between their cells, or lack them altogether.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

const CELL: (f64, f64) = (8.4, 18.0);
const MARGIN: f64 = 12.0;
const PAPER: &str = "#16181d";
const INK: &str = "#d7dae0";

/// The 16 first colours, as a modern terminal shows them.
const ANSI: [&str; 16] = [
    "#1d1f25", "#d75f5f", "#87af5f", "#d7af5f", "#5f87d7", "#af87d7", "#5fafaf", "#c6c8cc", "#5c6370",
    "#ff8787", "#afd787", "#ffd787", "#87afff", "#d7afff", "#87d7d7", "#ffffff",
];

/// The buffer as an SVG document on a dark ground, monospaced.
pub fn svg(buffer: &Buffer) -> String {
    let area = buffer.area;
    let width = f64::from(area.width) * CELL.0 + 2.0 * MARGIN;
    let height = f64::from(area.height) * CELL.1 + 2.0 * MARGIN;
    let mut out = String::new();
    let _ = writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0}" height="{height:.0}" viewBox="0 0 {width:.0} {height:.0}" font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14"><rect width="100%" height="100%" rx="8" fill="{PAPER}"/>"#
    );
    for y in 0..area.height {
        let mut x = 0;
        while x < area.width {
            let first = look(buffer, x, y);
            let start = x;
            let mut text = String::new();
            while x < area.width && look(buffer, x, y) == first {
                text.push_str(buffer[(area.x + x, area.y + y)].symbol());
                x += 1;
            }
            span(&mut out, start, y, x - start, &text, &first);
        }
    }
    out.push_str("</svg>\n");
    out
}

#[derive(PartialEq)]
struct Look {
    ink: String,
    paper: Option<String>,
    modifiers: Modifier,
}

fn look(buffer: &Buffer, x: u16, y: u16) -> Look {
    let cell = &buffer[(buffer.area.x + x, buffer.area.y + y)];
    let (mut ink, mut paper) = (colour(cell.fg), colour(cell.bg));
    if cell.modifier.contains(Modifier::REVERSED) {
        (ink, paper) = (paper.or(Some(PAPER.to_owned())), ink.or(Some(INK.to_owned())));
    }
    Look { ink: ink.unwrap_or(INK.to_owned()), paper, modifiers: cell.modifier }
}

fn span(out: &mut String, x: u16, y: u16, cells: u16, text: &str, look: &Look) {
    let (left, top) = (MARGIN + f64::from(x) * CELL.0, MARGIN + f64::from(y) * CELL.1);
    if let Some(paper) = &look.paper {
        let width = f64::from(cells) * CELL.0;
        let _ = writeln!(
            out,
            r#"<rect x="{left:.1}" y="{top:.1}" width="{width:.1}" height="{:.1}" fill="{paper}"/>"#,
            CELL.1
        );
    }
    let weight = if look.modifiers.contains(Modifier::BOLD) { r#" font-weight="bold""# } else { "" };
    let dim = if look.modifiers.contains(Modifier::DIM) { r#" opacity="0.6""# } else { "" };
    // Every character is placed by itself, so that a font of another width cannot shift a column.
    let mut places = String::new();
    let mut shown = String::new();
    let mut shapes = Shapes::default();
    for (at, c) in text.chars().enumerate().filter(|(_, c)| *c != ' ') {
        let x = left + at as f64 * CELL.0;
        if shapes.add(c, x, top) {
            continue;
        }
        let _ = write!(places, "{x:.1} ");
        match c {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            c => shown.push(c),
        }
    }
    let ink = &look.ink;
    if !shown.is_empty() {
        let _ = writeln!(
            out,
            r#"<text x="{}" y="{:.1}" fill="{ink}"{weight}{dim}>{shown}</text>"#,
            places.trim_end(),
            top + CELL.1 * 0.76,
        );
    }
    for (path, how) in [
        (shapes.blocks, format!(r#"fill="{ink}" shape-rendering="crispEdges""#)),
        (shapes.lines, format!(r#"fill="none" stroke="{ink}""#)),
        (shapes.heavy, format!(r#"fill="none" stroke="{ink}" stroke-width="3""#)),
        (shapes.dots, format!(r#"fill="none" stroke="{ink}" stroke-width="2.4" stroke-linecap="round""#)),
    ] {
        if !path.is_empty() {
            let _ = writeln!(out, r#"<path d="{path}" {how}{dim}/>"#);
        }
    }
}

/// What is drawn of a stretch of cells in one colour, as data of paths.
#[derive(Default)]
struct Shapes {
    blocks: String,
    lines: String,
    heavy: String,
    dots: String,
}

impl Shapes {
    /// Adds a character whose cell begins at a place; whether it is one that is drawn.
    fn add(&mut self, c: char, x: f64, y: f64) -> bool {
        let (w, h) = CELL;
        let (mx, my, bottom) = (x + w / 2.0, y + h / 2.0, y + h);
        let block = |from_x: f64, from_y: f64, width: f64, height: f64| {
            format!("M{from_x:.1} {from_y:.1}h{width:.1}v{height:.1}h{:.1}z", -width)
        };
        let mut dashes = |count: u32, into: fn(&mut Self) -> &mut String| {
            let each = w / f64::from(count);
            for nth in 0..count {
                let from = x + (f64::from(nth) + 0.2) * each;
                let _ = write!(into(self), "M{from:.1} {my:.1}h{:.1}", each * 0.6);
            }
        };
        match c {
            '⠀'..='⣿' => {
                // The bits of the braille block, by row and column inside the cell.
                const BITS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
                let bits = u32::from(c) - 0x2800;
                for (row, columns) in BITS.iter().enumerate() {
                    for (column, _) in columns.iter().enumerate().filter(|(_, bit)| bits & **bit != 0) {
                        let (across, down) = (0.25 + 0.5 * column as f64, 0.125 + 0.25 * row as f64);
                        let _ = write!(self.dots, "M{:.1} {:.1}h0", x + across * w, y + down * h);
                    }
                }
            }
            '─' => drop(write!(self.lines, "M{x:.1} {my:.1}h{w:.1}")),
            '━' => drop(write!(self.heavy, "M{x:.1} {my:.1}h{w:.1}")),
            '│' => drop(write!(self.lines, "M{mx:.1} {y:.1}v{h:.1}")),
            '┤' => drop(write!(self.lines, "M{mx:.1} {y:.1}v{h:.1}M{x:.1} {my:.1}H{mx:.1}")),
            '╭' => drop(write!(self.lines, "M{mx:.1} {bottom:.1}Q{mx:.1} {my:.1} {:.1} {my:.1}", x + w)),
            '╮' => drop(write!(self.lines, "M{x:.1} {my:.1}Q{mx:.1} {my:.1} {mx:.1} {bottom:.1}")),
            '╰' => drop(write!(self.lines, "M{mx:.1} {y:.1}Q{mx:.1} {my:.1} {:.1} {my:.1}", x + w)),
            '╯' => drop(write!(self.lines, "M{x:.1} {my:.1}Q{mx:.1} {my:.1} {mx:.1} {y:.1}")),
            '╌' => dashes(2, |shapes| &mut shapes.lines),
            '┈' => dashes(4, |shapes| &mut shapes.lines),
            '▀' => self.blocks.push_str(&block(x, y, w, h / 2.0)),
            // ▁ to █: eighths of the height, from below.
            '▁'..='█' => {
                let height = h * f64::from(u32::from(c) - 0x2580) / 8.0;
                self.blocks.push_str(&block(x, bottom - height, w, height));
            }
            // ▉ to ▏: eighths of the width, ever fewer.
            '▉'..='▏' => {
                self.blocks.push_str(&block(x, y, w * f64::from(0x2590 - u32::from(c)) / 8.0, h))
            }
            _ => return false,
        }
        true
    }
}

fn colour(colour: Color) -> Option<String> {
    let ansi = |index: usize| Some(ANSI[index].to_owned());
    match colour {
        Color::Reset => None,
        Color::Black => ansi(0),
        Color::Red => ansi(1),
        Color::Green => ansi(2),
        Color::Yellow => ansi(3),
        Color::Blue => ansi(4),
        Color::Magenta => ansi(5),
        Color::Cyan => ansi(6),
        Color::Gray => ansi(7),
        Color::DarkGray => ansi(8),
        Color::LightRed => ansi(9),
        Color::LightGreen => ansi(10),
        Color::LightYellow => ansi(11),
        Color::LightBlue => ansi(12),
        Color::LightMagenta => ansi(13),
        Color::LightCyan => ansi(14),
        Color::White => ansi(15),
        Color::Rgb(r, g, b) => Some(format!("#{r:02x}{g:02x}{b:02x}")),
        Color::Indexed(index @ 0..16) => ansi(usize::from(index)),
        Color::Indexed(index @ 16..232) => {
            let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            let n = index - 16;
            Some(format!("#{:02x}{:02x}{:02x}", level(n / 36), level(n / 6 % 6), level(n % 6)))
        }
        Color::Indexed(index) => {
            let grey = 8 + 10 * (index - 232);
            Some(format!("#{grey:02x}{grey:02x}{grey:02x}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn text_is_escaped_and_coloured_runs_are_joined() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        buffer.set_string(0, 0, "a<b", Style::new().fg(Color::Indexed(214)));
        buffer.set_string(4, 0, "▀▀", Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(240)));
        let svg = svg(&buffer);
        assert_eq!(svg.matches("<text").count(), 1, "{svg}");
        assert!(svg.contains(">a&lt;b</text>") && svg.contains("#ffaf00"), "{svg}");
        assert!(svg.contains("#010203") && svg.contains("#585858"), "{svg}");
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
    }

    #[test]
    fn lines_blocks_and_braille_are_shapes() {
        for (c, parts) in [('⣿', 8), ('⠁', 1), ('┤', 2), ('▃', 1), ('▏', 1), ('┈', 4), ('╯', 1), ('a', 0)]
        {
            let mut shapes = Shapes::default();
            assert_eq!(shapes.add(c, 0.0, 0.0), parts > 0, "{c}");
            let paths = [shapes.blocks, shapes.lines, shapes.heavy, shapes.dots].concat();
            assert_eq!(paths.matches('M').count(), parts, "{c}: {paths}");
        }
    }
}
