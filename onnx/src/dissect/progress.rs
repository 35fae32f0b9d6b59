//! What a dissection says while it works.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Where a dissection is. Given to the callback between steps, some times a second and whenever there are new
/// numbers; breaking ends the dissection.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The model whose patterns are being made.
    pub f1: String,
    /// Its number, from 0.
    pub turn: usize,
    /// Models that take their turn as f1.
    pub turns: usize,
    /// Steps that every start has taken.
    pub step: usize,
    /// Steps asked for.
    pub steps: usize,
    /// Part of the turn's work that is done, 0 to 1; moves between steps as well.
    pub done: f64,
    /// What has been measured at `step`, where this call brings it.
    pub measured: Option<Measured>,
}

/// Numbers on the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// f1's mean probability of the class a pattern is made for.
    pub activation: f64,
    /// Distance to each f2, by its name; empty where only the activation was looked at.
    pub distances: Vec<(String, f64)>,
}

/// The callback's type.
pub type Callback<'a> = dyn FnMut(&Progress) -> ControlFlow<()> + 'a;

/// Calls the callback, and not too often.
pub(super) struct Reporter<'a, 'b> {
    callback: &'a mut Callback<'b>,
    progress: Progress,
    last: Instant,
}

const EVERY: Duration = Duration::from_millis(200);

impl<'a, 'b> Reporter<'a, 'b> {
    pub(super) fn new(
        callback: &'a mut Callback<'b>,
        f1: &str,
        turn: usize,
        turns: usize,
        steps: usize,
    ) -> Self {
        let progress = Progress { f1: f1.to_owned(), turn, turns, step: 0, steps, done: 0.0, measured: None };
        Self { callback, progress, last: Instant::now() }
    }

    /// New numbers after `step` steps.
    pub(super) fn measured(&mut self, step: usize, measured: Measured) -> ControlFlow<()> {
        self.progress.step = step;
        self.progress.done = step as f64 / self.progress.steps.max(1) as f64;
        self.progress.measured = Some(measured);
        let flow = (self.callback)(&self.progress);
        self.progress.measured = None;
        self.last = Instant::now();
        flow
    }

    /// A sign of life with `done` of the turn's work done.
    pub(super) fn pulse(&mut self, done: f64) -> ControlFlow<()> {
        if self.last.elapsed() < EVERY {
            return ControlFlow::Continue(());
        }
        self.last = Instant::now();
        self.progress.done = done;
        (self.callback)(&self.progress)
    }
}
