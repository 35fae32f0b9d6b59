//! The form of a new run, laid over the screen.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::overlay;
use super::pen::{Pen, Title, boxed};
use super::view::View;
use crate::dashboard::state::{Field, Form, Sending, Shape, first_shown, text};

/// Rows below the fields, for what is wrong.
const BELOW: u16 = 3;

/// What the keys do, for the footer.
pub(super) const KEYS: [(&str, &str); 5] =
    [("enter", "start"), ("esc", "drop"), ("↑↓", "field"), ("←→", "choose"), ("ctrl-u", "default")];

/// Draws the form.
pub(super) fn draw(view: &View<'_>, form: &Form, body: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let area = overlay::centred(body, 78, form.fields().len() as u16 + 2 + BELOW);
    overlay::clear(area, buffer);
    let set = form.fields().iter().filter(|field| field.key != "kind" && form.is_set(&field.key)).count();
    let right = match set {
        0 => "all defaults".to_owned(),
        _ => format!("{set} of {} set", form.fields().len() - 1),
    };
    let height = usize::from(area.height.saturating_sub(2 + BELOW));
    let (at, caret) = form.at();
    let first = first_shown(at, form.fields().len(), height);
    let below = form.fields().len().saturating_sub(first + height);
    let foot = if below > 0 { format!("{below} more below") } else { String::new() };
    let title = Title { name: "New run", right: &right, foot: &foot, ..Title::default() };
    let mut pen = boxed(buffer, area, &title, theme.line_focused(), theme);
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
}

fn draw_field(view: &View<'_>, form: &Form, field: &Field, edited: Option<usize>, y: u16, pen: &mut Pen<'_>) {
    let theme = view.theme;
    let width = pen.width();
    let label = 35.min(width / 2);
    let wrong = form.problem(&field.key).is_some();
    let style = if wrong { theme.bad() } else { theme.faint() };
    pen.put(0, y, if wrong { "✗" } else { " " }, theme.bad());
    pen.cell(2, y, label.saturating_sub(2), &field.key, style);
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
