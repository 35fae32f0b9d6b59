//! The log screen: where one reads in the log and in the events.

use super::super::dashboard::{LogPane, State};
use super::super::keys::Binding;
use super::shared;

pub(super) static BINDINGS: &[Binding] =
    &[shared::STOP, shared::RESUME, shared::CLONE, shared::PANE, shared::LEFT, shared::RIGHT];

impl State {
    pub(in super::super) fn step_in_log(&mut self, by: i32) {
        let lines = self.log.as_ref().map_or(0, |(_, log)| log.len());
        let events = self.selected().map_or(0, |run| run.events.len());
        match self.log_pane {
            LogPane::Log => self.log_at.step(by, lines),
            LogPane::Events => self.events_at.step(by, events),
        }
    }

    pub(in super::super) fn step_aside_in_log(&mut self, by: i32) {
        if self.log_pane == LogPane::Log {
            self.log_at.step_aside(by * 8);
        }
    }

    pub(in super::super) fn next_log_pane(&mut self) {
        self.log_pane = match self.log_pane {
            LogPane::Log => LogPane::Events,
            LogPane::Events => LogPane::Log,
        };
    }
}
