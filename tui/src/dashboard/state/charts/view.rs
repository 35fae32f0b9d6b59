//! How the curves are shown.

use std::collections::BTreeSet;

use super::grid::Grid;
use super::list::Chart;
use crate::dashboard::state::line::XAxis;
use crate::dashboard::state::track::Scale;

/// How the curves are shown.
#[derive(Debug, Clone)]
pub struct View {
    /// What x is.
    pub axis: XAxis,
    /// Whether x is logarithmic.
    pub x_scale: Scale,
    /// Whether y is logarithmic. A share never is: its zero and one are what one looks for.
    pub y_scale: Scale,
    /// Whether y is fitted to most of the values and not to all of them.
    pub robust: bool,
    /// Weight of one record's distance in the moving average; 0 for none.
    pub smoothing: f64,
    /// The chart with the keys.
    pub at: usize,
    /// Whether that chart fills the screen.
    pub full: bool,
    /// Charts on a screen.
    pub grid: Grid,
    /// The stretch of x that is shown, where it is not all of it.
    pub window: Option<(f64, f64)>,
    /// Where values are read off.
    pub reading: Option<f64>,
    /// Whether events and stages are marked.
    pub marked: bool,
    /// A regular expression for the charts that are shown; all where it is empty.
    pub filter: String,
    /// Titles of the charts that were put away.
    pub hidden: BTreeSet<String>,
    /// Titles of the charts that come first and stay.
    pub pinned: Vec<String>,
}

impl Default for View {
    fn default() -> Self {
        Self {
            axis: XAxis::default(),
            x_scale: Scale::Linear,
            y_scale: Scale::Linear,
            robust: false,
            smoothing: 0.0,
            at: 0,
            full: false,
            grid: Grid::default(),
            window: None,
            reading: None,
            marked: true,
            filter: String::new(),
            hidden: BTreeSet::new(),
            pinned: Vec::new(),
        }
    }
}

/// The steps of [`View::smoothing`].
const SMOOTHINGS: [f64; 7] = [0.0, 0.6, 0.8, 0.9, 0.97, 0.99, 0.999];

impl View {
    /// More smoothing, or less.
    pub fn smooth(&mut self, by: i32) {
        let now = SMOOTHINGS.iter().position(|weight| *weight >= self.smoothing).unwrap_or(0);
        let next = (now as i64 + i64::from(by)).clamp(0, SMOOTHINGS.len() as i64 - 1);
        self.smoothing = SMOOTHINGS[next as usize];
    }

    /// The charts that are shown, in their order: the pinned ones, then what the filter leaves.
    pub fn choose(&self, all: Vec<Chart>) -> Vec<Chart> {
        let pattern = regex::RegexBuilder::new(&self.filter).case_insensitive(true).build().ok();
        let words = self.filter.to_lowercase();
        let passes = |text: &str| match &pattern {
            Some(pattern) => pattern.is_match(text),
            // What is not yet an expression is looked for as it stands.
            None => text.to_lowercase().contains(&words),
        };
        let (mut pinned, rest): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|chart| self.pinned.contains(&chart.title));
        pinned.sort_by_key(|chart| self.pinned.iter().position(|title| *title == chart.title));
        let shown = rest.into_iter().filter(|chart| {
            !self.hidden.contains(&chart.title)
                && (self.filter.is_empty() || passes(&chart.title) || chart.metrics().any(passes))
        });
        pinned.extend(shown);
        pinned
    }

    /// What is set otherwise than at first, in a few words.
    pub fn settings(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.smoothing > 0.0 {
            words.push(format!("smooth {}", self.smoothing));
        }
        if self.x_scale == Scale::Logarithmic {
            words.push("log x".to_owned());
        }
        if self.window.is_some() {
            words.push("zoomed".to_owned());
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoothing_goes_up_and_down_and_stays_at_its_ends() {
        let mut view = View::default();
        for (by, expected) in [(-1, 0.0), (1, 0.6), (1, 0.8), (-1, 0.6), (9, 0.999), (1, 0.999), (-9, 0.0)] {
            view.smooth(by);
            assert_eq!(view.smoothing, expected);
        }
    }
}
