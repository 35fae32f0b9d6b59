//! What f1 and f2 say of one pattern: a row for each class, their bars side by side, before and after the ascent.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::pen::Pen;
use super::super::view::View;
use crate::dashboard::format;
use crate::dashboard::state::{Answers, StartKey, When};

/// Columns of a class's name.
const NAME: u16 = 12;

/// Columns of a probability before and after.
const SHARES: u16 = 16;

/// Rows that all classes take, with the head.
pub(super) fn height(view: &View<'_>) -> u16 {
    let Some(Ok(answers)) = view.state.class_answers() else { return 2 };
    answers.outputs.min(100) as u16 + 2
}

/// Draws them.
pub(super) fn draw(view: &View<'_>, key: &StartKey, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let mut pen = Pen::new(buffer, area);
    let answers = match view.state.class_answers() {
        None => return,
        Some(Err(message)) => {
            pen.wrapped(1, 0, message, theme.bad());
            return;
        }
        Some(Ok(answers)) => answers,
    };
    let (Some(report), Some(models), Some((_, pair))) =
        (view.state.report(), view.state.places(), view.state.pair())
    else {
        return;
    };
    let names = report.class_names();
    let room = pen.width().saturating_sub(NAME + 1) / 2;
    let titles = [format!("f1 {}", report.f1_of(pair)), format!("f2 {}", pair.f2.as_str())];
    for (nth, title) in titles.iter().enumerate() {
        pen.cell(NAME + 1 + nth as u16 * room, 0, room.saturating_sub(1), title, theme.faint());
    }
    let height = usize::from(pen.height().saturating_sub(1));
    let classes = listed(answers, key, models, height);
    for (row, class) in classes.iter().enumerate() {
        let y = row as u16 + 1;
        let own = *class == key.class.class;
        let name = names.get(*class).cloned().unwrap_or_else(|| format!("class {class}"));
        pen.put(0, y, if own { "▸" } else { " " }, theme.key());
        pen.cell(1, y, NAME - 1, &name, if own { theme.title() } else { theme.text() });
        for (nth, model) in models.into_iter().enumerate() {
            let share = |when| {
                let shares = answers.probabilities(when, model, key.start);
                shares.and_then(|shares| shares.get(*class)).map_or(f64::NAN, |share| f64::from(*share))
            };
            let (before, after) = (share(When::Before), share(When::After));
            let x = NAME + 1 + nth as u16 * room;
            let figures = format!("{} → {}", format::percent(before), format::percent(after));
            let bar = room.saturating_sub(SHARES + 2);
            if bar >= 4 {
                pen.bar(x, y, bar, after, theme.curve(nth), theme.line());
                // Where it stood before the ascent.
                let column = (before.clamp(0.0, 1.0) * f64::from(bar - 1)).round() as u16;
                if before.is_finite() {
                    pen.put(x + column, y, "│", theme.text());
                }
                pen.cell_right(x + bar, y, SHARES, &figures, theme.text());
            } else {
                pen.cell_right(x, y, room.saturating_sub(1), &figures, theme.text());
            }
        }
    }
}

/// The classes in their order where all fit, else those that either model holds likeliest, and the pattern's own.
fn listed(answers: &Answers, key: &StartKey, models: [usize; 2], height: usize) -> Vec<usize> {
    let mut classes: Vec<usize> = (0..answers.outputs).collect();
    if classes.len() <= height {
        return classes;
    }
    let likely = |class: usize| {
        let shares = models.map(|model| {
            let shares = answers.probabilities(When::After, model, key.start);
            shares.and_then(|shares| shares.get(class)).copied().unwrap_or(0.0)
        });
        shares[0].max(shares[1])
    };
    let own = key.class.class;
    classes.sort_by(|a, b| (*b == own).cmp(&(*a == own)).then(likely(*b).total_cmp(&likely(*a))));
    classes.truncate(height);
    classes
}
