//! The curves: which chart has the keys, how the curves are shown, and where values are read off.

use super::super::charts::{self, Chart};
use super::super::dashboard::{State, Tone};
use super::super::event::Effect;
use super::super::keys::{Action as Any, Binding, Key, bind};
use super::super::line::XAxis;
use super::super::table::Table;
use super::super::track::Scale;
use super::shared;

/// What this screen alone knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// More smoothing, or less.
    Smooth(i32),
    /// Logarithmic y, or not.
    LogY,
    /// Logarithmic x, or not.
    LogX,
    /// Another x axis.
    XAxis,
    /// y fitted to most values, or to all.
    Robust,
    /// A shorter stretch of x, or a longer one.
    Zoom(i32),
    /// All of x.
    All,
    /// The stretch further right, or left, by quarters of itself.
    Pan(i32),
    /// The reading cursor on by records, or back; by tens of them.
    Read(i32),
    /// Another number of charts on a screen.
    Grid,
    /// The chart to the front for good, or back.
    Pin,
    /// The chart away.
    Hide,
    /// Charts that were put away, back.
    Unhide,
    /// Events and stages marked, or not.
    Marks,
}

const fn own(
    name: &'static str,
    keys: &'static [Key],
    footer: &'static str,
    help: &'static str,
    action: Action,
) -> Binding {
    bind(name, keys, footer, help, Any::Metrics(action))
}

pub(super) static BINDINGS: &[Binding] = &[
    own("smooth", &[Key::Char('s')], "smooth", "more smoothing", Action::Smooth(1)),
    own("smooth-less", &[Key::Char('S')], "", "less smoothing", Action::Smooth(-1)),
    own("cursor-right", &[Key::Char(']')], "read", "read values: the cursor on", Action::Read(1)),
    own("cursor-left", &[Key::Char('[')], "", "read values: the cursor back", Action::Read(-1)),
    own("cursor-far-right", &[Key::Char('}')], "", "the cursor on by ten", Action::Read(10)),
    own("cursor-far-left", &[Key::Char('{')], "", "the cursor back by ten", Action::Read(-10)),
    own("zoom-in", &[Key::Char('+'), Key::Char('=')], "zoom", "zoom in about the cursor", Action::Zoom(1)),
    own("zoom-out", &[Key::Char('-')], "", "zoom out", Action::Zoom(-1)),
    own("zoom-all", &[Key::Char('0')], "", "all of x", Action::All),
    own("pan-right", &[Key::Char(')')], "", "the zoomed stretch to the right", Action::Pan(1)),
    own("pan-left", &[Key::Char('(')], "", "the zoomed stretch to the left", Action::Pan(-1)),
    own("x-axis", &[Key::Char('X')], "x axis", "x by epoch, step, time or clock", Action::XAxis),
    own("log-y", &[Key::Char('L')], "log y", "logarithmic y axis", Action::LogY),
    own("log-x", &[Key::Char('x')], "", "logarithmic x axis", Action::LogX),
    own("outliers", &[Key::Char('o')], "outliers", "y without outliers, or with", Action::Robust),
    own("grid", &[Key::Char('v')], "grid", "charts on a screen: fitting, 1, 2, 4, 6, 9", Action::Grid),
    own("pin-chart", &[Key::Char('*')], "", "the chart first for good", Action::Pin),
    own("hide-chart", &[Key::Delete, Key::Backspace], "", "the chart away", Action::Hide),
    own("show-charts", &[Key::Char('a')], "", "charts that are away, back", Action::Unhide),
    own("events", &[Key::Char('E')], "", "events and stages marked, or not", Action::Marks),
    bind("filter", &[Key::Char('/')], "filter", "charts by a regular expression", Any::Filter),
    shared::STOP,
    shared::RESUME,
    shared::CLONE,
    shared::UNMARK,
    shared::OPEN,
    shared::LEFT,
    shared::RIGHT,
];

/// The share of the stretch in view that one step of the reading cursor is at least.
const STRIDE: f64 = 1.0 / 200.0;

impl State {
    pub(in super::super) fn act_on_metrics(&mut self, action: Action) -> Vec<Effect> {
        let other = |scale| match scale {
            Scale::Linear => Scale::Logarithmic,
            Scale::Logarithmic => Scale::Linear,
        };
        match action {
            Action::Smooth(by) => self.charts.smooth(by),
            Action::LogY => self.charts.y_scale = other(self.charts.y_scale),
            Action::LogX => self.charts.x_scale = other(self.charts.x_scale),
            Action::XAxis => self.next_axis(),
            Action::Robust => self.charts.robust = !self.charts.robust,
            Action::Zoom(by) => self.zoom(by),
            Action::All => self.charts.window = None,
            Action::Pan(by) => self.pan(by),
            Action::Read(by) => self.read_on(by),
            Action::Grid => {
                self.charts.grid = self.charts.grid.next();
                self.say(self.charts.grid.name(), Tone::Good);
            }
            Action::Pin => self.pin_chart(),
            Action::Hide => self.hide_chart(),
            Action::Unhide => self.charts.hidden.clear(),
            Action::Marks => self.charts.marked = !self.charts.marked,
        }
        vec![Effect::Draw]
    }

    /// The charts of the runs in view that are shown, in their order.
    pub fn chart_list(&self) -> Vec<Chart> {
        self.charts.choose(charts::charts(&self.in_view()))
    }

    /// The chart with the keys.
    pub fn chart_at_hand(&self) -> Option<Chart> {
        let mut list = self.chart_list();
        let at = self.charts.at.min(list.len().checked_sub(1)?);
        Some(list.swap_remove(at))
    }

    /// Charts beside each other, as the grid is drawn; one where a chart is full-size.
    pub(in super::super) fn chart_columns(&self) -> i32 {
        let count = self.chart_list().len();
        if self.charts.full { 1 } else { self.charts.grid.columns(count, self.width) as i32 }
    }

    /// The stretch of x that is in view, and what x is called.
    fn x_in_view(&self) -> Option<((f64, f64), &'static str)> {
        let runs = self.in_view();
        let list = self.chart_list();
        let chart = self.chart_at_hand()?;
        let (axis, scale) = (self.charts.axis, self.charts.x_scale);
        let name = charts::x_name(&chart, &runs, axis);
        let all = charts::extent(&list, &runs, axis, scale, name)?;
        Some((self.charts.window.unwrap_or(all), name))
    }

    pub(in super::super) fn move_chart(&mut self, by: i32) {
        let last = self.chart_list().len() as i64 - 1;
        let at = self.charts.at as i64 + i64::from(by);
        // Beside or below there may be none; pages end at the ends.
        if (0..=last).contains(&at) || by.abs() > 9 {
            self.charts.at = at.clamp(0, last.max(0)) as usize;
        }
    }

    pub(in super::super) fn open_chart(&mut self) {
        self.charts.at = self.charts.at.min(self.chart_list().len().saturating_sub(1));
        self.charts.full = !self.charts.full;
    }

    /// Out of what is open: the reading, the full-size chart, the filter. Whether there was anything.
    pub(in super::super) fn leave_chart(&mut self) -> bool {
        let view = &mut self.charts;
        if view.reading.take().is_some() {
            self.scrub_epoch = None;
            return true;
        }
        if view.full || !view.filter.is_empty() {
            if view.full {
                view.full = false;
            } else {
                view.filter.clear();
            }
            return true;
        }
        false
    }

    /// Reads the charts at the epoch whose samples were looked at.
    pub(in super::super) fn read_at_scrubbed(&mut self) {
        if self.charts.axis == XAxis::Epoch && self.scrub_epoch.is_some() {
            self.charts.reading = self.scrub_epoch;
        }
    }

    fn pin_chart(&mut self) {
        let Some(title) = self.chart_at_hand().map(|chart| chart.title) else { return };
        match self.charts.pinned.iter().position(|pinned| *pinned == title) {
            Some(place) => {
                self.charts.pinned.remove(place);
                self.say(format!("{title} is no longer pinned"), Tone::Good);
            }
            None => {
                self.say(format!("{title} is pinned: first, whatever the filter"), Tone::Good);
                self.charts.pinned.push(title.clone());
            }
        }
        let place = self.chart_list().iter().position(|chart| chart.title == title);
        self.charts.at = place.unwrap_or(0);
    }

    fn hide_chart(&mut self) {
        let Some(title) = self.chart_at_hand().map(|chart| chart.title) else { return };
        self.charts.pinned.retain(|pinned| *pinned != title);
        self.say(format!("{title} is away; a brings it back"), Tone::Good);
        self.charts.hidden.insert(title);
        self.charts.at = self.charts.at.min(self.chart_list().len().saturating_sub(1));
    }

    /// The next x axis. What is zoomed to and read stays in place: the same records.
    fn next_axis(&mut self) {
        let from = self.charts.axis;
        let to = from.next();
        let chart = self.chart_at_hand();
        let moved = |x: f64| {
            let runs = self.in_view();
            let chart = chart.as_ref()?;
            let lines = runs.iter().flat_map(|run| {
                chart.columns().filter_map(|(kind, metric)| {
                    Some((run.history.line(kind, metric, from)?, run.history.line(kind, metric, to)?))
                })
            });
            let (before, after) = lines.max_by_key(|(line, _)| line.len())?;
            let (first, last) = before.extent()?;
            let index = before.nearest(x.clamp(first.min(last), last))?;
            Some(after.x(index)).filter(|x| x.is_finite())
        };
        let ends = self.charts.window.and_then(|(low, high)| moved(low).zip(moved(high)));
        let window = ends.filter(|(low, high)| low < high);
        let reading = self.charts.reading.and_then(moved);
        (self.charts.window, self.charts.reading, self.charts.axis) = (window, reading, to);
    }

    /// Half the stretch about the cursor, or its middle; or twice of it. All of it is no zoom.
    fn zoom(&mut self, by: i32) {
        let Some(((low, high), name)) = self.x_in_view() else { return };
        let scale = self.charts.x_scale;
        let (from, to) = (along(scale, low), along(scale, high));
        let at = self.charts.reading.map(|x| along(scale, x)).filter(|at| (from..=to).contains(at));
        let about = at.unwrap_or((from + to) / 2.0);
        let factor = 0.5_f64.powi(by);
        let (from, to) = (about - (about - from) * factor, about + (to - about) * factor);
        self.look_at(from, to, name);
    }

    fn pan(&mut self, by: i32) {
        let Some(((low, high), name)) = self.x_in_view() else { return };
        if self.charts.window.is_none() {
            self.say("all of x is in view: + zooms in first", Tone::Bad);
            return;
        }
        let scale = self.charts.x_scale;
        let (from, to) = (along(scale, low), along(scale, high));
        let by = (to - from) / 4.0 * f64::from(by);
        self.look_at(from + by, to + by, name);
    }

    /// Zooms to a stretch, kept within what there is.
    fn look_at(&mut self, from: f64, to: f64, name: &str) {
        let runs = self.in_view();
        let scale = self.charts.x_scale;
        let all = charts::extent(&self.chart_list(), &runs, self.charts.axis, scale, name);
        let Some((first, last)) = all else { return };
        let (first, last) = (along(scale, first), along(scale, last));
        let size = to - from;
        // Below this the digits of a number end.
        let finest = (last - first).max(first.abs().max(last.abs()) * 1e-3) * 1e-9;
        if !(size.is_finite() && size > finest) {
            return;
        }
        if size >= last - first {
            self.charts.window = None;
            return;
        }
        let from = from.clamp(first, last - size);
        self.charts.window = Some((back(scale, from), back(scale, from + size)));
    }

    /// Moves the reading cursor to the next record, but over a long run by no less than can be seen.
    fn read_on(&mut self, by: i32) {
        let Some(((low, high), name)) = self.x_in_view() else { return };
        let Some(chart) = self.chart_at_hand() else { return };
        let runs = self.in_view();
        let axis = self.charts.axis;
        let right = by > 0;
        let next = match self.charts.reading.filter(|x| x.is_finite()) {
            // It comes in at the end that it moves away from.
            None => {
                let (x, inward) = if right { (low, true) } else { (high, false) };
                let there = |x: f64| {
                    runs.iter().any(|run| {
                        chart.columns().any(|(kind, metric)| {
                            let line = run.history.line(kind, metric, axis);
                            line.and_then(|line| line.nearest(x)).is_some()
                        })
                    })
                };
                if there(x) { Some(x) } else { chart.step_from(&runs, axis, x, 0.0, inward) }
            }
            Some(x) => {
                let stride = (high - low) * STRIDE * f64::from(by.abs() / 10 * 10).max(1.0);
                chart.step_from(&runs, axis, x, stride, right).or(Some(x))
            }
        };
        let Some(x) = next else { return };
        self.charts.reading = Some(x);
        if axis == XAxis::Epoch {
            // The samples of a GAN are shown where its curves are read.
            self.scrub_epoch = Some(x);
        }
        if x < low || x > high {
            let scale = self.charts.x_scale;
            let (from, to) = (along(scale, low), along(scale, high));
            let half = (to - from) / 2.0;
            self.look_at(along(scale, x) - half, along(scale, x) + half, name);
        }
    }

    /// Smooths what the screen shows; what is smoothed so already stays, and what came since is added.
    pub(in super::super) fn smooth_curves(&mut self) {
        if self.screen != super::Screen::Metrics {
            return;
        }
        let weight = self.charts.smoothing;
        let ids: Vec<String> = self.in_view().iter().map(|run| run.id.clone()).collect();
        let list = self.chart_list();
        for id in ids {
            let Some(run) = self.runs.get_mut(&id) else { continue };
            for (kind, metric) in list.iter().flat_map(Chart::columns) {
                run.history.smooth(kind, metric, weight);
            }
        }
    }

    /// The records in view, as a table.
    pub(in super::super) fn metrics_table(&self) -> Option<Table> {
        let list = match self.charts.full {
            true => self.chart_at_hand().into_iter().collect(),
            false => self.chart_list(),
        };
        let table = charts::table(&list, &self.in_view(), &self.charts);
        (!table.is_empty()).then_some(table)
    }

    /// What is read off, in lines of words: run, metric, number, record. Without a cursor, what was measured last.
    pub(in super::super) fn metrics_text(&self) -> Option<String> {
        let chart = self.chart_at_hand()?;
        let mut lines = vec![chart.title.clone()];
        for run in self.in_view() {
            for read in chart.read(run, self.charts.axis, self.charts.reading) {
                let smoothed = read.smoothed.map(|value| format!(" (smoothed {value})")).unwrap_or_default();
                lines.push(format!(
                    "{} {} {}{smoothed}, {}",
                    run.name(),
                    read.metric,
                    read.value,
                    read.place()
                ));
            }
        }
        (lines.len() > 1).then(|| lines.join("\n"))
    }
}

/// Where x lies on a scale, so that equal distances are what looks equal.
fn along(scale: Scale, x: f64) -> f64 {
    if scale == Scale::Logarithmic { x.max(f64::MIN_POSITIVE).ln() } else { x }
}

fn back(scale: Scale, along: f64) -> f64 {
    if scale == Scale::Logarithmic { along.exp() } else { along }
}
