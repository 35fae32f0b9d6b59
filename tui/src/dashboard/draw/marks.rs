//! What happened, below a chart: a glyph where it did, and the stages shaded behind the curves.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::axis::Axis;
use super::theme::Theme;
use crate::dashboard::state::{Band, Mark, MarkKind, Stage};

/// A mark and how it is drawn.
#[derive(Debug, Clone)]
pub(super) struct Drawn {
    /// What happened.
    pub(super) mark: Mark,
    /// The colour of its run, where there are several.
    pub(super) style: Style,
}

/// The style of what happened in the only run in view.
pub(super) fn style(kind: MarkKind, theme: &Theme) -> Style {
    match kind {
        MarkKind::Checkpoint => theme.line(),
        MarkKind::Snapshot => theme.accent(),
        MarkKind::Ended | MarkKind::Resumed => theme.live(),
        MarkKind::Warning | MarkKind::Finding => theme.warning(),
    }
}

/// Puts glyphs into a row; where two share a cell, the more telling one is seen.
pub(super) fn row(marks: &[Drawn], axis: &Axis, area: Rect, buffer: &mut Buffer) {
    let mut sorted: Vec<&Drawn> = marks.iter().collect();
    sorted.sort_by_key(|drawn| drawn.mark.kind);
    for drawn in sorted {
        let Some(column) = column(axis, drawn.mark.x, area) else { continue };
        if let Some(cell) = buffer.cell_mut((column, area.y)) {
            cell.set_char(drawn.mark.kind.shown().0).set_style(drawn.style);
        }
    }
}

/// The column of the terminal where x is; nothing where it is not in view.
pub(super) fn column(axis: &Axis, x: f64, area: Rect) -> Option<u16> {
    let place = axis.place(x).filter(|place| (0.0..=1.0).contains(place))?;
    let dots = f64::from(area.width.max(1) * 2 - 1);
    Some(area.x + ((place * dots).round() as u16 / 2).min(area.width.saturating_sub(1)))
}

/// The columns that a band is over, from the left of the area.
fn columns(band: &Band, axis: &Axis, area: Rect) -> std::ops::Range<u16> {
    let edge = |x: f64| {
        let place = axis.place(x).unwrap_or(if x < axis.value(0.5) { 0.0 } else { 1.0 }).clamp(0.0, 1.0);
        (place * f64::from(area.width)).round() as u16
    };
    edge(band.from)..band.to.map_or(area.width, edge)
}

/// Shades hunting behind the curves, and sprinkles fitting. Without shades both are sprinkled, so sparsely that curves
/// stay readable.
pub(super) fn shade(bands: &[Band], axis: &Axis, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    for band in bands {
        let columns = columns(band, axis, area);
        if let (Stage::Hunting, Some(style)) = (band.stage, theme.shade()) {
            let stretch = Rect { x: area.x + columns.start, width: columns.len() as u16, ..area };
            buffer.set_style(stretch.intersection(buffer.area), style);
            continue;
        }
        let (glyph, apart) = match band.stage {
            Stage::Hunting => ("░", 4),
            Stage::Fitting => ("·", 8),
        };
        for x in columns {
            for y in (0..area.height).filter(|y| (x + 4 * y).is_multiple_of(apart)) {
                if let Some(cell) = buffer.cell_mut((area.x + x, area.y + y)) {
                    cell.set_symbol(glyph).set_style(theme.line());
                }
            }
        }
    }
}

/// The names of the stages, over the curves in the upper row.
pub(super) fn names(bands: &[Band], axis: &Axis, theme: &Theme, area: Rect, buffer: &mut Buffer) {
    for band in bands {
        let columns = columns(band, axis, area);
        let name = band.stage.name();
        if columns.len() >= name.len() + 2 {
            buffer.set_string(area.x + columns.start + 1, area.y, name, theme.faint());
        }
    }
}
