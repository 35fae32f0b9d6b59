//! The list of runs, and below it the one under the cursor.

use dissect_runs::span;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr as _;

use super::pen::{Pen, Title, boxed, resampled};
use super::view::View;
use super::{charts, columns};
use crate::dashboard::format;
use crate::dashboard::state::{Run, Sort, XAxis, first_shown, ids, text};

/// Draws the screen.
pub(super) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let runs = view.state.listed_runs();
    let wanted = runs.len() as u16 + 3;
    let (list, detail) = if area.height < 16 {
        (area.height, 0)
    } else {
        let most = (area.height * 6 / 10).max(8);
        let list = wanted.clamp(8, most);
        (list, area.height - list)
    };
    draw_list(view, &runs, Rect { height: list, ..area }, buffer);
    if detail > 0 {
        draw_detail(view, Rect { y: area.y + list, height: detail, ..area }, buffer);
    }
}

fn draw_list(view: &View<'_>, runs: &[&Run], area: Rect, buffer: &mut Buffer) {
    let state = view.state;
    let theme = view.theme;
    let mut aside = format!("{}", runs.len());
    if runs.len() < state.runs.len() {
        aside = format!("{} of {} · /{}", runs.len(), state.runs.len(), state.filter.trim());
    }
    if !state.marked.is_empty() {
        aside.push_str(&format!(" · {} marked", state.marked.len()));
    }
    let sorted = if state.sort == Sort::Age { "" } else { &format!("by {}", state.sort.name()) };
    let mut pen = boxed(
        buffer,
        area,
        &Title { name: "Runs", aside: &aside, right: sorted, ..Title::default() },
        theme.line(),
        theme,
    );
    if runs.is_empty() {
        empty(view, &mut pen);
        return;
    }
    let longest = runs.iter().map(|run| run.name().width()).max().unwrap_or(0) as u16;
    let columns = columns::fitting(pen.width(), longest);
    let height = pen.height().saturating_sub(1);
    let at = state.cursor.row(&ids(runs)).unwrap_or(0);
    let first = first_shown(at, runs.len(), usize::from(height));
    let mut x = 0;
    for column in &columns {
        let header = |pen: &mut Pen<'_>| match column.right {
            true => pen.cell_right(x, 0, column.width, column.header, theme.faint()),
            false => pen.cell(x, 0, column.width, column.header, theme.faint()),
        };
        x = header(&mut pen) + 1;
    }
    for (row, run) in runs.iter().enumerate().skip(first).take(usize::from(height)) {
        let y = (row - first) as u16 + 1;
        if row == at {
            pen.row_style(y, theme.cursor());
        }
        let mut x = 0;
        for column in &columns {
            draw_cell(view, run, column, x, y, &mut pen);
            x += column.width + 1;
        }
    }
}

fn empty(view: &View<'_>, pen: &mut Pen<'_>) {
    let theme = view.theme;
    let state = view.state;
    if !state.listed {
        pen.put(1, 0, "reading the run folders…", theme.faint());
    } else if state.runs.is_empty() {
        pen.pieces(1, 0, [("no runs in ", theme.text()), (state.home.as_str(), theme.accent())]);
        pen.pieces(1, 1, [("n", theme.key()), (" starts one from a form", theme.faint())]);
        pen.pieces(
            1,
            2,
            [
                ("dissect demo", theme.accent()),
                (" in a shell tells the whole story in minutes", theme.faint()),
            ],
        );
        if let Some(what) = state.without_daemon() {
            pen.wrapped(1, 3, &what, theme.warning());
        }
    } else {
        pen.pieces(
            1,
            0,
            [
                ("no run passes the filter; ", theme.text()),
                ("esc", theme.key()),
                (" drops it", theme.faint()),
            ],
        );
    }
}

fn draw_cell(view: &View<'_>, run: &Run, column: &columns::Column, x: u16, y: u16, pen: &mut Pen<'_>) {
    use columns::Content;
    let theme = view.theme;
    let width = column.width;
    match column.content {
        Content::Mark => {
            if view.state.marked.contains(&run.id) {
                pen.put(x, y, "◆", view.curve(run));
            }
        }
        Content::State => {
            let (glyph, style) = view.status(run);
            // What went wrong altogether says so itself.
            let mark = match run.trouble().is_none() && !run.findings().is_empty() {
                true => ("!", theme.warning()),
                false => (glyph, style),
            };
            pen.pieces(x, y, [mark, (" ", style), (run.status(), style)]);
        }
        Content::Name => {
            pen.put(x, y, &text::fit_middle(run.name(), usize::from(width)), Style::new());
        }
        Content::Asked => {
            pen.cell(x, y, width, &run.summary(), theme.faint());
        }
        Content::Progress => {
            let Some(share) = run.progress() else { return };
            // What is over is a thin line: the eye is led to what moves.
            let at = match (run.is_live(), share >= 1.0) {
                (false, true) => {
                    pen.put(x, y, &"─".repeat(usize::from(width.saturating_sub(5))), theme.line());
                    x + width.saturating_sub(5)
                }
                (true, _) => pen.bar(x, y, width.saturating_sub(5), share, theme.live(), theme.line()),
                (false, false) => pen.bar(x, y, width.saturating_sub(5), share, theme.faint(), theme.line()),
            };
            pen.cell_right(at, y, 5, &format!("{:.0}%", (share * 100.0).floor()), Style::new());
        }
        Content::Percent => {
            let share =
                run.progress().map_or(String::new(), |share| format!("{:.0}%", (share * 100.0).floor()));
            pen.cell_right(x, y, width, &share, Style::new());
        }
        Content::Epoch => {
            if let Some((done, total)) = run.done() {
                pen.cell_right(x, y, width, &format!("{}/{total}", done.floor()), Style::new());
            }
        }
        Content::Left => {
            let left = run.time_left().map(format::duration).unwrap_or_default();
            pen.cell_right(x, y, width, &left, Style::new());
        }
        Content::Results => results(view, run, x, y, width, pen),
        Content::Loss => {
            let values = resampled(&run.history.loss(), usize::from(width));
            pen.sparkline(x, y, &values, None, view.curve(run));
        }
        Content::Age => {
            let age = run.asked().map(|asked| format::age(view.state.now - asked)).unwrap_or_default();
            pen.cell_right(x, y, width, &age, theme.faint());
        }
    }
}

/// Train and test accuracy; a GAN's losses; a dissection's distance.
fn results(view: &View<'_>, run: &Run, x: u16, y: u16, width: u16, pen: &mut Pen<'_>) {
    let half = width / 2;
    let mut pair = |left: String, right: String| {
        pen.cell_right(x, y, half, &left, Style::new());
        pen.cell_right(x + half, y, width - half, &right, Style::new());
    };
    let percent = |metric| run.last(metric).map(format::percent);
    if let (Some(train), test) = (percent("train_accuracy"), percent("test_accuracy")) {
        pair(train, test.unwrap_or_default());
    } else if let (Some(d), Some(g)) = (run.last("d_loss"), run.last("g_loss")) {
        pair(format!("D {d:.2}"), format!("G {g:.2}"));
    } else if let Some(dist) = distance(run) {
        pen.cell_right(x, y, width, &format!("Dist {}", format::number(dist)), Style::new());
    } else if run.warnings() > 0 {
        pen.cell_right(x, y, width, &format!("{} warnings", run.warnings()), view.theme.warning());
    }
}

/// The distance to the first f2: the report's, or the last step's.
fn distance(run: &Run) -> Option<f64> {
    let reported = || run.report.as_ref()?.as_ref().ok()?.pairs.first()?.dist;
    let last = || {
        let metrics = run.history.metrics(dissect_runs::records::Kind::Step);
        metrics.into_iter().find(|name| name.starts_with("dist.")).and_then(|name| run.last(name))
    };
    reported().or_else(last)
}

fn draw_detail(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let Some(run) = view.state.selected() else {
        boxed(buffer, area, &Title::default(), theme.line(), theme);
        return;
    };
    let together = view.state.together();
    let marked = match together.len() {
        0 | 1 => run.kind_name().to_owned(),
        count => format!("{} · beside {} marked", run.kind_name(), count - 1),
    };
    let title = Title { name: run.name(), aside: &run.summary(), right: &marked, foot: &run.id };
    let mut pen = boxed(buffer, area, &title, theme.line(), theme);
    let inner = pen.area();
    let list = charts::charts(&together);
    // Why a run broke needs the room that charts would take.
    let alone = inner.width < 60 || list.is_empty() && run.trouble().is_some();
    let facts = if alone { inner.width } else { 26.min(inner.width / 3) };
    draw_facts(view, run, &mut Pen::new(pen.buffer(), Rect { width: facts, ..inner }));
    if !alone {
        let rest = Rect { x: inner.x + facts + 1, width: inner.width - facts - 1, ..inner };
        if list.is_empty() {
            pen.put(facts + 1, 0, "it has written no metrics yet", theme.faint());
            return;
        }
        let across = (rest.width / 38).clamp(1, 4).min(list.len().max(1) as u16);
        let down = if rest.height >= 18 { (list.len() as u16).div_ceil(across).clamp(1, 2) } else { 1 };
        for (nth, chart) in list.iter().take(usize::from(across * down)).enumerate() {
            let (column, row) = (nth as u16 % across, nth as u16 / across);
            let place = Rect {
                x: rest.x + column * (rest.width / across),
                y: rest.y + row * (rest.height / down),
                width: rest.width / across,
                height: rest.height / down,
            };
            charts::plain(view, chart, &together, XAxis::Epoch, place, pen.buffer());
        }
    }
}

fn draw_facts(view: &View<'_>, run: &Run, pen: &mut Pen<'_>) {
    let theme = view.theme;
    let (glyph, style) = view.status(run);
    let mut y = 0;
    let since = run.state.as_ref().map_or(f64::NAN, |state| view.state.now - state.since());
    pen.pieces(
        1,
        y,
        [
            (glyph, style),
            (" ", style),
            (run.status(), style),
            ("  ", style),
            (&format::age(since), theme.faint()),
        ],
    );
    y += 1;
    if let Some(reason) = run.trouble() {
        let style = if run.status() == "stopped" { theme.warning() } else { theme.bad() };
        y = pen.wrapped(1, y, &reason, style);
    }
    for finding in run.findings() {
        let words = text::escape(&format!("! {}: {}", finding.rule, finding.reason));
        y = pen.wrapped(1, y, &words, theme.warning());
    }
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            pen.cell(1, y, 9, name, theme.faint());
            let rest = pen.width().saturating_sub(10);
            pen.cell(10, y, rest, &value, Style::new());
            y += 1;
        }
    };
    let done = run.done().map(|(done, total)| format!("{} of {total}", done.floor())).unwrap_or_default();
    fact(if run.kind_name() == "dissect" { "steps" } else { "epochs" }, done);
    fact("left", run.time_left().map(format::duration).unwrap_or_default());
    fact("limit", limit(run, view.state.now).unwrap_or_default());
    fact("took", took(run).map(format::duration).unwrap_or_default());
    for (name, metric) in [
        ("loss", "train_loss"),
        ("train", "train_accuracy"),
        ("test", "test_accuracy"),
        ("gradient", "gradient_magnitude"),
        ("D loss", "d_loss"),
        ("G loss", "g_loss"),
        ("f1", "activation"),
        ("images/s", "images_per_second"),
    ] {
        let value = run.last(metric).map(|value| match metric.ends_with("accuracy") {
            true => format::percent(value),
            false => format::number(value),
        });
        fact(name, value.unwrap_or_default());
    }
    let snapshots = run
        .events
        .iter()
        .filter(|event| matches!(event.what, dissect_runs::records::Happening::Snapshot { .. }));
    fact(
        "exported",
        Some(snapshots.count()).filter(|count| *count > 0).map(|n| format!("{n} models")).unwrap_or_default(),
    );
    fact(
        "warnings",
        Some(run.warnings()).filter(|count| *count > 0).map(|n| n.to_string()).unwrap_or_default(),
    );
}

/// Its time limit, and how much of it is left.
fn limit(run: &Run, now: f64) -> Option<String> {
    let (allowance, state) = (run.allowance.as_ref()?, run.state.as_ref().ok()?);
    let left = format::duration(allowance.left(state, now));
    Some(format!("{left} of {}", span::describe(allowance.limit)))
}

fn took(run: &Run) -> Option<f64> {
    let state = run.state.as_ref().ok()?;
    Some(state.ended()? - state.started()?)
}
