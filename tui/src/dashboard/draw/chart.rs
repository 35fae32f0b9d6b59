//! Curves over axes with ticks, in braille. It knows numbers and styles, but no runs.
//!
//! A chart is laid out first: only then it is known how many columns of dots there are, and so which points share one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthStr as _;

use super::axis::Axis;
use super::marks::{self, Drawn};
use super::raster::{Raster, Stroke};
use super::theme::Theme;
use super::trace::{trace, x_dot, y_dot};
use crate::dashboard::state::{Band, Envelope};

/// One line of a chart.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    /// What it does in each column of dots.
    pub(super) envelope: Envelope,
    /// Solid or broken.
    pub(super) stroke: Stroke,
    /// Its colour.
    pub(super) style: Style,
    /// A letter along it, for where colours do not tell curves apart, and how far it is moved along.
    pub(super) letter: Option<(char, usize)>,
}

/// What stands behind and below the curves.
#[derive(Debug, Clone, Default)]
pub(super) struct Around {
    /// Stages.
    pub(super) bands: Vec<Band>,
    /// What happened.
    pub(super) marks: Vec<Drawn>,
    /// Where one reads.
    pub(super) reading: Option<f64>,
}

/// A chart that has its place: axes, ticks, and the rectangle for the curves.
#[derive(Debug)]
pub(super) struct Frame<'t> {
    x_axis: Axis,
    y_axis: Axis,
    ticks: Vec<(f64, String)>,
    /// Left of the rectangle for the curves: the labels and the axis.
    left: u16,
    /// The rectangle for the curves.
    inner: Rect,
    /// Whether there is a row for marks below it.
    marked: bool,
    theme: &'t Theme,
}

impl<'t> Frame<'t> {
    /// Lays a chart out in `area`; nothing where there is no room. `marked` asks for a row for marks.
    pub(super) fn new(
        area: Rect,
        x_axis: Axis,
        y_axis: Axis,
        marked: bool,
        theme: &'t Theme,
    ) -> Option<Self> {
        if area.width < 4 || area.height < 2 {
            return None;
        }
        let marked = marked && area.height >= 6;
        let rows = area.height - 1 - u16::from(marked);
        let count = usize::from(rows / 2).clamp(1, 6);
        let ticks: Vec<(f64, String)> =
            y_axis.ticks(count).into_iter().map(|tick| (tick, y_axis.label(tick))).collect();
        let gutter = ticks.iter().map(|(_, label)| label.width()).max().unwrap_or(0) as u16 + 1;
        if gutter + 3 > area.width {
            return None;
        }
        let inner = Rect { x: area.x + gutter + 1, width: area.width - gutter - 1, height: rows, ..area };
        Some(Self { x_axis, y_axis, ticks, left: area.x, inner, marked, theme })
    }

    /// Where the columns of dots begin and end, as x.
    pub(super) fn edges(&self) -> Vec<f64> {
        let dots = u32::from(self.inner.width) * 2;
        let last = f64::from(dots - 1);
        (0..=dots).map(|dot| self.x_axis.value((f64::from(dot) - 0.5) / last)).collect()
    }

    /// Draws everything.
    pub(super) fn draw(&self, curves: &[Curve], around: &Around, x_name: &str, buffer: &mut Buffer) {
        let (inner, theme) = (self.inner, self.theme);
        marks::shade(&around.bands, &self.x_axis, theme, inner, buffer);
        self.draw_y(buffer);
        self.draw_x(x_name, buffer);
        let mut raster = Raster::new(inner.width, inner.height);
        for curve in curves {
            trace(&mut raster, curve, &self.x_axis, &self.y_axis);
        }
        raster.render(inner, buffer);
        marks::names(&around.bands, &self.x_axis, theme, inner, buffer);
        for curve in curves {
            self.draw_letters(curve, buffer);
            self.draw_missing(curve, buffer);
        }
        if let Some(column) = around.reading.and_then(|x| marks::column(&self.x_axis, x, inner)) {
            self.draw_reading(column, buffer);
        }
        if self.marked {
            marks::row(&around.marks, &self.x_axis, Rect { y: inner.bottom(), height: 1, ..inner }, buffer);
        }
    }

    fn draw_y(&self, buffer: &mut Buffer) {
        let (inner, line) = (self.inner, self.theme.line());
        let axis = inner.x - 1;
        for row in 0..inner.height + u16::from(self.marked) {
            buffer.set_string(axis, inner.y + row, "│", line);
        }
        // A tick lies on one of four rows of dots in a cell; its line is drawn where the curve's dots would be.
        let mut free_until = None;
        for (tick, label) in &self.ticks {
            let Some(place) = self.y_axis.place(*tick).filter(|p| (0.0..=1.0).contains(p)) else { continue };
            let dot = y_dot(place, inner.height * 4).round() as u16;
            let row = inner.y + (dot / 4).min(inner.height - 1);
            if free_until.is_some_and(|above| row >= above) {
                continue;
            }
            free_until = Some(row);
            let width = axis - self.left;
            buffer.set_string(
                self.left,
                row,
                format!("{label:>w$}", w = usize::from(width)),
                self.theme.faint(),
            );
            buffer.set_string(axis, row, "┤", line);
            let dash = ["⠁", "⠂", "⠄", "⡀"][usize::from(dot % 4)];
            for column in (inner.x..inner.right()).step_by(2) {
                buffer.set_string(column, row, dash, line);
            }
        }
    }

    fn draw_x(&self, x_name: &str, buffer: &mut Buffer) {
        let inner = self.inner;
        let row = inner.bottom() + u16::from(self.marked);
        let mut free_from = inner.x.saturating_sub(1);
        let mut end = inner.right();
        if !x_name.is_empty() && inner.width >= 23 {
            end -= x_name.width() as u16;
            buffer.set_string(end, row, x_name, self.theme.faint());
            end -= 1;
        }
        for tick in self.x_axis.ticks(usize::from(inner.width / 8).clamp(1, 10)) {
            let Some(column) = marks::column(&self.x_axis, tick, inner) else { continue };
            let label = self.x_axis.label(tick);
            let size = label.width() as u16;
            let start =
                column.saturating_sub(size / 2).min(end.saturating_sub(size)).max(inner.x.saturating_sub(1));
            if start >= free_from && start + size <= end && column < end {
                buffer.set_string(start, row, &label, self.theme.faint());
                free_from = start + size + 1;
            }
        }
    }

    /// A letter in every twelfth cell along a curve, each curve's at another.
    fn draw_letters(&self, curve: &Curve, buffer: &mut Buffer) {
        const EVERY: i32 = 12;
        let Some((letter, nth)) = curve.letter else { return };
        let (width, height) = (self.inner.width * 2, self.inner.height * 4);
        let mut due = (nth as i32 * 5) % EVERY;
        for spot in &curve.envelope.spots {
            let (Some(x), Some(y)) = (self.x_axis.place(spot.last.0), self.y_axis.place(spot.last.1)) else {
                continue;
            };
            let (column, row) = ((x_dot(x, width) / 2.0) as i32, (y_dot(y, height) / 4.0).floor() as i32);
            let inside = (0..i32::from(self.inner.width)).contains(&column)
                && (0..i32::from(self.inner.height)).contains(&row);
            if column >= due && inside {
                let place = (self.inner.x + column as u16, self.inner.y + row as u16);
                if let Some(cell) = buffer.cell_mut(place) {
                    cell.set_char(letter).set_style(curve.style);
                }
                due = column + EVERY;
            }
        }
    }

    /// A cross at the bottom where there is a number that is none.
    fn draw_missing(&self, curve: &Curve, buffer: &mut Buffer) {
        for x in &curve.envelope.missing {
            if let Some(column) = marks::column(&self.x_axis, *x, self.inner) {
                buffer.set_string(column, self.inner.bottom() - 1, "×", self.theme.bad());
            }
        }
    }

    fn draw_reading(&self, column: u16, buffer: &mut Buffer) {
        for row in self.inner.y..self.inner.bottom() {
            let Some(cell) = buffer.cell_mut((column, row)) else { continue };
            // The curves stay to be seen; the line goes through what is empty.
            if matches!(cell.symbol(), " " | "⠁" | "⠂" | "⠄" | "⡀" | "░" | "·") {
                cell.set_char('│').set_style(self.theme.accent());
            } else {
                cell.modifier.insert(ratatui::style::Modifier::REVERSED);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::axis::Unit;
    use super::super::theme::Depth;
    use super::*;
    use crate::dashboard::state::{History, Scale, Values, XAxis};
    use dissect_runs::records::{Kind, Record};

    fn picture(values: &[f64], width: u16, height: u16, scale: Scale) -> String {
        let mut history = History::default();
        let record = |(step, value): (usize, &f64)| Record::step(step as u64).with("loss", *value);
        history.push(&values.iter().enumerate().map(record).collect::<Vec<_>>());
        let line = history.line(Kind::Step, "loss", XAxis::Step).unwrap();
        let window = line.extent().unwrap();
        let (low, high) = line.summary(window, Values::Raw).range(scale).unwrap();
        let log = scale == Scale::Logarithmic;
        let y_axis = Axis::over([low, high].into_iter(), Unit::Number, log).with_room();
        let x_axis = Axis::from_to(window, Unit::Number, false);
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let theme = Theme::new(Depth::Mono);
        let frame = Frame::new(area, x_axis, y_axis, false, &theme).unwrap();
        let envelope = line.envelope(&frame.edges(), Values::Raw, scale);
        let curve = Curve { envelope, stroke: Stroke::Solid, style: Style::new(), letter: None };
        frame.draw(&[curve], &Around::default(), "", &mut buffer);
        (0..height)
            .map(|y| {
                (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned() + "\n"
            })
            .collect()
    }

    #[test]
    fn a_line_a_gap_and_a_lone_point() {
        let nan = f64::NAN;
        insta::assert_snapshot!(picture(
            &[0.0, 1.0, 2.0, nan, 4.0, nan, nan, 1.0, nan],
            44,
            10,
            Scale::Linear
        ));
    }

    #[test]
    fn a_curve_over_decades_on_a_logarithmic_axis() {
        let values: Vec<_> = (0..40).map(|i| 10f64.powf(-f64::from(i) / 10.0)).collect();
        insta::assert_snapshot!(picture(&values, 44, 10, Scale::Logarithmic));
    }

    #[test]
    fn a_spike_among_a_million_points_is_seen_at_forty_columns() {
        let mut values = vec![1.0; 1_000_000];
        values[654_321] = 9.0;
        let picture = picture(&values, 40, 8, Scale::Linear);
        let top = picture.lines().next().unwrap();
        let dots = |c: char| ('\u{2801}'..='\u{28ff}').contains(&c) && !"⠁⠂⠄⡀".contains(c);
        assert!(top.chars().any(dots), "{picture}");
    }
}
