//! What can be done: what most screens know, and what a screen has of its own.

use crate::dashboard::state::Screen;
use crate::dashboard::state::screens::{dissect, metrics, models, runs};

/// Something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Put a screen in front.
    Show(Screen),
    /// Move down (or up) by rows.
    Down(i32),
    /// Move down (or up) by screenfuls.
    Page(i32),
    /// Move right (or left).
    Right(i32),
    /// To the first row.
    First,
    /// To the last row.
    Last,
    /// Look closer: full size, or the run's curves.
    Open,
    /// Out of what is open, or drop the filter.
    Back,
    /// The next pane.
    NextPane,
    /// Mark what the cursor is on.
    Mark,
    /// Drop all marks.
    Unmark,
    /// Write a filter.
    Filter,
    /// A new run, with the defaults of its kind.
    New,
    /// A new run, like the one under the cursor.
    Clone,
    /// Stop after a checkpoint.
    Stop,
    /// Go on after a stop.
    Resume,
    /// Write the screen to a file.
    Export,
    /// What may be pressed here.
    Help,
    /// Leave the dashboard.
    Quit,
    /// To the shell and back with `fg`.
    Suspend,
    /// Draw the screen anew.
    Redraw,
    /// Of the list of runs alone.
    Runs(runs::Action),
    /// Of the curves alone.
    Metrics(metrics::Action),
    /// Of the models alone.
    Models(models::Action),
    /// Of the dissections alone.
    Dissect(dissect::Action),
}
