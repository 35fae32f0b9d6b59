//! Which parts of a dissection are on the screen, and where.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::pen::{Title, boxed};
use super::super::view::View;
use super::{ascent, bars, beside, classes, matrix, patterns, start, starts};
use crate::dashboard::format;
use crate::dashboard::state::{Level, Report, Run, first_shown, ids};

/// Columns of the list of dissections.
const LIST: u16 = 34;

/// Columns from which a start's pictures stand beside the list of starts.
const WIDE: u16 = 100;

/// Draws the screen.
pub(in super::super) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let runs = view.state.dissections();
    let Some(run) = view.state.dissection() else {
        let mut pen =
            boxed(buffer, area, &Title { name: "Dissect", ..Title::default() }, theme.line(), theme);
        let words = "nothing dissected yet: mark f1, f2 and G among the models (3), then press d";
        pen.wrapped(1, 0, words, theme.faint());
        return;
    };
    // Further in, the room belongs to what is looked at.
    let level = view.state.dissect.level;
    let list = if area.width >= 120 && runs.len() > 1 && level < Level::Starts { LIST } else { 0 };
    let rest = Rect { x: area.x + list, width: area.width - list, ..area };
    if list > 0 {
        draw_list(view, &runs, run, Rect { width: list, ..area }, buffer);
    }
    if let Some(two) = view.state.compared().filter(|_| level == Level::Runs) {
        beside::draw(view, two, rest, buffer);
        return;
    }
    match &run.report {
        Some(Ok(report)) => draw_report(view, run, report, rest, buffer),
        Some(Err(message)) => {
            let mut pen =
                boxed(buffer, rest, &Title { name: run.name(), ..Title::default() }, theme.line(), theme);
            pen.wrapped(1, 0, message, theme.bad());
        }
        None => ascent::draw(view, run, rest, buffer),
    }
}

fn draw_list(view: &View<'_>, runs: &[&Run], front: &Run, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let focused = view.state.dissect.level == Level::Runs;
    let line = if focused { theme.line_focused() } else { theme.line() };
    let mut pen = boxed(buffer, area, &Title { name: "Dissections", ..Title::default() }, line, theme);
    let at = ids(runs).iter().position(|id| *id == front.id).unwrap_or(0);
    let height = pen.height();
    let first = first_shown(at, runs.len(), usize::from(height));
    for (row, run) in runs.iter().enumerate().skip(first).take(usize::from(height)) {
        let y = (row - first) as u16;
        if row == at {
            pen.row_style(y, theme.cursor());
        }
        if view.state.marked.contains(&run.id) {
            pen.put(0, y, "▎", theme.key());
        }
        let (glyph, style) = view.status(run);
        pen.put(1, y, glyph, style);
        let width = pen.width();
        pen.cell(3, y, width.saturating_sub(10), run.name(), theme.text());
        let report = run.report.as_ref().and_then(|report| report.as_ref().ok());
        let dist =
            report.and_then(|report| report.pairs.first()?.dist).map(format::number).unwrap_or_default();
        pen.cell_right(width.saturating_sub(7), y, 7, &dist, theme.faint());
    }
}

/// The box of everything about one run: its name, and where it is among the others.
pub(super) fn title<'t>(view: &View<'_>, run: &'t Run, place: &'t mut String) -> Title<'t> {
    let runs = view.state.dissections();
    let at = runs.iter().position(|other| other.id == run.id).unwrap_or(0);
    let marked = if view.state.marked.contains(&run.id) { "marked · " } else { "" };
    *place = format!("{marked}{} of {}", at + 1, runs.len());
    Title { name: run.name(), right: place, ..Title::default() }
}

fn draw_report(view: &View<'_>, run: &Run, report: &Report, area: Rect, buffer: &mut Buffer) {
    match view.state.dissect.level {
        Level::Start => start::draw(view, run, area, buffer),
        Level::Starts => {
            let list = if area.width >= WIDE { (area.width * 2 / 5).max(48) } else { area.width };
            starts::draw(view, run, Rect { width: list, ..area }, buffer);
            let rest = Rect { x: area.x + list, width: area.width - list, ..area };
            if rest.width > 0 {
                start::draw(view, run, rest, buffer);
            }
        }
        Level::Runs | Level::Pairs | Level::Classes => draw_overview(view, run, report, area, buffer),
    }
}

fn draw_overview(view: &View<'_>, run: &Run, report: &Report, area: Rect, buffer: &mut Buffer) {
    let beside = patterns::width(view, report, area);
    let left = Rect { width: area.width - beside, ..area };
    let measure = view.state.dissect.matrix;
    let table = measure.and_then(|measure| Some((report.matrix.as_ref()?, measure)));
    let wanted = match table {
        Some((matrix, _)) => matrix::height(matrix),
        None => bars::height(report),
    };
    // The classes keep a third, unless there is room for everything.
    let most = (left.height * 2 / 3).max(left.height.min(9));
    let upper = Rect { height: wanted.min(most), ..left };
    match table {
        Some((matrix, measure)) => matrix::draw(view, run, report, (matrix, measure), upper, buffer),
        None => bars::draw(view, run, report, upper, buffer),
    }
    let below = Rect { y: upper.bottom(), height: left.height - upper.height, ..left };
    if below.height >= 4 {
        classes::draw(view, report, below, buffer);
    }
    if beside > 0 {
        let right = Rect { x: left.right(), width: beside, ..area };
        patterns::draw(view, report, right, buffer);
    }
}
