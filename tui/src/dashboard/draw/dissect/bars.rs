//! The distances of a dissection as bars: figure 2 of the paper, with what makes them readable.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::pen::{Pen, boxed};
use super::super::view::View;
use super::screen::title;
use crate::dashboard::format;
use crate::dashboard::state::{Level, Pair, Report, Run, first_shown};

/// Rows of a bar: itself, and what else is known.
const EACH: u16 = 2;

/// Rows above the bars.
const HEAD: u16 = 3;

/// Columns of `5.500 ± 0.900`.
const FIGURES: u16 = 17;

/// Rows that all bars take, with their box.
pub(super) fn height(report: &Report) -> u16 {
    let yardstick = u16::from(report.untrained(report.f1.as_str()).is_some());
    (report.pairs.len().min(100) as u16 * EACH + HEAD + 3 + yardstick).max(8)
}

/// The end of the bars' axis. One scale for all dissections: going from one to the next compares them.
fn end_of_axis(view: &View<'_>) -> f64 {
    let reports = view.state.dissections().into_iter().filter_map(|run| run.report.as_ref()?.as_ref().ok());
    let largest = reports.map(Report::largest).filter(|largest| largest.is_finite());
    largest.fold(1e-9, f64::max)
}

/// Draws them.
pub(super) fn draw(view: &View<'_>, run: &Run, report: &Report, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let mut place = String::new();
    let focused = view.state.dissect.level == Level::Pairs;
    let line = if focused { theme.line_focused() } else { theme.line() };
    let mut pen = boxed(buffer, area, &title(view, run, &mut place), line, theme);
    let at = view.state.pair().map_or(0, |(at, _)| at);
    draw_head(view, report, at, &mut pen);
    let width = pen.width();
    let several = report.pairs.iter().any(|pair| report.f1_of(pair) != report.f1.as_str());
    let label = |pair: &Pair| match several {
        true => format!("{} → {}", report.f1_of(pair), pair.f2.as_str()),
        false => pair.f2.as_str().to_owned(),
    };
    let longest = report.pairs.iter().map(|pair| label(pair).chars().count()).max().unwrap_or(0) as u16;
    let name = longest.clamp(4, (width * 2 / 5).max(4));
    let bar = width.saturating_sub(name + FIGURES + 4);
    let largest = end_of_axis(view);
    pen.cell(1, HEAD - 1, name, if several { "f1 → f2" } else { "f2" }, theme.faint());
    pen.cell_right(name + bar + 2, HEAD - 1, FIGURES, "Dist ± deviation", theme.faint());
    let untrained =
        report.untrained(report.pairs.get(at).map_or(report.f1.as_str(), |pair| report.f1_of(pair)));
    let rows = pen.height().saturating_sub(HEAD + u16::from(untrained.is_some()));
    let shown = usize::from((rows / EACH).max(1));
    let first = first_shown(at, report.pairs.len(), shown);
    let mut y = HEAD;
    for (nth, pair) in report.pairs.iter().enumerate().skip(first).take(shown) {
        if y >= pen.height() {
            break;
        }
        if nth == at && focused {
            pen.row_style(y, theme.cursor());
        }
        pen.cell(1, y, name, &label(pair), theme.text());
        let dist = pair.dist.unwrap_or(f64::NAN);
        pen.bar(name + 2, y, bar, dist / largest, theme.curve(nth), theme.line());
        whisker(view, pair, (name + 2, y, bar), largest, &mut pen);
        let figure = format!("{} ± {}", format::number(dist), format::number(pair.deviation()));
        pen.cell_right(name + bar + 2, y, FIGURES, &figure, theme.text());
        draw_aside(view, pair, (name + 2, y + 1), &mut pen);
        y += EACH;
    }
    if let Some(untrained) = untrained.filter(|_| y < pen.height()) {
        pen.cell(1, y, name, "untrained f1", theme.faint());
        pen.bar(name + 2, y, bar, untrained / largest, theme.faint(), theme.line());
        pen.cell_right(name + bar + 2, y, FIGURES, &format::number(untrained), theme.faint());
    }
}

fn draw_head(view: &View<'_>, report: &Report, at: usize, pen: &mut Pen<'_>) {
    let theme = view.theme;
    let f1 = report.pairs.get(at).map_or(report.f1.as_str(), |pair| report.f1_of(pair));
    pen.pieces(1, 0, [("f1 ", theme.key()), (f1, theme.text())]);
    let share = |value: Option<f64>| value.map_or("–".to_owned(), format::percent);
    let activation = report.activation.filter(|_| f1 == report.f1.as_str());
    let activation = activation.map(|activation| {
        format!("its class at {} before, {} after", share(activation.before), share(activation.after))
    });
    let asked = report.settings.map(|settings| {
        let count = |value: Option<u64>| value.map_or("–".to_owned(), |value| value.to_string());
        format!("{} starts, {} steps", count(settings.seeds), count(settings.steps))
    });
    let words: Vec<String> = activation.into_iter().chain(asked).collect();
    let room = pen.width().saturating_sub(2);
    pen.cell(1, 1, room, &words.join(" · "), theme.faint());
}

/// What else is known of a bar, below it.
fn draw_aside(view: &View<'_>, pair: &Pair, (x, y): (u16, u16), pen: &mut Pen<'_>) {
    let before = pair.before.map(|before| format!("{} on G(z)", format::number(before.dist())));
    let images = pair.on_images.and_then(|images| images.dist);
    let images = images.map(|dist| format!("{} on test images", format::number(dist)));
    let agree = pair.agreement.map(|share| format!("same class named: {}", format::percent(share)));
    let words: Vec<String> = before.into_iter().chain(images).chain(agree).collect();
    let words = words.join(", ");
    let x = if x + words.chars().count() as u16 > pen.width() { 3 } else { x };
    let room = pen.width().saturating_sub(x + 1);
    pen.cell(x, y, room, &words, view.theme.faint());
}

/// One deviation to either side of the end of a bar.
fn whisker(view: &View<'_>, pair: &Pair, (x, y, width): (u16, u16, u16), largest: f64, pen: &mut Pen<'_>) {
    let Some(dist) = pair.dist.filter(|_| width > 0) else { return };
    let column = |value: f64| ((value / largest).clamp(0.0, 1.0) * f64::from(width)).round() as u16;
    let (from, to) = (column(dist - pair.deviation()), column(dist + pair.deviation()).min(width));
    let end = column(dist);
    for at in end..to {
        pen.put(x + at, y, if at + 1 == to { "┤" } else { "─" }, view.theme.text());
    }
    if to == end && from < end {
        pen.put(x + end.min(width - 1), y, "│", view.theme.text());
    }
}
