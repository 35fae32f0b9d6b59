//! All pairs as a table: a row for each f1, a column for each f2, the higher the number the fuller its cell.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::pen::{Pen, boxed};
use super::super::view::View;
use super::screen::title;
use crate::dashboard::format;
use crate::dashboard::state::{Level, Matrix, Measure, Report, Run, first_shown};

/// Columns of a cell: a shade and a number of seven.
const CELL: u16 = 10;

/// Shades of a cell, from the lowest to the highest number: told apart without colours.
const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];

/// Rows that the table takes, with its box.
pub(super) fn height(matrix: &Matrix) -> u16 {
    matrix.models.len().min(200) as u16 + 5
}

/// Draws it.
pub(super) fn draw(
    view: &View<'_>,
    run: &Run,
    report: &Report,
    (matrix, measure): (&Matrix, Measure),
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = view.theme;
    let mut place = String::new();
    let focused = view.state.dissect.level == Level::Pairs;
    let line = if focused { theme.line_focused() } else { theme.line() };
    let mut pen = boxed(buffer, area, &title(view, run, &mut place), line, theme);
    pen.pieces(
        1,
        0,
        [
            (measure.title(), theme.text()),
            ("  rows f1, columns f2; ", theme.faint()),
            ("v", theme.key()),
            (" another", theme.faint()),
        ],
    );
    let front = view.state.pair().and_then(|(_, pair)| {
        let place = |name: &str| matrix.models.iter().position(|model| model == name);
        Some((place(report.f1_of(pair))?, place(pair.f2.as_str())?))
    });
    let table = matrix.table(measure);
    let values = || table.iter().flatten().flatten().copied().filter(|value| value.is_finite());
    let highest = values().fold(0.0, f64::max);
    let longest = matrix.models.iter().map(|name| name.chars().count()).max().unwrap_or(0) as u16;
    let name = longest.clamp(4, (pen.width() / 3).max(4));
    let across = usize::from((pen.width().saturating_sub(name + 2) / CELL).max(1));
    let down = usize::from(pen.height().saturating_sub(3).max(1));
    let (row, column) = front.unwrap_or((0, 0));
    let left = first_shown(column, matrix.models.len(), across);
    let top = first_shown(row, matrix.models.len(), down);
    for (nth, model) in matrix.models.iter().enumerate().skip(left).take(across) {
        let x = name + 2 + (nth - left) as u16 * CELL;
        let style = if focused && nth == column { theme.text() } else { theme.faint() };
        pen.cell_right(
            x,
            2,
            CELL,
            &crate::dashboard::state::text::fit_middle(model, usize::from(CELL) - 1),
            style,
        );
    }
    for (at, model) in matrix.models.iter().enumerate().skip(top).take(down) {
        let y = (at - top) as u16 + 3;
        pen.cell(1, y, name, model, if focused && at == row { theme.text() } else { theme.faint() });
        for other in (left..matrix.models.len()).take(across) {
            let value = table.get(at).and_then(|of_row| of_row.get(other)).copied().flatten();
            let x = name + 2 + (other - left) as u16 * CELL;
            draw_cell(view, value, measure, highest, (x, y), &mut pen);
            if focused && (at, other) == (row, column) {
                pen.put(x, y, "▸", theme.key());
            }
        }
    }
}

fn draw_cell(
    view: &View<'_>,
    value: Option<f64>,
    measure: Measure,
    highest: f64,
    (x, y): (u16, u16),
    pen: &mut Pen<'_>,
) {
    let theme = view.theme;
    let Some(value) = value.filter(|value| value.is_finite()) else {
        pen.cell_right(x, y, CELL, "–", theme.faint());
        return;
    };
    let share = if highest > 0.0 { (value / highest).clamp(0.0, 1.0) } else { 0.0 };
    let shade = SHADES[(share * (SHADES.len() - 1) as f64).round() as usize];
    let text = if measure == Measure::Agreement { format::percent(value) } else { format::number(value) };
    pen.put(x + 1, y, shade, theme.live());
    pen.cell_right(x + 2, y, CELL - 2, &text, theme.text());
}
