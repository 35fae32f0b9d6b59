//! Colours by meaning, for terminals with 256 colours, with 16, or without any.
//!
//! It knows no screens. Meaning never rests on colour alone: every state has a glyph and a word as well.

use ratatui::style::{Color, Modifier, Style};

/// How many colours the terminal may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// The xterm palette of 256.
    Indexed,
    /// The terminal's own 16.
    Sixteen,
    /// None: bold, dim and reverse only (`NO_COLOR`).
    Mono,
}

/// How many curve colours there are before they repeat.
const CURVES: usize = 8;

/// Okabe and Ito's palette, told apart with any common colour blindness, in the 256-colour cube.
const CURVES_INDEXED: [u8; CURVES] = [74, 214, 36, 175, 227, 166, 32, 250];
const CURVES_SIXTEEN: [Color; CURVES] = [
    Color::LightCyan,
    Color::LightYellow,
    Color::LightGreen,
    Color::LightMagenta,
    Color::LightBlue,
    Color::LightRed,
    Color::Cyan,
    Color::White,
];

/// Styles by meaning.
#[derive(Debug, Clone, Copy)]
pub struct Theme {
    depth: Depth,
}

impl Theme {
    /// A theme for a terminal with so many colours.
    pub fn new(depth: Depth) -> Self {
        Self { depth }
    }

    /// What the environment asks for: `NO_COLOR`, and the number of colours `TERM` stands for.
    pub fn from_environment() -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let term = std::env::var("TERM").unwrap_or_default();
        let many =
            set("COLORTERM") || term.contains("256") || term.contains("kitty") || term.contains("direct");
        Self::new(if set("NO_COLOR") || term == "dumb" {
            Depth::Mono
        } else if many {
            Depth::Indexed
        } else {
            Depth::Sixteen
        })
    }

    /// Whether there are any.
    pub fn has_colours(&self) -> bool {
        self.depth != Depth::Mono
    }

    /// The number of colours in use.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    fn pick(&self, indexed: u8, sixteen: Color) -> Style {
        match self.depth {
            Depth::Indexed => Style::new().fg(Color::Indexed(indexed)),
            Depth::Sixteen => Style::new().fg(sixteen),
            Depth::Mono => Style::new(),
        }
    }

    /// Ordinary words.
    pub fn text(&self) -> Style {
        Style::new()
    }

    /// Words that matter less: units, labels, hints.
    pub fn faint(&self) -> Style {
        match self.depth {
            Depth::Mono => Style::new().add_modifier(Modifier::DIM),
            _ => self.pick(245, Color::DarkGray),
        }
    }

    /// Lines of boxes, axes and grids.
    pub fn line(&self) -> Style {
        match self.depth {
            Depth::Mono => Style::new().add_modifier(Modifier::DIM),
            _ => self.pick(239, Color::DarkGray),
        }
    }

    /// The box that has the keys.
    pub fn line_focused(&self) -> Style {
        self.pick(74, Color::Cyan)
    }

    /// Titles of boxes.
    pub fn title(&self) -> Style {
        self.pick(252, Color::Reset).add_modifier(Modifier::BOLD)
    }

    /// What the program is called, and the screen in front.
    pub fn accent(&self) -> Style {
        self.pick(74, Color::Cyan).add_modifier(Modifier::BOLD)
    }

    /// A key in the footer and in the help.
    pub fn key(&self) -> Style {
        self.pick(214, Color::Yellow).add_modifier(Modifier::BOLD)
    }

    /// The row under the cursor.
    pub fn cursor(&self) -> Style {
        match self.depth {
            Depth::Indexed => Style::new().bg(Color::Indexed(237)).add_modifier(Modifier::BOLD),
            _ => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// Going well, or done.
    pub fn good(&self) -> Style {
        self.pick(36, Color::Green)
    }

    /// Under way.
    pub fn live(&self) -> Style {
        self.pick(74, Color::Cyan)
    }

    /// Asks for attention.
    pub fn warning(&self) -> Style {
        self.pick(214, Color::Yellow)
    }

    /// Broken.
    pub fn bad(&self) -> Style {
        self.pick(203, Color::Red).add_modifier(Modifier::BOLD)
    }

    /// The curve of colour number `slot`.
    pub fn curve(&self, slot: usize) -> Style {
        let slot = slot % CURVES;
        self.pick(CURVES_INDEXED[slot], CURVES_SIXTEEN[slot])
    }

    /// The unsmoothed curve behind a smoothed one.
    pub fn curve_behind(&self) -> Style {
        self.pick(240, Color::DarkGray)
    }

    /// A meter that is `share` full, from calm to full.
    pub fn load(&self, share: f64) -> Style {
        if share < 0.6 {
            self.good()
        } else if share < 0.85 {
            self.warning()
        } else {
            self.pick(203, Color::Red)
        }
    }
}
