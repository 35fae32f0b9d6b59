//! Writes text into a rectangle and never outside of it, whatever its size.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::theme::Theme;
use crate::dashboard::state::text;

/// A rectangle of the screen to write into; places are counted from its corner.
pub(super) struct Pen<'b> {
    buffer: &'b mut Buffer,
    area: Rect,
}

impl<'b> Pen<'b> {
    /// Writes into `area`, as far as the buffer has it.
    pub(super) fn new(buffer: &'b mut Buffer, area: Rect) -> Self {
        let area = area.intersection(buffer.area);
        Self { buffer, area }
    }

    /// Columns there are.
    pub(super) fn width(&self) -> u16 {
        self.area.width
    }

    /// Rows there are.
    pub(super) fn height(&self) -> u16 {
        self.area.height
    }

    /// The rectangle.
    pub(super) fn area(&self) -> Rect {
        self.area
    }

    /// The whole buffer, for widgets.
    pub(super) fn buffer(&mut self) -> &mut Buffer {
        self.buffer
    }

    /// Writes text at a place, cut at the edge; the column after it.
    pub(super) fn put(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        if y >= self.area.height || x >= self.area.width {
            return x;
        }
        let room = usize::from(self.area.width - x);
        let (end, _) = self.buffer.set_stringn(self.area.x + x, self.area.y + y, text, room, style);
        end - self.area.x
    }

    /// Writes text into a column of `width`, with `…` where it is cut; the column after the width.
    pub(super) fn cell(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
        let width = width.min(self.area.width.saturating_sub(x));
        self.put(x, y, &text::fit(text, usize::from(width)), style);
        x + width
    }

    /// The same, against the right edge of the column.
    pub(super) fn cell_right(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
        let width = width.min(self.area.width.saturating_sub(x));
        let text = text::fit(text, usize::from(width));
        let indent = width.saturating_sub(text.width() as u16);
        self.put(x + indent, y, &text, style);
        x + width
    }

    /// Writes pieces of text one after the other; the column after them.
    pub(super) fn pieces<'t>(
        &mut self,
        x: u16,
        y: u16,
        pieces: impl IntoIterator<Item = (&'t str, Style)>,
    ) -> u16 {
        pieces.into_iter().fold(x, |x, (text, style)| self.put(x, y, text, style))
    }

    /// Writes text over several lines, broken at spaces, and inside a word that is longer than a line; the row after
    /// them.
    pub(super) fn wrapped(&mut self, x: u16, y: u16, text: &str, style: Style) -> u16 {
        let room = usize::from(self.area.width.saturating_sub(x));
        let mut row = y;
        let mut line = String::new();
        for word in text.split_whitespace() {
            let fits = line.width() + 1 + word.width() <= room;
            if !line.is_empty() && !fits && word.width() <= room {
                self.put(x, row, &line, style);
                line.clear();
                row += 1;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            for c in word.chars() {
                if room > 0 && line.width() + c.width().unwrap_or(0) > room {
                    self.put(x, row, &line, style);
                    line.clear();
                    row += 1;
                }
                line.push(c);
            }
        }
        if !line.is_empty() {
            self.put(x, row, &line, style);
            row += 1;
        }
        row
    }

    /// Styles a whole row.
    pub(super) fn row_style(&mut self, y: u16, style: Style) {
        if y < self.area.height {
            let row = Rect { y: self.area.y + y, height: 1, ..self.area };
            self.buffer.set_style(row, style);
        }
    }

    /// A bar of `width` columns, `share` of it full, in eighths.
    pub(super) fn bar(&mut self, x: u16, y: u16, width: u16, share: f64, full: Style, rest: Style) -> u16 {
        const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        let eighths = (share * f64::from(width) * 8.0).round() as usize;
        let mut text = "█".repeat(eighths / 8);
        text.push_str(EIGHTHS[eighths % 8]);
        let used = text.chars().count() as u16;
        let at = self.put(x, y, &text, full);
        self.put(at, y, &"·".repeat(usize::from(width.saturating_sub(used))), rest);
        x + width
    }

    /// A row of small columns, one for each of the last values: a sparkline over 0 to the highest.
    pub(super) fn sparkline(
        &mut self,
        x: u16,
        y: u16,
        values: &[f64],
        range: Option<(f64, f64)>,
        style: Style,
    ) {
        const HEIGHTS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
        let finite = || values.iter().copied().filter(|value| value.is_finite());
        let (low, high) = range.unwrap_or_else(|| {
            (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max))
        });
        for (at, value) in values.iter().enumerate().filter(|(_, value)| value.is_finite()) {
            let place = if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
            self.put(x + at as u16, y, HEIGHTS[(place * 7.0).round() as usize], style);
        }
    }
}

/// At most `count` values: means of neighbours where there are more. A mean over gaps alone is a gap.
pub(super) fn resampled(values: &[f64], count: usize) -> Vec<f64> {
    if values.len() <= count {
        return values.to_vec();
    }
    let mean = |bucket: usize| {
        let (from, to) = (bucket * values.len() / count, (bucket + 1) * values.len() / count);
        let finite: Vec<f64> = values[from..to].iter().copied().filter(|value| value.is_finite()).collect();
        if finite.is_empty() { f64::NAN } else { finite.iter().sum::<f64>() / finite.len() as f64 }
    };
    (0..count).map(mean).collect()
}

/// What stands in the frame of a box.
#[derive(Default)]
pub(super) struct Title<'t> {
    /// Its name.
    pub(super) name: &'t str,
    /// What else is said on the left.
    pub(super) aside: &'t str,
    /// What is said on the right.
    pub(super) right: &'t str,
    /// What is said on the right of the lower edge.
    pub(super) foot: &'t str,
}

/// Draws a box with round corners; a pen for its inside.
pub(super) fn boxed<'b>(
    buffer: &'b mut Buffer,
    area: Rect,
    title: &Title<'_>,
    line: Style,
    theme: &Theme,
) -> Pen<'b> {
    let area = area.intersection(buffer.area);
    let inner = Rect {
        x: area.x.saturating_add(1),
        y: area.y.saturating_add(1),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    };
    if area.width < 2 || area.height < 2 {
        return Pen::new(buffer, Rect { width: 0, height: 0, ..area });
    }
    let mut pen = Pen::new(buffer, area);
    let (right, bottom) = (area.width - 1, area.height - 1);
    let across = "─".repeat(usize::from(area.width - 2));
    pen.pieces(0, 0, [("╭", line), (&across, line), ("╮", line)]);
    for y in 1..bottom {
        pen.put(0, y, "│", line);
        pen.put(right, y, "│", line);
    }
    pen.pieces(0, bottom, [("╰", line), (&across, line), ("╯", line)]);
    let room = area.width.saturating_sub(4);
    let mut top = Pen::new(buffer, Rect { x: area.x + 2, width: room, height: 1, ..area });
    let mut end = 0;
    if !title.name.is_empty() {
        let name = format!(" {} ", text::fit(title.name, usize::from(room.saturating_sub(2))));
        end = top.put(0, 0, &name, theme.title());
    }
    if !title.aside.is_empty() && end < room {
        end =
            top.put(end, 0, &text::fit(&format!("{} ", title.aside), usize::from(room - end)), theme.faint());
    }
    let size = title.right.width() as u16 + 2;
    if !title.right.is_empty() && end + size < room {
        top.put(room - size, 0, &format!(" {} ", title.right), theme.faint());
    }
    let size = title.foot.width() as u16 + 2;
    if !title.foot.is_empty() && size <= room {
        let edge = Rect { x: area.x + 2, y: area.bottom() - 1, width: room, height: 1 };
        Pen::new(buffer, edge).put(room - size, 0, &format!(" {} ", title.foot), theme.faint());
    }
    Pen::new(buffer, inner)
}
