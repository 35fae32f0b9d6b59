//! The curves: which chart has the keys, and how the curves are shown.

use super::super::dashboard::State;
use super::super::event::Effect;
use super::super::grid_columns;
use super::super::keys::{Action as Any, Binding, Key, bind};
use super::shared;

/// What this screen alone knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// More smoothing, then none.
    Smooth,
    /// Logarithmic y, or not.
    LogY,
    /// Another x axis.
    XAxis,
}

pub(super) static BINDINGS: &[Binding] = &[
    shared::STOP,
    shared::RESUME,
    shared::CLONE,
    shared::UNMARK,
    bind(
        "smooth",
        &[Key::Char('s')],
        "smooth",
        "smoothing: none, 0.6, 0.9, 0.97",
        Any::Metrics(Action::Smooth),
    ),
    bind("log-y", &[Key::Char('L')], "log y", "logarithmic y axis", Any::Metrics(Action::LogY)),
    bind("x-axis", &[Key::Char('X')], "x axis", "x by epoch, step or time", Any::Metrics(Action::XAxis)),
    shared::OPEN,
    shared::LEFT,
    shared::RIGHT,
];

impl State {
    pub(in super::super) fn act_on_metrics(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Smooth => self.charts.smooth(),
            Action::LogY => self.charts.logarithmic = !self.charts.logarithmic,
            Action::XAxis => self.charts.axis = self.charts.axis.next(),
        }
        vec![Effect::Draw]
    }

    /// Charts beside each other, as the grid is drawn; one where a chart is full-size.
    pub(in super::super) fn chart_columns(&self) -> i32 {
        if self.charts.full { 1 } else { grid_columns(self.chart_list().len(), self.width) as i32 }
    }

    pub(in super::super) fn move_chart(&mut self, by: i32) {
        let count = self.chart_list().len() as i64;
        let at = self.charts.at as i64 + i64::from(by);
        if (0..count).contains(&at) {
            self.charts.at = at as usize;
        }
    }

    pub(in super::super) fn open_chart(&mut self) {
        self.charts.at = self.charts.at.min(self.chart_list().len().saturating_sub(1));
        self.charts.full = !self.charts.full;
    }
}
