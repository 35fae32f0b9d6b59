//! The form of a new run, laid over the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::overlay;
use super::pen::{Pen, Title, boxed};
use super::view::View;
use crate::dashboard::state::{Field, Form, Sending, Shape, first_shown, text};

/// Rows below the fields: what is wrong, and the keys.
const BELOW: u16 = 3;

/// Draws the form.
pub(super) fn draw(view: &View<'_>, form: &Form, body: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let area = overlay::centred(body, 78, form.fields().len() as u16 + 2 + BELOW);
    overlay::clear(area, buffer);
    let title = Title { name: "New run", aside: "", right: "set · default" };
    let mut pen = boxed(buffer, area, &title, theme.line_focused(), theme);
    let height = usize::from(pen.height().saturating_sub(BELOW));
    let (at, caret) = form.at();
    let first = first_shown(at, form.fields().len(), height);
    for (row, field) in form.fields().iter().enumerate().skip(first).take(height) {
        let y = (row - first) as u16;
        let edited = (row == at).then_some(caret);
        if edited.is_some() {
            pen.row_style(y, theme.cursor());
        }
        draw_field(view, form, field, edited, y, &mut pen);
    }
    let y = pen.height().saturating_sub(BELOW);
    say(view, form, y, &mut pen);
    let keys = [
        ("enter", " start  "),
        ("esc", " drop  "),
        ("↑↓", " field  "),
        ("←→", " choose  "),
        ("ctrl-u", " default"),
    ];
    let pieces = keys.iter().flat_map(|(key, what)| [(*key, theme.key()), (*what, theme.faint())]);
    let last = pen.height().saturating_sub(1);
    pen.pieces(1, last, pieces);
}

fn draw_field(view: &View<'_>, form: &Form, field: &Field, edited: Option<usize>, y: u16, pen: &mut Pen<'_>) {
    let theme = view.theme;
    let width = pen.width();
    let label = 32.min(width / 2);
    let wrong = form.problem(&field.key).is_some();
    let style = if wrong { theme.bad() } else { theme.faint() };
    pen.put(0, y, if wrong { "✗" } else { " " }, theme.bad());
    pen.cell(2, y, label - 2, &field.key, style);
    let value = if form.is_set(&field.key) { theme.accent() } else { theme.text() };
    let room = usize::from(width.saturating_sub(label + 2));
    match (edited, field.shape) {
        (Some(_), Shape::Choice(_)) => {
            pen.pieces(label, y, [("‹ ", theme.key()), (&field.value, value), (" ›", theme.key())]);
        }
        (Some(caret), _) => {
            // The part around the caret, so that the end of a long list can be seen being written.
            let before: String = field.value.chars().take(caret).collect();
            let after: String = field.value.chars().skip(caret).collect();
            let x = pen.put(label, y, &text::fit_end(&before, room), value);
            let x = pen.put(x, y, "▏", theme.key());
            pen.put(x, y, &after, value);
        }
        (None, _) => {
            pen.cell(label, y, room as u16, &field.value, value);
        }
    }
}

/// What is wrong with the field at hand, else with another; else what the daemon said.
fn say(view: &View<'_>, form: &Form, y: u16, pen: &mut Pen<'_>) {
    let theme = view.theme;
    let at = &form.fields()[form.at().0].key;
    let problem = form.problem(at).map(|complaint| format!("{at}: {complaint}"));
    let problem =
        problem.or_else(|| form.first_problem().map(|(key, complaint)| format!("{key}: {complaint}")));
    match (&form.sending, problem) {
        (_, Some(problem)) => pen.wrapped(1, y, &text::escape(&problem), theme.bad()),
        (Sending::Sent, None) => pen.put(1, y, "asking dissectd…", theme.live()),
        (Sending::Refused(why), None) => pen.wrapped(1, y, &text::escape(why), theme.bad()),
        (Sending::NotYet, None) => match view.state.without_daemon() {
            Some(what) => pen.wrapped(1, y, &what, theme.warning()),
            None => pen.put(1, y, "✓ dissectd will queue it", theme.good()),
        },
    };
}
