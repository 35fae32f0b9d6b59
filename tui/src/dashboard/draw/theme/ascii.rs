//! A frame in ASCII: every character that is not becomes one that is, in the same cell.
//!
//! It works on the finished frame, so that no screen has to know of it. Pictures become shades, dots become strokes.

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr as _;

/// From empty to full.
const SHADES: [char; 10] = [' ', '.', ':', '-', '=', '+', '*', '#', '%', '@'];

/// Puts ASCII into every cell.
pub(in super::super) fn translate(buffer: &mut Buffer) {
    let area = buffer.area;
    for y in area.top()..area.bottom() {
        let mut x = area.left();
        while x < area.right() {
            let cell = &mut buffer[(x, y)];
            // An escape sequence is a picture in the terminal's own protocol.
            if cell.symbol().is_ascii() || cell.symbol().contains('\u{1b}') {
                x += 1;
                continue;
            }
            let width = (cell.symbol().width().max(1) as u16).min(area.right() - x);
            translate_cell(cell);
            // What was wide leaves a cell behind it that was never drawn.
            for behind in x + 1..x + width {
                buffer[(behind, y)].set_char('?');
            }
            x += width;
        }
    }
}

fn translate_cell(cell: &mut Cell) {
    let c = cell.symbol().chars().next().unwrap_or(' ');
    if matches!(c, '\u{2580}'..='\u{259f}') && is_picture(cell) {
        let lightness = (brightness(cell.fg) + brightness(cell.bg)) / 2.0;
        let shade = SHADES[((lightness * 9.0).round() as usize).min(9)];
        let ink = cell.fg;
        cell.set_char(shade).set_fg(ink).set_bg(Color::Reset);
        cell.modifier = Modifier::empty();
        return;
    }
    cell.set_char(ascii(c).unwrap_or('?'));
}

/// Only pictures have pixels in front and behind.
fn is_picture(cell: &Cell) -> bool {
    matches!((cell.fg, cell.bg), (Color::Rgb(..), Color::Rgb(..)))
}

fn brightness(colour: Color) -> f64 {
    match colour {
        Color::Rgb(r, g, b) => (0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b)) / 255.0,
        _ => 0.0,
    }
}

/// What stands for a character; nothing for letters of other scripts.
pub(in super::super) fn ascii(c: char) -> Option<char> {
    Some(match c {
        ' '..='~' => c,
        '\u{2800}'..='\u{28ff}' => braille(c as u32 - 0x2800),
        '─' | '━' | '╌' | '╍' | '┄' | '┅' | '═' | '╴' | '╶' | '‒'..='―' | '−' => '-',
        '┈' | '┉' | '·' | '∙' | '⋅' => '.',
        '│' | '┃' | '╎' | '╏' | '┆' | '┇' | '┊' | '┋' | '║' | '╵' | '╷' | '‖' => '|',
        '╱' => '/',
        '╲' => '\\',
        '┌'..='╋' | '╒'..='╰' | '╳' => '+',
        // Eighths from below, as sparklines have them.
        '▁' => '_',
        '▂' => '.',
        '▃' => '-',
        '▄' => '=',
        '▅' => '+',
        '▆' => '*',
        '▇' => '%',
        '█' | '▉' | '▊' | '▓' | '■' | '◼' | '▮' => '#',
        // Eighths from the left, as bars end.
        '▋' | '▌' | '▐' | '▀' => '=',
        '▍' | '▎' | '▏' | '▕' | '▔' => '-',
        '▒' => '+',
        '░' => '.',
        '▖'..='▟' => '#',
        '●' | '◉' | '⬤' | '★' | '✱' | '◆' | '•' => '*',
        '○' | '◯' | '◇' | '☆' | '°' | '□' | '▢' | '▯' => 'o',
        '◌' => '~',
        '◐' | '◑' | '◒' | '◓' => '%',
        '✓' | '✔' => '+',
        '✗' | '✘' | '×' | '✕' | '✖' => 'x',
        '⚠' | '❗' => '!',
        '⏸' | '⏯' => '"',
        '↑' | '▲' | '△' | '▴' | '⇧' => '^',
        '↓' | '▼' | '▽' | '▾' => 'v',
        '→' | '▶' | '▷' | '▸' | '›' | '»' | '⇒' | '⟶' | '❯' => '>',
        '←' | '◀' | '◁' | '◂' | '‹' | '«' | '⟵' => '<',
        '↔' | '⇄' | '⇆' | '∞' => '8',
        '↩' | '⏎' | '↵' => '<',
        '⟳' | '↻' | '↺' => '@',
        '…' => '~',
        '‘' | '’' | '′' => '\'',
        '“' | '”' | '″' => '"',
        '±' | '∓' => '~',
        '≈' | '∼' => '~',
        '≤' => '<',
        '≥' => '>',
        '≠' => '!',
        '÷' => '/',
        '√' => 'V',
        'Δ' | '∆' => 'D',
        'Σ' | '∑' | 'σ' => 's',
        'μ' | 'µ' => 'u',
        'ε' => 'e',
        'θ' => 'o',
        'λ' => 'l',
        'α' => 'a',
        'β' => 'b',
        '⁰' | '₀' => '0',
        '¹' | '₁' => '1',
        '²' | '₂' => '2',
        '³' | '₃' => '3',
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' => ' ',
        _ => return None,
    })
}

/// A stroke that lies and leans as the dots do. Bits of the braille block, by row: 1 8, 2 16, 4 32, 64 128.
fn braille(bits: u32) -> char {
    const LEFT: [u32; 4] = [0x01, 0x02, 0x04, 0x40];
    const RIGHT: [u32; 4] = [0x08, 0x10, 0x20, 0x80];
    let rows = |column: &[u32; 4]| -> Vec<usize> { (0..4).filter(|row| bits & column[*row] != 0).collect() };
    let (left, right) = (rows(&LEFT), rows(&RIGHT));
    let all: Vec<usize> = left.iter().chain(&right).copied().collect();
    let (Some(top), Some(bottom)) = (all.iter().min(), all.iter().max()) else { return ' ' };
    if all.len() >= 6 {
        return '#';
    }
    if bottom - top >= 2 {
        let mean = |rows: &[usize]| rows.iter().sum::<usize>() as f64 / rows.len() as f64;
        if left.is_empty() || right.is_empty() {
            return '|';
        }
        let lean = mean(&left) - mean(&right);
        return match lean {
            lean if lean >= 1.0 => '/',
            lean if lean <= -1.0 => '\\',
            _ => '|',
        };
    }
    match (top + bottom) as f64 / 2.0 {
        middle if middle < 1.0 => '\'',
        middle if middle <= 2.0 => '-',
        _ if !left.is_empty() && !right.is_empty() => '_',
        _ => '.',
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn every_cell_keeps_its_place() {
        for (text, expected) in [
            ("│ vgg11 │", "| vgg11 |"),
            ("██▊··", "###.."),
            ("▁▂▃▄▅▆▇█", "_.-=+*%#"),
            ("漢字 ok", "???? ok"),
            ("loss ± 0.1…", "loss ~ 0.1~"),
            ("e\u{301}t\u{e9}", "et?"),
        ] {
            let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
            buffer.set_string(0, 0, text, Style::new());
            translate(&mut buffer);
            let shown: String = (0..12).map(|x| buffer[(x, 0)].symbol()).collect();
            assert_eq!(shown.trim_end(), expected, "{text}");
        }
    }

    #[test]
    fn dots_become_strokes_and_pictures_shades() {
        for (c, expected) in [
            ('⠀', ' '),
            ('⣿', '#'),
            ('⠉', '\''),
            ('⠒', '-'),
            ('⣀', '_'),
            ('⡀', '.'),
            ('⡠', '_'),
            ('⡇', '|'),
            ('⡰', '/'),
            ('⢣', '\\'),
        ] {
            assert_eq!(ascii(c), Some(expected), "{c}");
        }
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        for (x, value) in [(0, 0), (1, 128), (2, 255)] {
            let pixel = Color::Rgb(value, value, value);
            buffer.set_string(x, 0, "▀", Style::new().fg(pixel).bg(pixel));
        }
        translate(&mut buffer);
        let shown: String = (0..3).map(|x| buffer[(x, 0)].symbol()).collect();
        assert_eq!(shown, " +@");
    }

    /// Every character that the dashboard's code writes has a form of its own: `?` is for other people's names.
    #[test]
    fn every_glyph_of_the_screens_has_a_form() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/dashboard");
        for part in ["draw", "state", "format.rs"] {
            look(&folder.join(part));
        }
    }

    fn look(path: &Path) {
        if path.is_dir() {
            fs::read_dir(path).unwrap().for_each(|entry| look(&entry.unwrap().path()));
            return;
        }
        if path.extension().is_none_or(|ending| ending != "rs") || path.ends_with("theme/ascii.rs") {
            return;
        }
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
            for c in line.chars().filter(|c| !c.is_ascii()) {
                assert!(ascii(c).is_some(), "{}: {c} ({:x}): {line}", path.display(), c as u32);
            }
        }
    }
}
