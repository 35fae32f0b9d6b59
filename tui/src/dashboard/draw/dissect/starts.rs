//! The starts of a class: how far apart the models end on each, and how sure they are of the class before and after.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::pen::{Pen, Title, boxed};
use super::super::view::View;
use super::classes;
use crate::dashboard::format;
use crate::dashboard::state::{Answers, Level, Run, When, first_shown};

/// Columns of a start's number.
const NUMBER: u16 = 6;

/// Columns of a distance.
const DIST: u16 = 9;

/// Columns of a probability before and after.
const SHARES: u16 = 16;

/// Where one is: `pair › class`.
pub(super) fn path(view: &View<'_>, run: &Run) -> String {
    let state = view.state;
    let mut path = run.name().to_owned();
    if let (Some(report), Some((_, pair))) = (state.report(), state.pair()) {
        path = format!("{} → {}", report.f1_of(pair), pair.f2.as_str());
        if let Some(class) = state.class_at().and_then(|at| pair.per_class.get(at)) {
            path = format!("{path} › {}", classes::label(class));
        }
    }
    path
}

/// Draws them.
pub(super) fn draw(view: &View<'_>, run: &Run, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let state = view.state;
    let focused = state.dissect.level == Level::Starts;
    let line = if focused { theme.line_focused() } else { theme.line() };
    let name = path(view, run);
    let right = if state.dissect.by_distance { "farthest first" } else { "by number" };
    let mut pen = boxed(buffer, area, &Title { name: &name, right, ..Title::default() }, line, theme);
    let answers = match state.class_answers() {
        None => {
            pen.put(1, 0, "reading…", theme.faint());
            return;
        }
        Some(Err(message)) => {
            pen.wrapped(1, 0, message, theme.bad());
            return;
        }
        Some(Ok(answers)) => answers,
    };
    let (Some([f1, f2]), Some(key)) = (state.places(), state.class_key()) else { return };
    let starts = state.starts();
    let far = |start: usize| answers.distance(When::After, f2, start).unwrap_or(f64::NAN);
    let largest = starts.iter().map(|start| far(*start)).filter(|dist| dist.is_finite()).fold(1e-9, f64::max);
    let bar = pen.width().saturating_sub(NUMBER + DIST + 2 * SHARES + 3);
    header(&mut pen, bar, theme.faint());
    let height = usize::from(pen.height().saturating_sub(1));
    let at = state.start().and_then(|start| starts.iter().position(|other| *other == start)).unwrap_or(0);
    let first = first_shown(at, starts.len(), height);
    for (row, start) in starts.iter().enumerate().skip(first).take(height) {
        let y = (row - first) as u16 + 1;
        if row == at {
            pen.row_style(y, theme.cursor());
        }
        let mut x = pen.cell_right(0, y, NUMBER - 1, &start.to_string(), theme.text()) + 1;
        x = pen.cell_right(x, y, DIST - 1, &format::number(far(*start)), theme.text()) + 1;
        if bar >= 6 {
            x = pen.bar(x, y, bar, far(*start) / largest, theme.curve(0), theme.line()) + 1;
        }
        for model in [f1, f2] {
            x = pen.cell_right(x, y, SHARES - 1, &shares(answers, model, *start, key.class), theme.text())
                + 1;
        }
    }
}

fn header(pen: &mut Pen<'_>, bar: u16, style: ratatui::style::Style) {
    let mut x = pen.cell_right(0, 0, NUMBER - 1, "start", style) + 1;
    x = pen.cell_right(x, 0, DIST - 1, "KL", style) + 1;
    if bar >= 6 {
        x += bar + 1;
    }
    x = pen.cell_right(x, 0, SHARES - 1, "f1's class", style) + 1;
    pen.cell_right(x, 0, SHARES - 1, "f2's", style);
}

/// A model's probability of the class, before and after: `8.2% → 99.4%`.
fn shares(answers: &Answers, model: usize, start: usize, class: usize) -> String {
    let share = |when| {
        let share = answers.probabilities(when, model, start).and_then(|shares| shares.get(class));
        share.map_or("–".to_owned(), |share| format::percent(f64::from(*share)))
    };
    format!("{} → {}", share(When::Before), share(When::After))
}
