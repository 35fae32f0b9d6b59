//! What may be pressed on the screen in front.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use super::overlay;
use super::pen::{Title, boxed};
use super::view::View;
use crate::dashboard::state::Bound;

/// Columns of the keys, with the gap after them.
const KEYS: u16 = 9;

/// Draws the help from row `first` on, or from where its end just fits.
pub(super) fn draw(view: &View<'_>, first: usize, body: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let screen = view.state.screen;
    let list: Vec<_> = view.state.keymap.bindings(screen).collect();
    let fits = usize::from(body.height.saturating_sub(2)).max(1);
    let longest =
        |part: &[&Bound]| part.iter().map(|bound| bound.binding.help.width()).max().unwrap_or(0) as u16;
    let half = list.len().div_ceil(2);
    let (left, right) = (longest(&list[..half]) + KEYS + 2, longest(&list[half..]) + KEYS + 1);
    let columns = if fits < list.len() && body.width >= left + right + 2 { 2 } else { 1 };
    let rows = list.len().div_ceil(columns);
    let each = if columns == 2 { left } else { longest(&list) + KEYS + 1 };
    let width = if columns == 2 { left + right } else { each.max(36) };
    let area = overlay::centred(body, width + 2, rows as u16 + 2);
    overlay::clear(area, buffer);
    let first = first.min(rows.saturating_sub(fits));
    let below = rows.saturating_sub(first + fits);
    let name = format!("Keys on {}", screen.title());
    let foot = if first + below > 0 { format!("j k: {below} more below") } else { String::new() };
    let title = Title { name: &name, right: "esc closes", foot: &foot, ..Title::default() };
    let mut pen = boxed(buffer, area, &title, theme.line_focused(), theme);
    for (nth, bound) in list.iter().enumerate() {
        let (x, row) = ((nth / rows) as u16 * each, nth % rows);
        let Some(y) = row.checked_sub(first).filter(|y| *y < fits) else { continue };
        pen.cell_right(x, y as u16, KEYS - 2, &bound.shown(), theme.key());
        let room = pen.width().saturating_sub(x + KEYS);
        pen.cell(x + KEYS, y as u16, room, bound.binding.help, theme.text());
    }
}
