//! What is kept of one column: its pyramid, its smoothed values, and a clock that never runs back.

use dissect_runs::series::{Point, Points};

use super::pyramid::Pyramid;
use super::smooth::Smoothed;

/// What is kept of one column. The points themselves are the series'.
#[derive(Debug, Clone, Default)]
pub(in crate::dashboard::state) struct Track {
    len: usize,
    pyramid: Pyramid,
    smoothed: Option<Smoothed>,
    /// The latest time so far at each point, once the times are found not to rise by themselves.
    clock: Option<Vec<f64>>,
}

impl Track {
    /// Takes in the points that came since.
    pub(in crate::dashboard::state) fn grow(&mut self, points: &Points<'_>) {
        let values = points.values();
        self.pyramid.grow(values.len(), &|index| values[index]);
        self.watch(points);
        self.len = points.len();
        if let Some(smoothed) = &mut self.smoothed {
            smoothed.grow(points);
        }
    }

    /// Looks whether time falls back or is not known, as a clock that was set does.
    fn watch(&mut self, points: &Points<'_>) {
        let from = self.len.saturating_sub(1);
        let fresh = || points.iter().skip(from).map(|point| point.time);
        let rising = fresh().is_sorted_by(|a, b| a <= b) && fresh().all(f64::is_finite);
        if self.clock.is_none() && rising {
            return;
        }
        let clock = self.clock.get_or_insert_default();
        let mut latest = clock.last().copied().unwrap_or(f64::NEG_INFINITY);
        for point in points.iter().skip(clock.len()) {
            if point.time.is_finite() {
                latest = latest.max(point.time);
            }
            clock.push(latest);
        }
    }

    /// Forgets what is past the first `len` points.
    pub(in crate::dashboard::state) fn cut(&mut self, len: usize) {
        self.len = self.len.min(len);
        self.pyramid.cut(len);
        if let Some(clock) = &mut self.clock {
            clock.truncate(len);
        }
        // An average cannot be taken back; the next look at it builds it anew.
        self.smoothed = None;
    }

    /// Smooths, where it is not smoothed so already; `weight` 0 forgets it.
    pub(in crate::dashboard::state) fn smooth(&mut self, weight: f64, points: &Points<'_>) {
        if weight <= 0.0 {
            self.smoothed = None;
            return;
        }
        if self.smoothed.as_ref().is_none_or(|smoothed| smoothed.weight() != weight) {
            self.smoothed = Some(Smoothed::new(weight));
        }
        if let Some(smoothed) = &mut self.smoothed {
            smoothed.grow(points);
        }
    }

    /// The pyramid of the values.
    pub(in crate::dashboard::state) fn pyramid(&self) -> &Pyramid {
        &self.pyramid
    }

    /// The smoothed values, where they were asked for.
    pub(in crate::dashboard::state) fn smoothed(&self) -> Option<&Smoothed> {
        self.smoothed.as_ref()
    }

    /// When a point was written, never before the one ahead of it.
    pub(in crate::dashboard::state) fn time(&self, index: usize, point: &Point) -> f64 {
        self.clock.as_ref().and_then(|clock| clock.get(index).copied()).unwrap_or(point.time)
    }
}

#[cfg(test)]
mod tests {
    use dissect_runs::records::{Kind, Record};
    use dissect_runs::series::Series;

    use super::*;

    #[test]
    fn a_clock_that_was_set_back_stands_still() {
        let mut series = Series::new();
        let mut track = Track::default();
        for (step, time) in [1.0, 2.0, 5.0, 3.0, f64::NAN, 6.0].into_iter().enumerate() {
            series.push(&Record { time, ..Record::step(step as u64).with("loss", 1.0) });
            track.grow(&series.column(Kind::Step, "loss"));
        }
        let points = series.column(Kind::Step, "loss");
        let times: Vec<f64> =
            points.iter().enumerate().map(|(index, point)| track.time(index, &point)).collect();
        assert_eq!(times, [1.0, 2.0, 5.0, 5.0, 5.0, 6.0]);
    }
}
