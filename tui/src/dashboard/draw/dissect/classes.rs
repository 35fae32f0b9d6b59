//! The distances by class: a row for each class, a column for each bar, and a bar for the one under the cursor.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::pen::{Pen, Title, boxed};
use super::super::view::View;
use crate::dashboard::format;
use crate::dashboard::state::{Class, Level, Pair, Report, first_shown};

/// Columns of a class's name.
const NAME: u16 = 12;

/// Columns of `5.500 ± 0.900`.
const FIGURES: u16 = 17;

/// What a class is called.
pub(super) fn label(class: &Class) -> String {
    class.name.clone().unwrap_or_else(|| format!("class {}", class.class))
}

/// Draws them.
pub(super) fn draw(view: &View<'_>, report: &Report, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let focused = view.state.dissect.level == Level::Classes;
    let line = if focused { theme.line_focused() } else { theme.line() };
    let title = Title { name: "By class", aside: "mean ± deviation", ..Title::default() };
    let mut pen = boxed(buffer, area, &title, line, theme);
    let Some((front, pair)) = view.state.pair().filter(|(_, pair)| !pair.per_class.is_empty()) else {
        pen.put(1, 0, "the report has no classes", theme.faint());
        return;
    };
    let fitting = usize::from((pen.width().saturating_sub(NAME) / FIGURES).max(1)).min(report.pairs.len());
    // Of many bars the one in front and its neighbours.
    let from = first_shown(front, report.pairs.len(), fitting);
    let columns = &report.pairs[from..(from + fitting).min(report.pairs.len())];
    let room = pen.width().saturating_sub(NAME + 1);
    let each = (room / columns.len().max(1) as u16).min(if columns.len() == 1 { 18 } else { 28 });
    for (nth, pair) in columns.iter().enumerate() {
        let style = if from + nth == front { theme.text() } else { theme.faint() };
        pen.cell_right(NAME + nth as u16 * each, 0, each, pair.f2.as_str(), style);
    }
    let bars = NAME + columns.len() as u16 * each + 2;
    let height = usize::from(pen.height().saturating_sub(1));
    let at = view.state.class_at().unwrap_or(0);
    let first = if focused { first_shown(at, pair.per_class.len(), height) } else { 0 };
    for (row, class) in pair.per_class.iter().enumerate().skip(first).take(height) {
        let y = (row - first) as u16 + 1;
        if focused && row == at {
            pen.row_style(y, theme.cursor());
        }
        pen.cell(1, y, NAME - 1, &label(class), theme.text());
        for (nth, pair) in columns.iter().enumerate() {
            let Some(class) = pair.per_class.get(row) else { continue };
            let number = |value: Option<f64>| value.map_or("–".to_owned(), format::number);
            let text = format!("{} ± {}", number(class.mean), number(class.std));
            pen.cell_right(NAME + nth as u16 * each, y, each, &text, theme.text());
        }
        draw_bar(view, report, (pair, front), class, (bars, y), &mut pen);
    }
}

/// The bar of a class, and how often both models name the same one, where there is room.
fn draw_bar(
    view: &View<'_>,
    report: &Report,
    (_, front): (&Pair, usize),
    class: &Class,
    (x, y): (u16, u16),
    pen: &mut Pen<'_>,
) {
    let theme = view.theme;
    let Some(room) = pen.width().checked_sub(x + 1).filter(|room| *room >= 10) else { return };
    let means = report.pairs.iter().flat_map(|pair| &pair.per_class).filter_map(|class| class.mean);
    let longest = means.filter(|mean| mean.is_finite()).fold(1e-9, f64::max);
    let agreement = class.agreement.map(|share| format!("agree {}", format::percent(share)));
    let words = agreement.filter(|_| room >= 40).unwrap_or_default();
    let said = if words.is_empty() { 0 } else { 13 };
    pen.bar(x, y, room - said, class.mean.unwrap_or(0.0) / longest, theme.curve(front), theme.line());
    pen.cell_right(x + room - said, y, said, &words, theme.faint());
}
