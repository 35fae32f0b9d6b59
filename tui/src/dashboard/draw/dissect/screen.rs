//! A dissection: how far it is, then its bars with their deviation, the distances by class and the patterns.

use dissect_runs::records::Kind;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pen::{Pen, Title, boxed};
use super::view::View;
use super::{charts, patterns};
use crate::dashboard::format;
use crate::dashboard::state::{DissectPane, Pair, Report, Run, XAxis, first_shown, ids};

/// Draws the screen.
pub(super) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let runs = view.state.dissections();
    let Some(run) = view.state.dissection() else {
        let mut pen =
            boxed(buffer, area, &Title { name: "Dissect", ..Title::default() }, theme.line(), theme);
        pen.wrapped(
            1,
            0,
            "nothing dissected yet: mark f1, f2 and G among the models (3), then press d",
            theme.faint(),
        );
        return;
    };
    let list = if area.width >= 120 && runs.len() > 1 { 34 } else { 0 };
    let rest = Rect { x: area.x + list, width: area.width - list, ..area };
    if list > 0 {
        draw_list(view, &runs, run, Rect { width: list, ..area }, buffer);
    }
    match &run.report {
        Some(Ok(report)) => draw_report(view, run, report, rest, buffer),
        Some(Err(message)) => {
            let mut pen =
                boxed(buffer, rest, &Title { name: run.name(), ..Title::default() }, theme.line(), theme);
            pen.wrapped(1, 0, message, theme.bad());
        }
        None => draw_ascent(view, run, rest, buffer),
    }
}

fn draw_list(view: &View<'_>, runs: &[&Run], front: &Run, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let focused = view.state.dissect_pane == DissectPane::Runs;
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
        let (glyph, style) = view.status(run);
        pen.put(0, y, glyph, style);
        let width = pen.width();
        pen.cell(2, y, width.saturating_sub(9), run.name(), theme.text());
        let report = run.report.as_ref().and_then(|report| report.as_ref().ok());
        let dist =
            report.and_then(|report| report.pairs.first()?.dist).map(format::number).unwrap_or_default();
        pen.cell_right(width.saturating_sub(7), y, 7, &dist, theme.faint());
    }
}

/// The box of everything about one run: its name, and where it is among the others.
fn title<'t>(view: &View<'_>, run: &'t Run, place: &'t mut String) -> Title<'t> {
    let runs = view.state.dissections();
    let at = runs.iter().position(|other| other.id == run.id).unwrap_or(0);
    *place = format!("{} of {}", at + 1, runs.len());
    Title { name: run.name(), aside: "", right: place, ..Title::default() }
}

fn draw_ascent(view: &View<'_>, run: &Run, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let mut place = String::new();
    let mut pen = boxed(buffer, area, &title(view, run, &mut place), theme.line(), theme);
    let inner = pen.area();
    let (glyph, style) = view.status(run);
    pen.pieces(
        1,
        0,
        [(glyph, style), (" ", style), (run.status(), style), ("  ", style), (&run.summary(), theme.faint())],
    );
    if let Some(trouble) = run.trouble() {
        pen.wrapped(1, 2, &trouble, theme.bad());
        return;
    }
    if let (Some(share), Some((done, total))) = (run.progress(), run.done()) {
        let width = (pen.width().saturating_sub(2)).min(60);
        pen.bar(1, 1, width, share, theme.live(), theme.line());
        let left =
            run.time_left().map(|left| format!(", {} left", format::duration(left))).unwrap_or_default();
        pen.put(1, 2, &format!("step {done} of {total}{left}"), theme.faint());
    }
    let list = charts::charts(&[run]);
    let rest = Rect { y: inner.y + 3, height: inner.height.saturating_sub(3), ..inner };
    let across = if rest.width >= 80 { 2 } else { 1 };
    for (nth, chart) in
        list.iter().take(usize::from(across) * usize::from(rest.height / 6).min(1)).enumerate()
    {
        let width = rest.width / across;
        let place = Rect { x: rest.x + nth as u16 * width, width, ..rest };
        charts::plain(view, chart, &[run], XAxis::Step, place, pen.buffer());
    }
    if list.is_empty() && run.is_live() && run.history.metrics(Kind::Step).is_empty() {
        pen.put(1, 4, "no step is done yet", theme.faint());
    }
}

fn draw_report(view: &View<'_>, run: &Run, report: &Report, area: Rect, buffer: &mut Buffer) {
    let beside = patterns::width(view, report, area);
    let left = Rect { width: area.width - beside, ..area };
    let bars_height = (report.pairs.len() as u16 * 2 + 6).min(left.height).max(left.height.min(8));
    let bars = Rect { height: bars_height, ..left };
    draw_bars(view, run, report, bars, buffer);
    let below = Rect { y: bars.bottom(), height: left.height - bars.height, ..left };
    if below.height >= 4 {
        draw_classes(view, report, below, buffer);
    }
    if beside > 0 {
        let right = Rect { x: left.right(), width: beside, ..area };
        patterns::draw(view, report, right, buffer);
    }
}

fn draw_bars(view: &View<'_>, run: &Run, report: &Report, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let mut place = String::new();
    let mut pen = boxed(buffer, area, &title(view, run, &mut place), theme.line(), theme);
    let share = |value: Option<f64>| value.map_or("–".to_owned(), format::percent);
    pen.pieces(1, 0, [("f1 ", theme.key()), (report.f1.as_str(), theme.text())]);
    if let Some(activation) = report.activation {
        let words =
            format!("its class at {} before, {} after", share(activation.before), share(activation.after));
        let room = pen.width().saturating_sub(2);
        pen.cell(1, 1, room, &words, theme.faint());
    }
    let width = pen.width();
    let figures = 17;
    let longest = report.pairs.iter().map(|pair| pair.f2.as_str().chars().count()).max().unwrap_or(0) as u16;
    let name = longest.clamp(4, (width / 3).max(4));
    let bar = width.saturating_sub(name + figures + 4);
    // One scale for all dissections: going from one to the next compares them.
    let reports = view.state.dissections().into_iter().filter_map(|run| run.report.as_ref()?.as_ref().ok());
    let largest = reports.map(Report::largest).fold(1e-9, f64::max);
    let mut y = 3;
    pen.cell(1, 2, name, "f2", theme.faint());
    pen.cell_right(name + bar + 2, 2, figures, "Dist ± deviation", theme.faint());
    for (nth, pair) in report.pairs.iter().enumerate() {
        if y >= pen.height() {
            break;
        }
        pen.cell(1, y, name, pair.f2.as_str(), theme.text());
        let dist = pair.dist.unwrap_or(f64::NAN);
        pen.bar(name + 2, y, bar, dist / largest, theme.curve(nth), theme.line());
        whisker(view, pair, (name + 2, y, bar), largest, &mut pen);
        let figure = format!("{} ± {}", format::number(dist), format::number(pair.deviation()));
        pen.cell_right(name + bar + 2, y, figures, &figure, theme.text());
        y += 1;
        let before = pair.before.map(|before| format!("{} on G(z)", format::number(before.dist())));
        let agree = pair.agreement.map(|share| format!("same class named: {}", format::percent(share)));
        let images = pair.on_images.map(|images| format!("{} on test images", format::number(images.dist)));
        let words: Vec<String> = before.into_iter().chain(images).chain(agree).collect();
        if y < pen.height() && !words.is_empty() {
            let x = if name + 2 + words.join(", ").len() as u16 > pen.width() { 3 } else { name + 2 };
            let room = pen.width().saturating_sub(x + 1);
            pen.cell(x, y, room, &words.join(", "), theme.faint());
            y += 1;
        }
    }
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

fn draw_classes(view: &View<'_>, report: &Report, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let (focused, first) = match view.state.dissect_pane {
        DissectPane::Classes { first } => (true, first),
        DissectPane::Runs => (false, 0),
    };
    let line = if focused { theme.line_focused() } else { theme.line() };
    let mut pen = boxed(
        buffer,
        area,
        &Title { name: "By class", aside: "mean ± deviation", right: "", ..Title::default() },
        line,
        theme,
    );
    let classes =
        report.pairs.iter().map(|pair| pair.per_class.as_slice()).max_by_key(|classes| classes.len());
    let Some(classes) = classes.filter(|classes| !classes.is_empty()) else {
        pen.put(1, 0, "the report has no classes", theme.faint());
        return;
    };
    let means = report.pairs.iter().flat_map(|pair| &pair.per_class).filter_map(|class| class.mean);
    let longest = means.fold(1e-9, f64::max);
    let name = 12;
    let each = 17;
    let shown = usize::from((pen.width().saturating_sub(name) / each).max(1)).min(report.pairs.len());
    let each = ((pen.width().saturating_sub(name + 1)) / shown as u16).min(if shown == 1 { 18 } else { 28 });
    for (nth, pair) in report.pairs.iter().take(shown).enumerate() {
        pen.cell_right(name + nth as u16 * each, 0, each, pair.f2.as_str(), theme.faint());
    }
    let height = usize::from(pen.height().saturating_sub(1));
    let first = first.min(classes.len().saturating_sub(height));
    for (row, class) in classes.iter().enumerate().skip(first).take(height) {
        let y = (row - first) as u16 + 1;
        let label = class.name.clone().unwrap_or_else(|| format!("class {}", class.class));
        pen.cell(1, y, name - 1, &label, theme.text());
        for (nth, pair) in report.pairs.iter().take(shown).enumerate() {
            let Some(class) = pair.per_class.get(row) else { continue };
            let number = |value: Option<f64>| value.map_or("–".to_owned(), format::number);
            let text = format!("{} ± {}", number(class.mean), number(class.std));
            pen.cell_right(name + nth as u16 * each, y, each, &text, theme.text());
        }
        let bar = name + each + 2;
        if let ([pair], Some(room)) = (report.pairs.as_slice(), pen.width().checked_sub(bar + 10)) {
            let mean = pair.per_class.get(row).and_then(|class| class.mean).unwrap_or(0.0);
            pen.bar(bar, y, room + 9, mean / longest, theme.curve(0), theme.line());
        }
    }
}
