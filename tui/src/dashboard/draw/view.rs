//! What every screen is drawn from.

use ratatui::style::Style;

use super::theme::Theme;
use crate::dashboard::graphics::Graphics;
use crate::dashboard::state::{Run, State};

/// The state, and how it is to look. Drawing reads it and changes nothing.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    /// What is shown.
    pub(super) state: &'a State,
    /// In which colours.
    pub(super) theme: &'a Theme,
    /// How pictures are shown.
    pub(super) graphics: &'a Graphics,
}

impl View<'_> {
    /// A glyph and a style for a run's state. The word stands beside it.
    pub(super) fn status(&self, run: &Run) -> (&'static str, Style) {
        let theme = self.theme;
        match run.status() {
            "queued" => ("○", theme.faint()),
            "starting" => ("◌", theme.live()),
            "running" => ("●", theme.live()),
            "stopping" => ("◑", theme.warning()),
            "finished" => ("✓", theme.good()),
            "stopped" => ("■", theme.warning()),
            "lost" => ("?", theme.bad()),
            // Failed, or a folder that cannot be read.
            _ => ("✗", theme.bad()),
        }
    }

    /// The style of a run's curves; faint for one that was never among those drawn.
    pub(super) fn curve(&self, run: &Run) -> Style {
        self.state.colours.of(&run.id).map_or(self.theme.faint(), |colour| self.theme.curve(colour))
    }

    /// A letter for the run of this place among those in view, where colours do not tell runs apart.
    pub(super) fn letter(&self, place: usize) -> Option<char> {
        let plain = !self.theme.has_colours() || self.theme.is_ascii();
        plain.then(|| char::from(b'a' + (place % 26) as u8))
    }
}
