//! The curves of the runs in view: a grid of charts, or one of them full-size.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use super::charts;
use super::pen::{Pen, Title, boxed};
use super::view::View;
use crate::dashboard::state::{Chart, Grid, MarkKind, Readout, Run, marks};

/// The least height of a chart with its box, where as many are shown as fit.
const LEAST: u16 = 7;

/// Columns of a number in the table below a full-size chart.
const NUMBER: u16 = 22;

/// Draws the screen.
pub(super) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let runs = view.state.in_view();
    let list = view.state.chart_list();
    let legend = if area.height >= 8 && !runs.is_empty() { 1 } else { 0 };
    let at = view.state.charts.at.min(list.len().saturating_sub(1));
    let reads = view.state.charts.reading.is_some() && area.height >= 10 && !list.is_empty();
    let below = u16::from(reads);
    let rest = Rect { y: area.y + legend, height: area.height.saturating_sub(legend + below), ..area };
    let page = Page::of(view.state.charts.grid, list.len(), at, rest);
    let pages =
        if view.state.charts.full { format!("chart {} of {}", at + 1, list.len()) } else { page.said() };
    draw_legend(view, &runs, &pages, &mut Pen::new(buffer, Rect { height: legend, ..area }));
    if list.is_empty() {
        let words = match runs.first() {
            None => "no run to show: mark runs on screen 1 with space".to_owned(),
            Some(_) if !view.state.charts.filter.is_empty() => {
                format!("no chart matches /{}: esc drops the filter", view.state.charts.filter)
            }
            Some(_) if !view.state.charts.hidden.is_empty() => {
                "every chart is away: a brings them back".to_owned()
            }
            Some(run) => format!("{} is {} and has written no metrics yet", run.name(), run.status()),
        };
        let title = Title { name: "Metrics", ..Title::default() };
        let mut pen = boxed(buffer, rest, &title, view.theme.line(), view.theme);
        pen.wrapped(1, 0, &words, view.theme.faint());
        return;
    }
    if view.state.charts.full {
        draw_full(view, &list, at, &runs, rest, buffer);
    } else {
        for (nth, place) in page.places(rest) {
            let focused = nth == at && list.len() > 1;
            charts::in_box(view, &list[nth], &list, &runs, focused, place, buffer);
        }
    }
    if reads {
        let row = Rect { y: rest.bottom(), height: 1, ..area };
        draw_reading(view, &list[at], &runs, &mut Pen::new(buffer, row));
    }
}

fn draw_legend(view: &View<'_>, runs: &[&Run], pages: &str, pen: &mut Pen<'_>) {
    let theme = view.theme;
    let aside = pages.width() as u16 + 2;
    let room = pen.width().saturating_sub(if pages.is_empty() { 0 } else { aside });
    let mut x = 1;
    for (nth, run) in runs.iter().enumerate() {
        let size = run.name().width() as u16 + 4;
        if x + size > room {
            pen.put(x, 0, &format!("+{}", runs.len() - nth), theme.faint());
            break;
        }
        let stroke = match view.letter(nth).filter(|_| runs.len() > 1) {
            Some(letter) => format!("{letter} "),
            None => "━ ".to_owned(),
        };
        x = pen.pieces(x, 0, [(stroke.as_str(), view.curve(run)), (run.name(), theme.text())]) + 2;
    }
    if view.state.charts.marked && x + 10 < room {
        draw_glyphs(view, runs, x + 2, room, pen);
    }
    if !pages.is_empty() && pen.width() > aside {
        pen.put(pen.width() - aside + 1, 0, pages, theme.faint());
    }
}

/// What the glyphs below the charts mean, of those there are.
fn draw_glyphs(view: &View<'_>, runs: &[&Run], mut x: u16, room: u16, pen: &mut Pen<'_>) {
    let mut kinds: Vec<MarkKind> =
        runs.iter().flat_map(|run| marks(run, view.state.charts.axis)).map(|mark| mark.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds.into_iter().rev() {
        let (glyph, word) = kind.shown();
        let words = format!("{glyph} {word}");
        if x + words.width() as u16 > room {
            break;
        }
        x = pen.put(x, 0, &words, view.theme.faint()) + 2;
    }
}

/// Which record one reads, and what happened there.
fn draw_reading(view: &View<'_>, chart: &Chart, runs: &[&Run], pen: &mut Pen<'_>) {
    let theme = view.theme;
    let shown = &view.state.charts;
    let Some(x) = shown.reading else { return };
    let mut at = pen.put(1, 0, "┃ ", theme.accent());
    let read: Vec<(&Run, Readout)> = runs
        .iter()
        .filter_map(|run| Some((*run, chart.read(run, shown.axis, Some(x)).into_iter().next()?)))
        .collect();
    // Runs that wrote at the same place need it said once.
    match read.first() {
        Some((_, first)) => at = pen.put(at, 0, &first.place(), theme.text()) + 2,
        None => at = pen.put(at, 0, "no record here", theme.faint()) + 2,
    }
    let stretch = |line: (f64, f64)| (line.1 - line.0).abs() / 100.0;
    let all = crate::dashboard::state::extent(
        std::slice::from_ref(chart),
        runs,
        shown.axis,
        shown.x_scale,
        crate::dashboard::state::x_name(chart, runs, shown.axis),
    );
    let near = shown.window.or(all).map_or(0.0, stretch);
    for run in runs {
        let mut here: Vec<_> =
            marks(run, shown.axis).into_iter().filter(|mark| (mark.x - x).abs() <= near).collect();
        here.sort_by_key(|mark| std::cmp::Reverse(mark.kind));
        for mark in here {
            let (glyph, word) = mark.kind.shown();
            let room = pen.width().saturating_sub(at + 1);
            if room < 8 {
                return;
            }
            let words = format!("{glyph} {word} {}", mark.words);
            let words = crate::dashboard::state::text::fit(&words, usize::from(room));
            at = pen.put(at, 0, &words, if runs.len() > 1 { view.curve(run) } else { theme.warning() }) + 2;
        }
    }
}

/// Which charts stand on the screen, and how.
struct Page {
    first: usize,
    shown: usize,
    across: usize,
    rows: usize,
    count: usize,
}

impl Page {
    fn of(grid: Grid, count: usize, at: usize, area: Rect) -> Self {
        let across = grid.columns(count, area.width).max(1);
        let rows = match grid {
            Grid::Fitting => count.div_ceil(across).min(usize::from((area.height / LEAST).max(1))),
            Grid::Of(wanted) => wanted.div_ceil(across),
        }
        .max(1);
        let first = at / (rows * across) * (rows * across);
        Self { first, shown: count.saturating_sub(first).min(rows * across), across, rows, count }
    }

    /// Which of several pages it is.
    fn said(&self) -> String {
        let each = self.rows * self.across;
        if self.count <= each {
            return String::new();
        }
        format!("page {} of {}", self.first / each + 1, self.count.div_ceil(each))
    }

    fn places(&self, area: Rect) -> impl Iterator<Item = (usize, Rect)> {
        // A page that is not full keeps the height of its charts, so that turning pages does not make them jump.
        (0..self.shown).map(move |nth| {
            let (row, column) = (nth / self.across, nth % self.across);
            let here = split(area.height, self.rows, row);
            // The last row's charts share its whole width.
            let beside = split(area.width, self.across.min(self.shown - row * self.across), column);
            let place = Rect { x: area.x + beside.0, width: beside.1, y: area.y + here.0, height: here.1 };
            (self.first + nth, place)
        })
    }
}

/// The beginning and size of part `nth` of `count` parts that fill `whole`.
fn split(whole: u16, count: usize, nth: usize) -> (u16, u16) {
    let edge = |n: usize| (usize::from(whole) * n / count.max(1)) as u16;
    (edge(nth), edge(nth + 1) - edge(nth))
}

fn draw_full(view: &View<'_>, list: &[Chart], at: usize, runs: &[&Run], area: Rect, buffer: &mut Buffer) {
    let chart = &list[at];
    let table = if area.height >= 16 { (runs.len() as u16).min(area.height / 3) + 1 } else { 0 };
    let upper = Rect { height: area.height - table, ..area };
    charts::in_box(view, chart, list, runs, true, upper, buffer);
    let mut pen = Pen::new(buffer, Rect { y: upper.bottom(), height: table, ..area });
    let theme = view.theme;
    let names: Vec<&str> = chart.metrics().collect();
    let left = pen.width().saturating_sub(NUMBER * names.len() as u16);
    for (nth, name) in names.iter().enumerate() {
        pen.cell_right(left + nth as u16 * NUMBER, 0, NUMBER - 1, name, theme.faint());
    }
    for (row, run) in runs.iter().enumerate() {
        let y = row as u16 + 1;
        let stroke = match view.letter(row).filter(|_| runs.len() > 1) {
            Some(letter) => format!("{letter} "),
            None => "━ ".to_owned(),
        };
        let x = pen.put(1, y, &stroke, view.curve(run));
        pen.cell(x, y, left.saturating_sub(x), run.name(), theme.text());
        let reading = view.state.charts.reading;
        for read in chart.read(run, view.state.charts.axis, reading) {
            if let Some(nth) = names.iter().position(|other| *other == read.metric) {
                // Where one reads the number stands as it was written; else in a word.
                let value = if reading.is_some() { read.value.to_string() } else { chart.word(read.value) };
                pen.cell_right(left + nth as u16 * NUMBER, y, NUMBER - 1, &value, theme.text());
            }
        }
    }
}
