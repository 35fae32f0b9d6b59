//! What may be pressed on the screen in front.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::overlay;
use super::pen::{Title, boxed};
use super::view::View;
use crate::dashboard::state::bindings;

/// Draws the help.
pub(super) fn draw(view: &View<'_>, body: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let screen = view.state.screen;
    let list: Vec<_> = bindings(screen).collect();
    let columns =
        if usize::from(body.height.saturating_sub(2)) < list.len() && body.width >= 70 { 2 } else { 1 };
    let rows = list.len().div_ceil(columns);
    let name = format!("Keys on {}", screen.title());
    let area = overlay::centred(body, if columns == 2 { 110 } else { 60 }, rows as u16 + 2);
    overlay::clear(area, buffer);
    let title = Title { name: &name, aside: "", right: "any key closes" };
    let mut pen = boxed(buffer, area, &title, theme.line_focused(), theme);
    let each = pen.width() / columns as u16;
    for (nth, binding) in list.iter().enumerate() {
        let (x, y) = ((nth / rows) as u16 * each, (nth % rows) as u16);
        pen.cell_right(x, y, 7, binding.shown, theme.key());
        pen.cell(x + 9, y, each.saturating_sub(9), binding.help, theme.text());
    }
}
