//! The charts of some runs, each in a box of its own or plain. It gives numbers their colours.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use unicode_width::UnicodeWidthStr as _;

use super::axis::{Axis, Unit};
use super::chart::{Around, Curve, Frame};
use super::marks::{self, Drawn};
use super::pen::{Pen, Title, boxed};
use super::raster::Stroke;
use super::view::View;
pub(super) use crate::dashboard::state::charts;
use crate::dashboard::state::{
    self, Chart, Envelope, Line, Run, Scale, Spot, Summary, Values, View as Shown, XAxis,
};

/// Values looked at for the range without outliers, of each curve.
const SAMPLE: usize = 1_000;

/// Draws a chart in a box, as the metrics screen is set to show it. `list` are the charts it shares its x axis with.
pub(super) fn in_box(
    view: &View<'_>,
    chart: &Chart,
    list: &[Chart],
    runs: &[&Run],
    focused: bool,
    area: Rect,
    buffer: &mut Buffer,
) {
    let theme = view.theme;
    let shown = &view.state.charts;
    let x_name = state::x_name(chart, runs, shown.axis);
    // A stretch of epochs is none of steps: what is zoomed and read goes by the chart at hand.
    let at_hand = view.state.charts.at.min(list.len().saturating_sub(1));
    let same = list.get(at_hand).is_none_or(|other| state::x_name(other, runs, shown.axis) == x_name);
    let all = state::extent(list, runs, shown.axis, shown.x_scale, x_name);
    let window = shown.window.filter(|_| same).or(all);
    let reading = shown.reading.filter(|_| same);
    let plot = Plot { chart, runs, shown, window, reading, growing: shown.window.is_none() };
    let (y_axis, mut right) = plot.y_axis();
    right.extend(shown.settings());
    right.extend(plot.left_out());
    let line = if focused { theme.line_focused() } else { theme.line() };
    let pinned = shown.pinned.contains(&chart.title);
    let legend = chart.legend();
    let title = Title {
        name: &chart.title,
        aside: &if pinned { format!("★ {legend}") } else { legend },
        right: &right.join(" · "),
        foot: x_name,
    };
    let inner = boxed(buffer, area, &title, line, theme).area();
    plot.draw(view, y_axis, "", inner, buffer);
    if area.height > 2 {
        let row =
            Rect { x: area.x + 1, y: area.bottom() - 1, height: 1, width: area.width.saturating_sub(2) };
        values(view, chart, runs, reading, &mut Pen::new(buffer, row), x_name.width() as u16 + 4);
    }
}

/// What the curves say where one reads, or say last, in the lower edge of a box.
fn values(view: &View<'_>, chart: &Chart, runs: &[&Run], reading: Option<f64>, pen: &mut Pen<'_>, kept: u16) {
    let axis = view.state.charts.axis;
    let room = pen.width().saturating_sub(kept);
    let mut x = 1;
    for (nth, run) in runs.iter().enumerate() {
        let read: Vec<String> =
            chart.read(run, axis, reading).iter().map(|read| chart.word(read.value)).collect();
        let letter = view.letter(nth).filter(|_| runs.len() > 1);
        let letter = letter.map(|letter| format!("{letter} ")).unwrap_or_default();
        let words = if read.is_empty() { "–".to_owned() } else { read.join(" ") };
        let words = format!(" {letter}{words} ");
        if x + words.width() as u16 > room {
            break;
        }
        x = pen.put(x, 0, &words, view.curve(run));
    }
}

/// Draws a chart without a box: its title, then linear axes without smoothing.
pub(super) fn plain(
    view: &View<'_>,
    chart: &Chart,
    runs: &[&Run],
    axis: XAxis,
    area: Rect,
    buffer: &mut Buffer,
) {
    if area.height < 3 {
        return;
    }
    let mut pen = Pen::new(buffer, area);
    let legend = chart.legend();
    let mut x = pen.pieces(
        1,
        0,
        [(chart.title.as_str(), view.theme.text()), (" ", view.theme.text()), (&legend, view.theme.faint())],
    ) + 1;
    // The last values, as long as they fit; those of several runs are told apart by their colours.
    for run in runs {
        let style = if runs.len() > 1 { view.curve(run) } else { view.theme.faint() };
        let values: Vec<String> = chart.last_values(run).map(|(_, value)| value).collect();
        let values = values.join(" ");
        if values.is_empty() || x + values.len() as u16 + 1 > area.width {
            continue;
        }
        x = pen.put(x, 0, &values, style) + 2;
    }
    let rest = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let name = state::x_name(chart, runs, axis);
    let shown = Shown { axis, marked: false, ..Shown::default() };
    let one = std::slice::from_ref(chart);
    let window = state::extent(one, runs, axis, Scale::Linear, name);
    let plot = Plot { chart, runs, shown: &shown, window, reading: None, growing: true };
    plot.draw(view, plot.y_axis().0, name, rest, buffer);
}

/// A chart over a stretch of x.
struct Plot<'a> {
    chart: &'a Chart,
    runs: &'a [&'a Run],
    shown: &'a Shown,
    window: Option<(f64, f64)>,
    reading: Option<f64>,
    /// Whether the end of x is the end of what there is.
    growing: bool,
}

impl Plot<'_> {
    fn scale(&self) -> Scale {
        if self.chart.share { Scale::Linear } else { self.shown.y_scale }
    }

    /// Every line with the run's place and the metric's.
    fn lines(&self) -> impl Iterator<Item = (usize, usize, Line<'_>)> {
        self.runs.iter().enumerate().flat_map(move |(place, run)| {
            let columns = self.chart.columns().enumerate();
            columns.filter_map(move |(nth, (kind, metric))| {
                Some((place, nth, run.history.line(kind, metric, self.shown.axis)?))
            })
        })
    }

    fn given_up(&self) -> impl Iterator<Item = Vec<(f64, f64)>> {
        self.runs.iter().flat_map(move |run| {
            self.chart
                .columns()
                .flat_map(move |(kind, metric)| run.history.given_up(kind, metric, self.shown.axis))
        })
    }

    /// What is not drawn, and why.
    fn left_out(&self) -> Option<String> {
        let window = self.window.filter(|_| self.scale() == Scale::Logarithmic)?;
        let mut all = Summary::default();
        self.lines().for_each(|(.., line)| all.join(&line.summary(window, Values::Raw)));
        match all.finite - all.positive {
            0 => Some("log".to_owned()),
            count => Some(format!("log, {count} at or below 0 not shown")),
        }
    }

    /// The y axis for what is in view, and what is to be said of it.
    fn y_axis(&self) -> (Axis, Vec<String>) {
        let unit = if self.chart.share { Unit::Share } else { Unit::Number };
        let scale = self.scale();
        let log = scale == Scale::Logarithmic;
        let Some(window) = self.window else { return (Axis::over([].into_iter(), unit, log), Vec::new()) };
        let inside = |x: f64| window.0 <= x && x <= window.1;
        let mut whole = Summary::default();
        for (.., line) in self.lines() {
            whole.join(&line.summary(window, Values::Raw));
        }
        let mut ends: Vec<f64> = whole.range(scale).map(|(low, high)| vec![low, high]).unwrap_or_default();
        let given_up = self.given_up().flatten().filter(|(x, _)| inside(*x)).map(|(_, y)| y);
        ends.extend(given_up.filter(|y| scale.has(*y)));
        let mut said = Vec::new();
        if self.shown.robust {
            let mut sample: Vec<f64> = self
                .lines()
                .flat_map(|(.., line)| line.sample(window, SAMPLE))
                .filter(|y| scale.has(*y))
                .collect();
            sample.sort_by(f64::total_cmp);
            let at =
                |share: f64| sample.get((share * sample.len().saturating_sub(1) as f64).round() as usize);
            // With few values each of them counts.
            if let (true, Some(low), Some(high)) = (sample.len() >= 20, at(0.02), at(0.98)) {
                let (low, high) = (*low, *high);
                let beyond = high - low;
                let kept = (low - 0.1 * beyond, high + 0.1 * beyond);
                let cut = ends.iter().any(|end| *end < kept.0 || *end > kept.1);
                if cut && beyond > 0.0 {
                    ends = vec![if log { low } else { kept.0.max(ends[0]) }, kept.1];
                    said.push("outliers cut".to_owned());
                }
            }
        }
        (Axis::over(ends.into_iter(), unit, log).with_room(), said)
    }

    fn x_axis(&self) -> Axis {
        let unit = match self.shown.axis {
            XAxis::Time => Unit::Time,
            XAxis::Clock => Unit::Clock,
            XAxis::Epoch | XAxis::Step => Unit::Number,
        };
        let log = self.shown.x_scale == Scale::Logarithmic;
        let axis = Axis::from_to(self.window.unwrap_or((0.0, 1.0)), unit, log);
        let growing = self.growing && self.runs.iter().any(|run| run.is_live());
        if growing { axis.growing() } else { axis }
    }

    fn draw(&self, view: &View<'_>, y_axis: Axis, x_name: &str, area: Rect, buffer: &mut Buffer) {
        let around = self.around(view);
        let frame = Frame::new(area, self.x_axis(), y_axis, !around.marks.is_empty(), view.theme);
        let Some(frame) = frame else { return };
        let curves = self.curves(view, &frame.edges());
        frame.draw(&curves, &around, x_name, buffer);
    }

    /// The curves in the order they are drawn: what was given up and what is not smoothed behind all others, broken
    /// ones last, which a solid one would hide.
    fn curves(&self, view: &View<'_>, edges: &[f64]) -> Vec<Curve> {
        let scale = self.scale();
        let behind = |envelope: Envelope, stroke| Curve {
            envelope,
            stroke,
            style: view.theme.curve_behind(),
            letter: None,
        };
        let mut curves: Vec<Curve> =
            self.given_up().map(|points| behind(joined(&points, scale), Stroke::Dotted)).collect();
        let mut front = Vec::new();
        for (place, nth, line) in self.lines() {
            let smoothed = self.shown.smoothing > 0.0 && line.is_smoothed();
            if smoothed {
                curves.push(behind(line.envelope(edges, Values::Raw, scale), Stroke::Solid));
            }
            let values = if smoothed { Values::Smoothed } else { Values::Raw };
            let curve = Curve {
                envelope: line.envelope(edges, values, scale),
                stroke: [Stroke::Solid, Stroke::Dotted, Stroke::Dashed][nth.min(2)],
                style: view.curve(self.runs[place]),
                letter: view.letter(place).filter(|_| self.runs.len() > 1).map(|letter| (letter, place)),
            };
            front.push((nth, curve));
        }
        front.sort_by_key(|(nth, _)| *nth);
        curves.extend(front.into_iter().map(|(_, curve)| curve));
        curves
    }

    fn around(&self, view: &View<'_>) -> Around {
        let axis = self.shown.axis;
        if !self.shown.marked {
            return Around { reading: self.reading, ..Around::default() };
        }
        let several = self.runs.len() > 1;
        let drawn = |run: &&Run| {
            let style = several.then(|| view.curve(run));
            let own = state::marks(run, axis).into_iter().map(move |mark| {
                let style = style.unwrap_or_else(|| marks::style(mark.kind, view.theme));
                Drawn { mark, style }
            });
            own.collect::<Vec<_>>()
        };
        // Of several runs the stages would lie on each other.
        let bands = match self.runs {
            [run] => state::bands(run, axis),
            _ => Vec::new(),
        };
        Around { bands, marks: self.runs.iter().flat_map(drawn).collect(), reading: self.reading }
    }
}

/// Points as they are, each a spot.
fn joined(points: &[(f64, f64)], scale: Scale) -> Envelope {
    let mut before = false;
    let mut envelope = Envelope::default();
    for (x, y) in points {
        let there = scale.has(*y);
        if there {
            envelope.spots.push(Spot::of((*x, *y), before));
        }
        before = there;
    }
    envelope
}
