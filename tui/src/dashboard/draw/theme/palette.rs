//! The colours themselves: a palette for each ground, and the terminal's own sixteen.
//!
//! Curves are told apart with any common colour blindness, and everything that is read stands out from its ground at
//! least 3:1, the words at least 4.5:1; the tests below compute both.

use ratatui::style::Color;

use super::colour::{Depth, Ground};
use crate::dashboard::config::CURVES;

/// Colours by meaning. `Color::Reset` is the terminal's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Palette {
    /// Ordinary words.
    pub(super) text: Color,
    /// Words that matter less.
    pub(super) faint: Color,
    /// Lines of boxes, axes and grids.
    pub(super) line: Color,
    /// The box that has the keys.
    pub(super) focus: Color,
    /// Titles of boxes.
    pub(super) title: Color,
    /// The program's name, the screen in front.
    pub(super) accent: Color,
    /// A key in the footer and in the help.
    pub(super) key: Color,
    /// Behind the row under the cursor; the terminal's own reverses the row.
    pub(super) cursor: Color,
    /// Going well, or done.
    pub(super) good: Color,
    /// Under way.
    pub(super) live: Color,
    /// Asks for attention.
    pub(super) warning: Color,
    /// Broken.
    pub(super) bad: Color,
    /// The unsmoothed curve behind a smoothed one.
    pub(super) behind: Color,
    /// Curves, by the number of their colour.
    pub(super) curves: [Color; CURVES],
}

impl Palette {
    /// The built-in colours for a terminal.
    pub(super) fn of(depth: Depth, ground: Ground) -> Self {
        match (depth, ground) {
            (Depth::Mono, _) => MONO,
            (Depth::Sixteen, Ground::Light) => SIXTEEN_ON_LIGHT,
            (Depth::Sixteen, _) => SIXTEEN,
            (_, Ground::Dark) => DARK,
            (_, Ground::Light) => LIGHT,
            (_, Ground::Unknown) => ANY,
        }
    }

    /// The colour of a meaning in [`crate::dashboard::config::MEANINGS`].
    pub(super) fn slot(&mut self, meaning: &str) -> Option<&mut Color> {
        Some(match meaning {
            "text" => &mut self.text,
            "faint" => &mut self.faint,
            "line" => &mut self.line,
            "focus" => &mut self.focus,
            "title" => &mut self.title,
            "accent" => &mut self.accent,
            "key" => &mut self.key,
            "cursor" => &mut self.cursor,
            "good" => &mut self.good,
            "live" => &mut self.live,
            "warning" => &mut self.warning,
            "bad" => &mut self.bad,
            "behind" => &mut self.behind,
            _ => return None,
        })
    }
}

const fn indexed(indices: [u8; CURVES]) -> [Color; CURVES] {
    let mut colours = [Color::Reset; CURVES];
    let mut at = 0;
    while at < CURVES {
        colours[at] = Color::Indexed(indices[at]);
        at += 1;
    }
    colours
}

const DARK: Palette = Palette {
    text: Color::Reset,
    faint: Color::Indexed(245),
    line: Color::Indexed(239),
    focus: Color::Indexed(74),
    title: Color::Indexed(252),
    accent: Color::Indexed(74),
    key: Color::Indexed(214),
    cursor: Color::Indexed(237),
    good: Color::Indexed(36),
    live: Color::Indexed(74),
    warning: Color::Indexed(214),
    bad: Color::Indexed(203),
    behind: Color::Indexed(240),
    // Blue, orange, aqua, mauve, yellow, red, violet, grey.
    curves: indexed([39, 214, 50, 132, 226, 196, 99, 249]),
};

const LIGHT: Palette = Palette {
    text: Color::Reset,
    faint: Color::Indexed(242),
    line: Color::Indexed(249),
    focus: Color::Indexed(25),
    title: Color::Indexed(235),
    accent: Color::Indexed(25),
    key: Color::Indexed(94),
    cursor: Color::Indexed(254),
    good: Color::Indexed(22),
    live: Color::Indexed(25),
    warning: Color::Indexed(94),
    bad: Color::Indexed(160),
    behind: Color::Indexed(250),
    // Navy, brown, teal, magenta, ochre, maroon, slate, grey.
    curves: indexed([19, 94, 23, 129, 136, 52, 61, 102]),
};

/// Middle tones: what every terminal is sent that does not say what its ground is.
const ANY: Palette = Palette {
    text: Color::Reset,
    faint: Color::Indexed(243),
    line: Color::Indexed(243),
    focus: Color::Indexed(32),
    title: Color::Reset,
    accent: Color::Indexed(32),
    key: Color::Indexed(130),
    cursor: Color::Reset,
    good: Color::Indexed(28),
    live: Color::Indexed(32),
    warning: Color::Indexed(130),
    bad: Color::Indexed(160),
    behind: Color::Indexed(246),
    // Blue, brown, teal, magenta, olive, crimson, violet, grey.
    curves: indexed([33, 94, 30, 127, 100, 161, 134, 246]),
};

const SIXTEEN: Palette = Palette {
    text: Color::Reset,
    faint: Color::DarkGray,
    line: Color::DarkGray,
    focus: Color::Cyan,
    title: Color::Reset,
    accent: Color::Cyan,
    key: Color::Yellow,
    cursor: Color::Reset,
    good: Color::Green,
    live: Color::Cyan,
    warning: Color::Yellow,
    bad: Color::Red,
    behind: Color::DarkGray,
    curves: [
        Color::LightCyan,
        Color::LightYellow,
        Color::LightGreen,
        Color::LightMagenta,
        Color::LightBlue,
        Color::LightRed,
        Color::Cyan,
        Color::White,
    ],
};

/// Bright colours and yellow cannot be read on a light ground.
const SIXTEEN_ON_LIGHT: Palette = Palette {
    focus: Color::Blue,
    accent: Color::Blue,
    key: Color::Magenta,
    live: Color::Blue,
    warning: Color::Magenta,
    curves: [
        Color::Blue,
        Color::Red,
        Color::Green,
        Color::Magenta,
        Color::Cyan,
        Color::Black,
        Color::DarkGray,
        Color::LightBlue,
    ],
    ..SIXTEEN
};

const MONO: Palette = Palette {
    text: Color::Reset,
    faint: Color::Reset,
    line: Color::Reset,
    focus: Color::Reset,
    title: Color::Reset,
    accent: Color::Reset,
    key: Color::Reset,
    cursor: Color::Reset,
    good: Color::Reset,
    live: Color::Reset,
    warning: Color::Reset,
    bad: Color::Reset,
    behind: Color::Reset,
    curves: [Color::Reset; CURVES],
};

#[cfg(test)]
mod tests {
    use super::super::colour::{linear, luminance, xterm};
    use super::*;
    use crate::dashboard::config::MEANINGS;

    const BLACK: f64 = 0.0;
    const WHITE: f64 = 1.0;

    fn rgb(colour: Color) -> Option<[f64; 3]> {
        match colour {
            Color::Indexed(index @ 16..) => Some(xterm(index).map(|part| f64::from(part) / 255.0)),
            _ => None,
        }
    }

    /// WCAG 2.2, "contrast ratio".
    fn contrast(colour: [f64; 3], ground: f64) -> f64 {
        let own = luminance(colour);
        (own.max(ground) + 0.05) / (own.min(ground) + 0.05)
    }

    #[test]
    fn words_and_curves_stand_out_from_their_ground() {
        for (name, palette, grounds) in
            [("dark", DARK, &[BLACK][..]), ("light", LIGHT, &[WHITE]), ("any", ANY, &[BLACK, WHITE])]
        {
            let mut palette = palette;
            let words =
                ["text", "faint", "title", "accent", "key", "good", "live", "warning", "bad", "focus"];
            let words = words.map(|meaning| (meaning, *palette.slot(meaning).expect("a meaning")));
            // On both grounds at once 4.5:1 leaves a single tone of grey.
            let of_words = if grounds.len() == 1 { 4.5 } else { 3.5 };
            let curves = palette.curves.map(|colour| ("curve", colour));
            let all =
                words.iter().map(|word| (word, of_words)).chain(curves.iter().map(|curve| (curve, 3.0)));
            for ((meaning, colour), least) in all {
                let Some(colour) = rgb(*colour) else { continue };
                for ground in grounds {
                    let found = contrast(colour, *ground);
                    assert!(found >= least, "{name} {meaning}: {found:.2}:1 on {ground}");
                }
            }
        }
    }

    /// Every meaning of a file has its place, and no other word has.
    #[test]
    fn meanings_have_places() {
        let mut palette = DARK;
        assert!(MEANINGS.iter().all(|meaning| palette.slot(meaning).is_some()));
        assert!(palette.slot("curves").is_none());
    }

    type Matrix = [[f64; 3]; 3];

    /// Machado, Oliveira and Fernandes 2009, severity 1: protanopia, deuteranopia, tritanopia, in linear light.
    const BLINDNESS: [(&str, Matrix); 4] = [
        ("none", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
        (
            "protanopia",
            [
                [0.152_286, 1.052_583, -0.204_868],
                [0.114_503, 0.786_281, 0.099_216],
                [-0.003_882, -0.048_116, 1.051_998],
            ],
        ),
        (
            "deuteranopia",
            [
                [0.367_322, 0.860_646, -0.227_968],
                [0.280_085, 0.672_501, 0.047_413],
                [-0.011_82, 0.042_94, 0.968_881],
            ],
        ),
        (
            "tritanopia",
            [
                [1.255_528, -0.076_749, -0.178_779],
                [-0.078_411, 0.930_809, 0.147_602],
                [0.004_733, 0.691_367, 0.303_9],
            ],
        ),
    ];

    fn times(matrix: &Matrix, colour: [f64; 3]) -> [f64; 3] {
        let dot = |row: &[f64; 3]| row.iter().zip(colour).map(|(a, b)| a * b).sum();
        [dot(&matrix[0]), dot(&matrix[1]), dot(&matrix[2])]
    }

    /// Ottosson 2020, Oklab: distances in it are about as large as they look.
    fn oklab(light: [f64; 3]) -> [f64; 3] {
        const TO_CONES: Matrix = [
            [0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9],
            [0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6],
            [0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5],
        ];
        const TO_LAB: Matrix = [
            [0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8],
            [1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9],
            [0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0],
        ];
        times(&TO_LAB, times(&TO_CONES, light).map(|cone| cone.max(0.0).cbrt()))
    }

    #[test]
    fn curves_are_told_apart_whatever_the_eye() {
        // Okabe and Ito's eight colours, the usual choice, come to 0.05 here.
        for (name, palette, least) in [("dark", DARK, 0.09), ("light", LIGHT, 0.075), ("any", ANY, 0.05)] {
            for (blindness, matrix) in &BLINDNESS {
                let seen = palette.curves.map(|colour| {
                    let light = rgb(colour).expect("of the cube").map(linear);
                    oklab(times(matrix, light).map(|part| part.clamp(0.0, 1.0)))
                });
                for (at, one) in seen.iter().enumerate() {
                    for (other_at, other) in seen.iter().enumerate().take(at) {
                        let distance =
                            one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                        assert!(
                            distance >= least,
                            "{name}, {blindness}: curves {other_at} and {at} are {distance:.3} apart"
                        );
                    }
                }
            }
        }
    }
}
