//! A dissection that has not ended: how far it is, the activation that rises, and the distances that settle.

use dissect_runs::records::Kind;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::super::charts;
use super::super::pen::boxed;
use super::super::view::View;
use super::screen::title;
use crate::dashboard::format;
use crate::dashboard::state::{Run, XAxis};

/// Draws it.
pub(super) fn draw(view: &View<'_>, run: &Run, area: Rect, buffer: &mut Buffer) {
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
