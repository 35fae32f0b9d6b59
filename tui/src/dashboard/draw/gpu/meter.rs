//! A line with a name, a bar, a figure and its history.

use std::collections::VecDeque;

use super::super::pen::Pen;
use super::super::view::View;

/// What a meter shows.
pub(super) struct Meter<'a> {
    /// What is measured.
    pub(super) name: &'a str,
    /// How full the bar is; nothing where it is not known.
    pub(super) share: Option<f64>,
    /// The figure beside it.
    pub(super) figure: &'a str,
    /// Earlier shares.
    pub(super) history: &'a VecDeque<f64>,
}

/// Columns of the names.
pub(super) const NAMES: u16 = 9;

impl Meter<'_> {
    /// Draws it in row `y`.
    pub(super) fn draw(&self, view: &View<'_>, pen: &mut Pen<'_>, y: u16) {
        let theme = view.theme;
        let width = pen.width();
        pen.cell(1, y, NAMES - 1, self.name, theme.faint());
        let bar = (width / 3).clamp(4, 40);
        let style = self.share.map_or(theme.faint(), |share| theme.load(share));
        pen.bar(NAMES, y, bar, self.share.unwrap_or(0.0), style, theme.line());
        let at = pen.cell(NAMES + bar + 1, y, 18, self.figure, theme.text());
        history(pen, at, y, self.history, Some((0.0, 1.0)), style);
    }
}

/// A sparkline whose newest value stands at the right edge.
pub(super) fn history(
    pen: &mut Pen<'_>,
    from: u16,
    y: u16,
    values: &VecDeque<f64>,
    range: Option<(f64, f64)>,
    style: ratatui::style::Style,
) {
    let room = usize::from(pen.width().saturating_sub(from + 1));
    let values: Vec<f64> = values.iter().copied().skip(values.len().saturating_sub(room)).collect();
    let x = pen.width().saturating_sub(values.len() as u16 + 1);
    pen.sparkline(x.max(from), y, &values, range, style);
}
