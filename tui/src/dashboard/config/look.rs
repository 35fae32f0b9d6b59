//! How the dashboard is to look, as far as somebody says it; the rest is the terminal's to say.

use clap::ValueEnum;

use super::ink::Ink;

/// How many curve colours there are before they repeat.
pub const CURVES: usize = 8;

/// What a colour can be given for; `curves` is a list beside them.
pub const MEANINGS: [&str; 13] = [
    "text", "faint", "line", "focus", "title", "accent", "key", "cursor", "good", "live", "warning", "bad",
    "behind",
];

/// Where a theme begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Base {
    /// What the terminal says of itself, else colours that are seen on any background
    #[default]
    Auto,
    /// For a dark background
    Dark,
    /// For a light one
    Light,
    /// The terminal's own sixteen colours
    #[value(name = "16")]
    Sixteen,
    /// No colours
    Mono,
}

/// How pictures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Images {
    /// As well as the terminal says it can
    #[default]
    Auto,
    /// By kitty's graphics protocol
    Kitty,
    /// By sixel
    Sixel,
    /// By iTerm2's protocol
    Iterm2,
    /// By half blocks, which every terminal shows
    Blocks,
    /// Not at all
    None,
}

/// What somebody wants.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Look {
    /// Where the theme begins.
    pub base: Base,
    /// Whether only ASCII is drawn; else where the locale is not UTF-8.
    pub ascii: Option<bool>,
    /// How pictures are shown.
    pub images: Images,
    /// Other colours, by one of [`MEANINGS`].
    pub colours: Vec<(&'static str, Ink)>,
    /// Other colours of curves.
    pub curves: Option<[Ink; CURVES]>,
}

impl Look {
    /// The colours as lines of `[theme]`.
    pub fn colours_as_toml(&self) -> String {
        let mut text: String =
            self.colours.iter().map(|(meaning, ink)| format!("{meaning} = {ink}\n")).collect();
        if let Some(curves) = &self.curves {
            let inks: Vec<_> = curves.iter().map(Ink::to_string).collect();
            text += &format!("curves = [{}]\n", inks.join(", "));
        }
        text
    }
}
