//! The curves of the runs in view: a grid of charts, or one of them full-size.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::charts;
use super::pen::{Pen, Title, boxed};
use super::view::View;
use crate::dashboard::state::{Chart, Run, grid_columns};

/// The least height of a chart with its box.
const LEAST: u16 = 7;

/// Draws the screen.
pub(super) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let runs = view.state.in_view();
    let list = view.state.chart_list();
    let legend = if area.height >= 8 && !runs.is_empty() { 1 } else { 0 };
    draw_legend(view, &runs, &mut Pen::new(buffer, Rect { height: legend, ..area }));
    let rest = Rect { y: area.y + legend, height: area.height.saturating_sub(legend), ..area };
    if list.is_empty() {
        let mut pen = boxed(
            buffer,
            rest,
            &Title { name: "Metrics", ..Title::default() },
            view.theme.line(),
            view.theme,
        );
        let words = match runs.first() {
            None => "no run to show: mark runs on screen 1 with space".to_owned(),
            Some(run) => format!("{} is {} and has written no metrics yet", run.name(), run.status()),
        };
        pen.wrapped(1, 0, &words, view.theme.faint());
        return;
    }
    let at = view.state.charts.at.min(list.len() - 1);
    if view.state.charts.full {
        draw_full(view, &list[at], &runs, rest, buffer);
    } else {
        draw_grid(view, &list, &runs, at, rest, buffer);
    }
}

fn draw_legend(view: &View<'_>, runs: &[&Run], pen: &mut Pen<'_>) {
    let theme = view.theme;
    let room = pen.width();
    let mut x = 1;
    for (nth, run) in runs.iter().enumerate() {
        let size = run.name().chars().count() as u16 + 4;
        if x + size > room {
            pen.put(x, 0, &format!("+{}", runs.len() - nth), theme.faint());
            break;
        }
        x = pen.pieces(x, 0, [("━ ", view.curve(run)), (run.name(), theme.text())]) + 2;
    }
}

fn draw_grid(view: &View<'_>, list: &[Chart], runs: &[&Run], at: usize, area: Rect, buffer: &mut Buffer) {
    let across = grid_columns(list.len(), area.width);
    let fits = usize::from((area.height / LEAST).max(1));
    let rows = list.len().div_ceil(across);
    let shown = rows.min(fits);
    // Whole rows are turned, the one with the chart at hand always among them.
    let first = (at / across).saturating_sub(shown - 1) * across;
    for (nth, chart) in list.iter().enumerate().skip(first).take(shown * across) {
        let (row, column) = ((nth - first) / across, (nth - first) % across);
        let here = split(area.height, shown, row);
        // The last row's charts share its whole width.
        let beside = split(area.width, across.min(list.len() - first - row * across), column);
        let place = Rect { x: area.x + beside.0, width: beside.1, y: area.y + here.0, height: here.1 };
        charts::in_box(view, chart, runs, nth == at && list.len() > 1, place, buffer);
    }
}

/// The beginning and size of part `nth` of `count` parts that fill `whole`.
fn split(whole: u16, count: usize, nth: usize) -> (u16, u16) {
    let edge = |n: usize| (usize::from(whole) * n / count) as u16;
    (edge(nth), edge(nth + 1) - edge(nth))
}

fn draw_full(view: &View<'_>, chart: &Chart, runs: &[&Run], area: Rect, buffer: &mut Buffer) {
    let table = if area.height >= 16 { (runs.len() as u16).min(area.height / 3) + 1 } else { 0 };
    let upper = Rect { height: area.height - table, ..area };
    charts::in_box(view, chart, runs, true, upper, buffer);
    let mut pen = Pen::new(buffer, Rect { y: upper.bottom(), height: table, ..area });
    let theme = view.theme;
    let names: Vec<&str> = chart.metrics().collect();
    let width = 18;
    let left = pen.width().saturating_sub(width * names.len() as u16);
    for (nth, name) in names.iter().enumerate() {
        pen.cell_right(left + nth as u16 * width, 0, width - 1, name, theme.faint());
    }
    for (row, run) in runs.iter().enumerate() {
        let y = row as u16 + 1;
        let at = pen.put(1, y, "━ ", view.curve(run));
        pen.cell(at, y, left.saturating_sub(at), run.name(), theme.text());
        for (name, value) in chart.last_values(run) {
            if let Some(nth) = names.iter().position(|other| *other == name) {
                pen.cell_right(left + nth as u16 * width, y, width - 1, &value, theme.text());
            }
        }
    }
}
