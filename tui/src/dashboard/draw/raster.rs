//! A grid of braille dots that lines are drawn into. It knows no axes and no numbers, only dots.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Braille dots: two across and four down in each terminal cell, each cell in the style last drawn there.
pub(super) struct Raster {
    columns: u16,
    rows: u16,
    cells: Vec<(u8, Style)>,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stroke {
    /// Every dot.
    Solid,
    /// Two columns of dots, then a gap of two.
    Dotted,
    /// Six columns of dots, then a gap of two.
    Dashed,
}

impl Stroke {
    fn has(self, x: i32) -> bool {
        match self {
            Self::Solid => true,
            Self::Dotted => x.rem_euclid(4) < 2,
            Self::Dashed => x.rem_euclid(8) < 6,
        }
    }
}

/// The bit of each dot in the braille block, by row and column inside the cell.
const BITS: [[u8; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];

impl Raster {
    /// An empty grid for an area of so many terminal cells.
    pub(super) fn new(columns: u16, rows: u16) -> Self {
        Self { columns, rows, cells: vec![(0, Style::new()); usize::from(columns) * usize::from(rows)] }
    }

    /// Dots across.
    pub(super) fn width(&self) -> i32 {
        i32::from(self.columns) * 2
    }

    /// Dots down.
    pub(super) fn height(&self) -> i32 {
        i32::from(self.rows) * 4
    }

    /// Sets one dot, counted from the top left; dots outside are left out.
    pub(super) fn dot(&mut self, x: i32, y: i32, style: Style) {
        if x < 0 || y < 0 || x >= self.width() || y >= self.height() {
            return;
        }
        let cell = &mut self.cells[(y / 4) as usize * usize::from(self.columns) + (x / 2) as usize];
        cell.0 |= BITS[(y % 4) as usize][(x % 2) as usize];
        cell.1 = style;
    }

    /// A straight line of dots between two dots, both included.
    pub(super) fn line(&mut self, from: (i32, i32), to: (i32, i32), stroke: Stroke, style: Style) {
        let (dx, dy) = ((to.0 - from.0).abs(), (to.1 - from.1).abs());
        let count = dx.max(dy);
        for i in 0..=count {
            let along = |a: i32, b: i32| {
                if count == 0 {
                    a
                } else {
                    a + ((b - a) as f64 * f64::from(i) / f64::from(count)).round() as i32
                }
            };
            let x = along(from.0, to.0);
            if stroke.has(x) {
                self.dot(x, along(from.1, to.1), style);
            }
        }
    }

    /// Puts the dots into `area` of the buffer and leaves cells without dots as they are.
    pub(super) fn render(&self, area: Rect, buffer: &mut Buffer) {
        for row in 0..self.rows.min(area.height) {
            for column in 0..self.columns.min(area.width) {
                let (bits, style) =
                    self.cells[usize::from(row) * usize::from(self.columns) + usize::from(column)];
                if bits == 0 {
                    continue;
                }
                if let Some(cell) = buffer.cell_mut((area.x + column, area.y + row)) {
                    let braille =
                        char::from_u32(0x2800 + u32::from(bits)).expect("the braille block is complete");
                    cell.set_char(braille).set_style(style);
                }
            }
        }
    }
}
