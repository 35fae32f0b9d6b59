//! Curves over a shared x axis, in braille, with axes and ticks. It knows numbers and styles, but no runs.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use unicode_width::UnicodeWidthStr as _;

use super::axis::{Axis, Unit};
use super::raster::{Raster, Stroke};
use super::theme::Theme;

/// One line of a chart. A y that is not finite is a gap; x never falls.
#[derive(Debug, Clone)]
pub(super) struct Curve {
    /// Where it goes.
    pub(super) points: Vec<(f64, f64)>,
    /// Solid or dotted.
    pub(super) stroke: Stroke,
    /// Its colour.
    pub(super) style: Style,
}

/// A chart without its box and title.
#[derive(Debug)]
pub(super) struct Chart<'a> {
    /// Drawn in this order, later ones over earlier ones.
    pub(super) curves: &'a [Curve],
    /// What y is.
    pub(super) unit: Unit,
    /// What x is.
    pub(super) x_unit: Unit,
    /// Whether more is to come at the end of x.
    pub(super) growing: bool,
    /// Whether equal distances up are equal factors.
    pub(super) logarithmic: bool,
    /// What x is called, where nothing around the chart says it.
    pub(super) x_name: &'a str,
    /// Colours.
    pub(super) theme: &'a Theme,
}

impl Widget for Chart<'_> {
    fn render(self, area: Rect, buffer: &mut Buffer) {
        let area = area.intersection(buffer.area);
        if area.width < 4 || area.height < 2 {
            return;
        }
        let points = || self.curves.iter().flat_map(|curve| curve.points.iter());
        let y_axis = Axis::over(points().map(|p| p.1), self.unit, self.logarithmic).with_room();
        let x_axis = Axis::over(points().filter(|p| p.1.is_finite()).map(|p| p.0), self.x_unit, false);
        let x_axis = if self.growing { x_axis.growing() } else { x_axis };
        let rows = area.height - 1;
        let ticks: Vec<(f64, String)> = y_axis
            .ticks(usize::from(rows / 2).clamp(1, 6))
            .into_iter()
            .map(|t| (t, y_axis.label(t)))
            .collect();
        let gutter = ticks.iter().map(|(_, label)| label.width()).max().unwrap_or(0) as u16 + 1;
        if gutter + 3 > area.width {
            return;
        }
        let plot = Rect { x: area.x + gutter, width: area.width - gutter, height: rows, ..area };
        self.draw_y(&y_axis, &ticks, area.x, plot, buffer);
        self.draw_x(&x_axis, plot, buffer);
        let inner = Rect { x: plot.x + 1, width: plot.width - 1, ..plot };
        let mut raster = Raster::new(inner.width, inner.height);
        for curve in self.curves {
            trace(&mut raster, curve, &x_axis, &y_axis);
        }
        raster.render(inner, buffer);
    }
}

impl Chart<'_> {
    fn draw_y(&self, axis: &Axis, ticks: &[(f64, String)], left: u16, plot: Rect, buffer: &mut Buffer) {
        let line = self.theme.line();
        for row in 0..plot.height {
            buffer.set_string(plot.x, plot.y + row, "│", line);
        }
        for (tick, label) in ticks {
            let Some(place) = axis.place(*tick).filter(|p| (0.0..=1.0).contains(p)) else { continue };
            let row = plot.y + ((1.0 - place) * f64::from(plot.height * 4 - 1)) as u16 / 4;
            let width = plot.x - left;
            buffer.set_string(left, row, format!("{label:>w$}", w = usize::from(width)), self.theme.faint());
            buffer.set_string(plot.x, row, "┤", line);
            for column in plot.x + 1..plot.right() {
                buffer.set_string(column, row, "┈", line);
            }
        }
    }

    fn draw_x(&self, axis: &Axis, plot: Rect, buffer: &mut Buffer) {
        let width = plot.width - 1;
        let mut free_from = plot.x;
        let mut end = plot.right();
        if !self.x_name.is_empty() && plot.width >= 24 {
            end -= self.x_name.width() as u16;
            buffer.set_string(end, plot.bottom(), self.x_name, self.theme.faint());
            end -= 1;
        }
        for tick in axis.ticks(usize::from(width / 8).clamp(1, 10)) {
            let Some(place) = axis.place(tick).filter(|p| (0.0..=1.0).contains(p)) else { continue };
            let label = axis.label(tick);
            let size = label.width() as u16;
            let column = plot.x + 1 + (place * f64::from(width - 1)).round() as u16;
            let start = column.saturating_sub(size / 2).min(end.saturating_sub(size)).max(plot.x);
            if start >= free_from && start + size <= end && column < end {
                buffer.set_string(start, plot.bottom(), &label, self.theme.faint());
                free_from = start + size + 1;
            }
        }
    }
}

/// Draws a curve: inside one column of dots its whole range, so that no spike is lost, and lines between columns.
fn trace(raster: &mut Raster, curve: &Curve, x_axis: &Axis, y_axis: &Axis) {
    let (right, bottom) = (f64::from(raster.width() - 1), f64::from(raster.height() - 1));
    let mut column: Option<Column> = None;
    for (x, y) in &curve.points {
        let place = y_axis.place(*y).filter(|_| y.is_finite());
        let spot = x_axis.place(*x).filter(|at| (0.0..=1.0).contains(at)).zip(place);
        let Some((across, up)) = spot else {
            if let Some(done) = column.take() {
                done.draw(raster, curve, done.alone);
            }
            continue;
        };
        let dot = ((across * right).round() as i32, ((1.0 - up.clamp(-1.0, 2.0)) * bottom).round() as i32);
        match &mut column {
            Some(open) if open.x == dot.0 => open.take_in(dot.1),
            _ => {
                let next = match column.take() {
                    Some(done) => {
                        done.draw(raster, curve, false);
                        raster.line((done.x, done.last), dot, curve.stroke, curve.style);
                        Column { alone: false, ..Column::new(dot) }
                    }
                    None => Column::new(dot),
                };
                column = Some(next);
            }
        }
    }
    if let Some(done) = column {
        done.draw(raster, curve, done.alone);
    }
}

/// The points of a curve that share a column of dots.
#[derive(Debug, Clone, Copy)]
struct Column {
    x: i32,
    top: i32,
    bottom: i32,
    last: i32,
    /// No line leads here: a single point must still be seen.
    alone: bool,
}

impl Column {
    fn new((x, y): (i32, i32)) -> Self {
        Self { x, top: y, bottom: y, last: y, alone: true }
    }

    fn take_in(&mut self, y: i32) {
        self.top = self.top.min(y);
        self.bottom = self.bottom.max(y);
        self.last = y;
    }

    fn draw(&self, raster: &mut Raster, curve: &Curve, alone: bool) {
        // A range within one column is a fact, not a stroke: it is never dotted away.
        raster.line((self.x, self.top), (self.x, self.bottom), Stroke::Solid, curve.style);
        if alone && self.top == self.bottom {
            for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
                raster.dot(self.x - self.x % 2 + dx, self.top - self.top % 2 + dy, curve.style);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::theme::Depth;
    use super::*;

    fn picture(points: &[(f64, f64)], width: u16, height: u16, logarithmic: bool) -> String {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let curves = [Curve { points: points.to_vec(), stroke: Stroke::Solid, style: Style::new() }];
        let theme = Theme::new(Depth::Mono);
        let chart = Chart {
            curves: &curves,
            unit: Unit::Number,
            x_unit: Unit::Number,
            growing: false,
            logarithmic,
            x_name: "",
            theme: &theme,
        };
        chart.render(area, &mut buffer);
        (0..height)
            .map(|y| {
                (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned() + "\n"
            })
            .collect()
    }

    #[test]
    fn a_line_a_gap_and_a_lone_point() {
        let points =
            [(0.0, 0.0), (1.0, 1.0), (2.0, 2.0), (3.0, f64::NAN), (4.0, 4.0), (5.0, f64::NAN), (8.0, 1.0)];
        insta::assert_snapshot!(picture(&points, 44, 10, false));
    }

    #[test]
    fn a_curve_over_decades_on_a_logarithmic_axis() {
        let points: Vec<_> = (0..40).map(|i| (f64::from(i), 10f64.powf(-f64::from(i) / 10.0))).collect();
        insta::assert_snapshot!(picture(&points, 44, 10, true));
    }

    #[test]
    fn a_spike_among_a_million_points_is_seen_at_forty_columns() {
        let mut points: Vec<_> = (0..1_000_000).map(|i| (f64::from(i), 1.0)).collect();
        points[654_321].1 = 9.0;
        let picture = picture(&points, 40, 8, false);
        let top = picture.lines().next().expect("eight lines");
        assert!(top.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)), "{picture}");
    }
}
