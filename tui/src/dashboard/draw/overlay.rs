//! Where something laid over a screen stands.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::{Clear, Widget as _};

/// A rectangle of at most this size in the middle of `body`.
pub(super) fn centred(body: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(body.width), height.min(body.height));
    Rect { x: body.x + (body.width - width) / 2, y: body.y + (body.height - height) / 2, width, height }
}

/// Empties it.
pub(super) fn clear(area: Rect, buffer: &mut Buffer) {
    Clear.render(area.intersection(buffer.area), buffer);
}
