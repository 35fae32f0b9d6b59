//! Styles by meaning: the palette of a terminal, and what stands for colours where there are none.

use ratatui::style::{Color, Modifier, Style};

use super::colour::{Depth, Ground, within};
use super::palette::Palette;
use super::terminal::Terminal;
use crate::dashboard::config::{Base, CURVES, Look};

/// How everything looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Theme {
    depth: Depth,
    palette: Palette,
    ascii: bool,
}

impl From<Depth> for Theme {
    fn from(depth: Depth) -> Self {
        Self::new(depth)
    }
}

impl Theme {
    /// A theme for a terminal with so many colours on a dark ground.
    pub fn new(depth: Depth) -> Self {
        Self::on(depth, Ground::Dark)
    }

    /// A theme for a terminal with so many colours on this ground.
    pub fn on(depth: Depth, ground: Ground) -> Self {
        Self { depth, palette: Palette::of(depth, ground), ascii: false }
    }

    /// The same in ASCII only.
    #[must_use]
    pub fn in_ascii(self) -> Self {
        Self { ascii: true, ..self }
    }

    /// What is asked for, over what the terminal says. Whoever asks for colours outright gets them in spite of
    /// `NO_COLOR`, as <https://no-color.org> has it.
    pub fn of(asked: &Look, terminal: Terminal) -> Self {
        let (depth, ground) = match asked.base {
            Base::Auto if terminal.no_color => (Depth::Mono, terminal.ground),
            Base::Auto => (terminal.depth, terminal.ground),
            Base::Dark => (terminal.depth, Ground::Dark),
            Base::Light => (terminal.depth, Ground::Light),
            Base::Sixteen => (Depth::Sixteen, terminal.ground),
            Base::Mono => (Depth::Mono, terminal.ground),
        };
        let mut palette = Palette::of(depth, ground);
        for (meaning, colour) in &asked.colours {
            if let Some(slot) = palette.slot(meaning) {
                *slot = within(*colour, depth);
            }
        }
        if let Some(curves) = asked.curves {
            palette.curves = curves.map(|colour| within(colour, depth));
        }
        Self { depth, palette, ascii: asked.ascii.unwrap_or(terminal.only_ascii) }
    }

    /// Whether there are any colours.
    pub fn has_colours(&self) -> bool {
        self.depth != Depth::Mono
    }

    /// The number of colours in use.
    pub fn depth(&self) -> Depth {
        self.depth
    }

    /// Whether only ASCII is drawn.
    pub fn is_ascii(&self) -> bool {
        self.ascii
    }

    /// Ordinary words.
    pub fn text(&self) -> Style {
        coloured(self.palette.text)
    }

    /// Words that matter less: units, labels, hints.
    pub fn faint(&self) -> Style {
        self.or_dim(self.palette.faint)
    }

    /// Lines of boxes, axes and grids.
    pub fn line(&self) -> Style {
        self.or_dim(self.palette.line)
    }

    /// The box that has the keys.
    pub fn line_focused(&self) -> Style {
        coloured(self.palette.focus)
    }

    /// Titles of boxes.
    pub fn title(&self) -> Style {
        coloured(self.palette.title).add_modifier(Modifier::BOLD)
    }

    /// What the program is called, and the screen in front.
    pub fn accent(&self) -> Style {
        coloured(self.palette.accent).add_modifier(Modifier::BOLD)
    }

    /// A key in the footer and in the help.
    pub fn key(&self) -> Style {
        coloured(self.palette.key).add_modifier(Modifier::BOLD)
    }

    /// The row under the cursor.
    pub fn cursor(&self) -> Style {
        match self.palette.cursor {
            Color::Reset => Style::new().add_modifier(Modifier::REVERSED),
            colour => Style::new().bg(colour).add_modifier(Modifier::BOLD),
        }
    }

    /// A shade behind a stretch of a chart; nothing where the terminal's ground is not known.
    pub fn shade(&self) -> Option<Style> {
        (self.palette.cursor != Color::Reset && !self.ascii).then(|| Style::new().bg(self.palette.cursor))
    }

    /// What was searched for and found.
    pub fn found(&self) -> Style {
        self.warning().add_modifier(Modifier::REVERSED)
    }

    /// Going well, or done.
    pub fn good(&self) -> Style {
        coloured(self.palette.good)
    }

    /// Under way.
    pub fn live(&self) -> Style {
        coloured(self.palette.live)
    }

    /// Asks for attention.
    pub fn warning(&self) -> Style {
        coloured(self.palette.warning)
    }

    /// Broken.
    pub fn bad(&self) -> Style {
        coloured(self.palette.bad).add_modifier(Modifier::BOLD)
    }

    /// The curve of colour number `slot`.
    pub fn curve(&self, slot: usize) -> Style {
        coloured(self.palette.curves[slot % CURVES])
    }

    /// The unsmoothed curve behind a smoothed one.
    pub fn curve_behind(&self) -> Style {
        coloured(self.palette.behind)
    }

    /// A meter that is `share` full, from calm to full.
    pub fn load(&self, share: f64) -> Style {
        if share < 0.6 {
            self.good()
        } else if share < 0.85 {
            self.warning()
        } else {
            coloured(self.palette.bad)
        }
    }

    /// Without colours what matters less is dim.
    fn or_dim(&self, colour: Color) -> Style {
        match self.depth {
            Depth::Mono => Style::new().add_modifier(Modifier::DIM),
            _ => coloured(colour),
        }
    }
}

fn coloured(colour: Color) -> Style {
    match colour {
        Color::Reset => Style::new(),
        colour => Style::new().fg(colour),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::config::Ink;

    #[test]
    fn what_is_asked_for_goes_over_what_the_terminal_says() {
        let terminal =
            Terminal { depth: Depth::Indexed, no_color: true, ground: Ground::Light, only_ascii: false };
        for (base, depth, like) in [
            (Base::Auto, Depth::Mono, Theme::new(Depth::Mono)),
            (Base::Dark, Depth::Indexed, Theme::new(Depth::Indexed)),
            (Base::Light, Depth::Indexed, Theme::on(Depth::Indexed, Ground::Light)),
            (Base::Sixteen, Depth::Sixteen, Theme::on(Depth::Sixteen, Ground::Light)),
            (Base::Mono, Depth::Mono, Theme::new(Depth::Mono)),
        ] {
            let theme = Theme::of(&Look { base, ..Look::default() }, terminal);
            assert_eq!((theme.depth(), theme), (depth, like), "{base:?}");
        }
        let asked = Look {
            base: Base::Dark,
            ascii: Some(true),
            colours: vec![("warning", Ink::Rgb([255, 135, 1]))],
            ..Look::default()
        };
        let theme = Theme::of(&asked, terminal);
        assert!(theme.is_ascii());
        assert_eq!(theme.warning().fg, Some(Color::Indexed(208)));
    }
}
