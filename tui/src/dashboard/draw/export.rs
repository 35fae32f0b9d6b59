//! The question into which kind of file the screen goes.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use super::overlay;
use super::pen::{Title, boxed};
use super::view::View;
use crate::dashboard::state::FORMS;

/// Draws the question.
pub(super) fn draw(view: &View<'_>, body: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let longest = FORMS.iter().map(|(.., what)| what.width()).max().unwrap_or(0) as u16;
    let area = overlay::centred(body, longest + 8, FORMS.len() as u16 + 2);
    overlay::clear(area, buffer);
    let title = Title { name: "Write the screen to a file", ..Title::default() };
    let mut pen = boxed(buffer, area, &title, theme.line_focused(), theme);
    for (y, (key, _, what)) in FORMS.iter().enumerate() {
        let key = key.to_string();
        pen.pieces(1, y as u16, [(key.as_str(), theme.key()), ("  ", theme.text()), (*what, theme.text())]);
    }
}
