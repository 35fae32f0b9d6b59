//! What a terminal can be sent, and the nearest colour to one that is wanted.

use ratatui::style::Color;

use crate::dashboard::config::Ink;

/// How many colours the terminal may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Any.
    Rgb,
    /// The xterm palette of 256.
    Indexed,
    /// The terminal's own 16.
    Sixteen,
    /// None: bold, dim and reverse only (`NO_COLOR`).
    Mono,
}

/// What the colours stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    /// A dark background.
    Dark,
    /// A light one.
    Light,
    /// The terminal did not say: colours must be seen on both.
    Unknown,
}

impl Ground {
    /// Of a background colour, each part 0 to 1.
    pub fn of(rgb: [f64; 3]) -> Self {
        if luminance(rgb) < 0.18 { Self::Dark } else { Self::Light }
    }
}

/// The terminal's own 16 colours, in their order.
const OWN: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// The nearest colour to an ink that a terminal of this depth can be sent.
pub(super) fn within(ink: Ink, depth: Depth) -> Color {
    let own = |index: u8| OWN[usize::from(index)];
    let among_own = |wanted| own(nearest(wanted, (0..16).map(|index| (index, usual(index)))));
    match (depth, ink) {
        (Depth::Mono, _) | (_, Ink::Default) => Color::Reset,
        (_, Ink::Numbered(index @ 0..16)) => own(index),
        (Depth::Sixteen, Ink::Numbered(index)) => among_own(xterm(index)),
        (Depth::Sixteen, Ink::Rgb(rgb)) => among_own(rgb),
        (_, Ink::Numbered(index)) => Color::Indexed(index),
        (Depth::Indexed, Ink::Rgb(rgb)) => {
            Color::Indexed(nearest(rgb, (16..=255).map(|index| (index, xterm(index)))))
        }
        (Depth::Rgb, Ink::Rgb([r, g, b])) => Color::Rgb(r, g, b),
    }
}

fn nearest(wanted: [u8; 3], among: impl Iterator<Item = (u8, [u8; 3])>) -> u8 {
    let distance = |found: [u8; 3]| -> i32 {
        wanted.iter().zip(found).map(|(a, b)| (i32::from(*a) - i32::from(b)).pow(2)).sum()
    };
    among.min_by_key(|(_, found)| distance(*found)).map_or(0, |(index, _)| index)
}

/// Colour 16 to 255 of the xterm palette: a cube of six levels, then greys.
pub(super) fn xterm(index: u8) -> [u8; 3] {
    if index >= 232 {
        return [8 + 10 * (index - 232); 3];
    }
    let level = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
    let n = index.saturating_sub(16);
    [level(n / 36), level(n / 6 % 6), level(n % 6)]
}

/// What the first 16 usually look like: xterm's own.
fn usual(index: u8) -> [u8; 3] {
    match index {
        7 => [229; 3],
        8 => [127; 3],
        0..8 => [0, 1, 2].map(|bit| if index >> bit & 1 == 1 { 205 } else { 0 }),
        _ => [0, 1, 2].map(|bit| if index >> bit & 1 == 1 { 255 } else { 92 * u8::from(index == 12) }),
    }
}

/// Relative luminance of a colour, each part 0 to 1 as it is sent (WCAG 2.2, "relative luminance").
pub(super) fn luminance(rgb: [f64; 3]) -> f64 {
    let [r, g, b] = rgb.map(linear);
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// A part of a colour as light: sRGB undone.
pub(super) fn linear(part: f64) -> f64 {
    if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_sent_what_it_knows() {
        for (ink, depth, expected) in [
            (Ink::Rgb([255, 135, 0]), Depth::Rgb, Color::Rgb(255, 135, 0)),
            (Ink::Rgb([255, 135, 1]), Depth::Indexed, Color::Indexed(208)),
            (Ink::Rgb([250, 5, 3]), Depth::Sixteen, Color::LightRed),
            (Ink::Rgb([200, 5, 3]), Depth::Sixteen, Color::Red),
            (Ink::Numbered(9), Depth::Sixteen, Color::LightRed),
            (Ink::Numbered(51), Depth::Sixteen, Color::LightCyan),
            (Ink::Numbered(51), Depth::Rgb, Color::Indexed(51)),
            (Ink::Numbered(9), Depth::Indexed, Color::LightRed),
            (Ink::Numbered(9), Depth::Mono, Color::Reset),
            (Ink::Default, Depth::Sixteen, Color::Reset),
        ] {
            assert_eq!(within(ink, depth), expected, "{ink:?} on {depth:?}");
        }
    }

    #[test]
    fn a_background_is_dark_or_light() {
        for (rgb, expected) in [
            ([0.0, 0.0, 0.0], Ground::Dark),
            ([0.0, 0.17, 0.21], Ground::Dark),
            ([0.16, 0.16, 0.16], Ground::Dark),
            ([1.0, 1.0, 1.0], Ground::Light),
            ([0.99, 0.96, 0.89], Ground::Light),
            ([0.6, 0.6, 0.6], Ground::Light),
        ] {
            assert_eq!(Ground::of(rgb), expected, "{rgb:?}");
        }
    }
}
