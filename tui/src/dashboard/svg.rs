//! A frame as an SVG picture: every cell of a buffer with its colours. It knows no screens.

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
    if text.chars().all(|c| c == '▀') {
        // Drawn as shapes: a font's half block leaves seams between rows.
        let _ = writeln!(
            out,
            r#"<rect x="{left:.1}" y="{top:.1}" width="{:.1}" height="{:.1}" fill="{}"/>"#,
            f64::from(cells) * CELL.0,
            CELL.1 / 2.0,
            look.ink
        );
        return;
    }
    if text.trim().is_empty() {
        return;
    }
    let weight = if look.modifiers.contains(Modifier::BOLD) { r#" font-weight="bold""# } else { "" };
    let dim = if look.modifiers.contains(Modifier::DIM) { r#" opacity="0.6""# } else { "" };
    // Every character is placed by itself, so that a font of another width cannot shift a column.
    let mut places = String::new();
    let mut shown = String::new();
    for (at, c) in text.chars().enumerate().filter(|(_, c)| *c != ' ') {
        let _ = write!(places, "{:.1} ", left + at as f64 * CELL.0);
        match c {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            c => shown.push(c),
        }
    }
    let _ = writeln!(
        out,
        r#"<text x="{}" y="{:.1}" fill="{}"{weight}{dim}>{shown}</text>"#,
        places.trim_end(),
        top + CELL.1 * 0.76,
        look.ink
    );
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
}
