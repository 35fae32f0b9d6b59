//! A question that is answered with y or n.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::overlay;
use super::pen::{Title, boxed};
use super::view::View;

/// Draws the question.
pub(super) fn draw(view: &View<'_>, question: &str, details: &[String], body: Rect, buffer: &mut Buffer) {
    let theme = view.theme;
    let longest =
        details.iter().map(|line| line.chars().count()).max().unwrap_or(0).max(question.chars().count());
    let area = overlay::centred(body, (longest as u16 + 6).max(30), details.len() as u16 + 4);
    overlay::clear(area, buffer);
    let mut pen = boxed(buffer, area, &Title { name: question, ..Title::default() }, theme.warning(), theme);
    let last = pen.height().saturating_sub(1);
    for (y, line) in details.iter().enumerate().take(usize::from(last)) {
        let width = pen.width().saturating_sub(2);
        pen.cell(1, y as u16, width, line, theme.text());
    }
    pen.pieces(
        1,
        last,
        [("y", theme.key()), (" yes   ", theme.text()), ("n", theme.key()), (" no", theme.text())],
    );
}
