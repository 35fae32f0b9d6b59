//! A run's log and, beside it, what happened.

use dissect_runs::records::{Event, Happening};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::pen::{Title, boxed};
use super::view::View;
use crate::dashboard::format;
use crate::dashboard::state::{LogPane, Run, text};

/// Draws the screen.
pub(super) fn draw(view: &View<'_>, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let Some(run) = view.state.selected() else {
        let mut pen = boxed(buffer, area, &Title { name: "Log", ..Title::default() }, theme.line(), theme);
        pen.put(1, 0, "no run", theme.faint());
        return;
    };
    // Too narrow for both, only the pane with the keys is drawn.
    let beside = area.width >= 60;
    let events = (area.width * 2 / 5).min(56);
    let (left, right) = match (beside, view.state.log_pane) {
        (true, _) => (area.width - events, events),
        (false, LogPane::Log) => (area.width, 0),
        (false, LogPane::Events) => (0, area.width),
    };
    if left > 0 {
        draw_log(view, run, Rect { width: left, ..area }, buffer);
    }
    if right > 0 {
        draw_events(view, run, Rect { x: area.x + left, width: right, ..area }, buffer);
    }
}

fn draw_log(view: &View<'_>, run: &Run, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let state = view.state;
    let log = state.log.as_ref().filter(|(id, _)| *id == run.id).map(|(_, log)| log);
    let focused = state.log_pane == LogPane::Log;
    let line = if focused { theme.line_focused() } else { theme.line() };
    let right =
        if state.log_at.follows() { "following".to_owned() } else { format!("{} below", state.log_at.back) };
    let mut pen = boxed(
        buffer,
        area,
        &Title { name: run.name(), aside: "log", right: &right, ..Title::default() },
        line,
        theme,
    );
    let Some(log) = log.filter(|log| !log.is_empty()) else {
        pen.put(1, 0, "nothing printed", theme.faint());
        return;
    };
    let height = usize::from(pen.height());
    let first = state.log_at.first(log.len(), height);
    for (y, line) in log.from(first).take(height).enumerate() {
        let shown: String = line.chars().skip(state.log_at.aside).collect();
        let width = pen.width();
        pen.cell(0, y as u16, width, &shown, theme.text());
    }
}

fn draw_events(view: &View<'_>, run: &Run, area: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let at = view.state.events_at;
    let focused = view.state.log_pane == LogPane::Events;
    let line = if focused { theme.line_focused() } else { theme.line() };
    let right = if at.follows() { String::new() } else { format!("{} below", at.back) };
    let count = format!("{} · UTC", run.events.len());
    let mut pen = boxed(
        buffer,
        area,
        &Title { name: "Events", aside: &count, right: &right, ..Title::default() },
        line,
        theme,
    );
    let height = usize::from(pen.height());
    let first = at.first(run.events.len(), height);
    for (y, event) in run.events.iter().skip(first).take(height).enumerate() {
        let (word, words, style) = describe(view, event);
        let x = pen.put(0, y as u16, &format::clock(event.time), theme.faint()) + 1;
        let x = pen.put(x, y as u16, word, style) + 1;
        let room = pen.width().saturating_sub(x);
        pen.cell(x, y as u16, room, &text::escape(&words), theme.text());
    }
}

fn describe(view: &View<'_>, event: &Event) -> (&'static str, String, Style) {
    let theme = view.theme;
    match &event.what {
        Happening::Started => ("started", String::new(), theme.live()),
        Happening::Stage { name } => ("stage", name.clone(), theme.live()),
        Happening::Snapshot { epoch, file, largest_difference } => {
            let name = file.rsplit('/').next().unwrap_or(file);
            (
                "snapshot",
                format!("{name} epoch {epoch}, off by {}", format::number(*largest_difference)),
                theme.good(),
            )
        }
        Happening::Checkpoint { epoch, .. } => ("checkpoint", format!("epoch {epoch}"), theme.faint()),
        Happening::Warning { message } => ("warning", message.clone(), theme.warning()),
        Happening::Resumed { epoch, .. } => ("resumed", format!("after epoch {epoch}"), theme.live()),
        Happening::Finding { rule, reason } => ("found", format!("{rule}: {reason}"), theme.warning()),
        Happening::Cleared { rule } => ("cleared", rule.to_string(), theme.good()),
        Happening::Cleaned { bytes } => {
            ("cleaned", format!("freed {}", format::bytes(*bytes)), theme.faint())
        }
        Happening::Ended { status, reason } => {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            let style = if status.as_str() == "finished" { theme.good() } else { theme.warning() };
            ("ended", format!("{status}{reason}"), style)
        }
    }
}
