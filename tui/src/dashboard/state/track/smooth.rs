//! A moving average that weighs by distance and does not lean towards its start.

use dissect_runs::series::Points;

use super::pyramid::Pyramid;

/// Points whose distances say what one record's distance is.
const SETTLED: usize = 32;

/// The smoothed values of a column: at each point the mean of all up to it, each weighed by `weight` to the power of its
/// distance in steps over the column's usual distance between records. So records that lie close count for no more than
/// their share, and the first value is the first record's. A gap stays a gap.
#[derive(Debug, Clone, Default)]
pub(in crate::dashboard::state) struct Smoothed {
    weight: f64,
    values: Vec<f64>,
    pyramid: Pyramid,
    unit: f64,
    mean: f64,
    mass: f64,
    last_step: u64,
}

impl Smoothed {
    /// Nothing yet; `weight` is above 0 and below 1.
    pub(in crate::dashboard::state) fn new(weight: f64) -> Self {
        Self { weight, ..Self::default() }
    }

    /// The weight of one record's distance.
    pub(in crate::dashboard::state) fn weight(&self) -> f64 {
        self.weight
    }

    /// Takes in the points that came since.
    pub(in crate::dashboard::state) fn grow(&mut self, points: &Points<'_>) {
        if points.len() < self.values.len() || self.values.len() < SETTLED.min(points.len()) {
            *self = Self { unit: usual_distance(points), ..Self::new(self.weight) };
        }
        let mut last = (0, 1.0);
        for point in points.iter().skip(self.values.len()) {
            let steps = point.step.saturating_sub(self.last_step);
            // Records mostly lie equally far apart.
            if steps != last.0 {
                last = (steps, self.weight.powf(steps as f64 / self.unit));
            }
            if !point.value.is_finite() {
                self.values.push(f64::NAN);
                continue;
            }
            self.mass = self.mass * last.1 + 1.0;
            // Not the shorter `mean += (value - mean) / mass`: the difference of huge values is infinite.
            self.mean = self.mean * (1.0 - 1.0 / self.mass) + point.value / self.mass;
            self.last_step = point.step;
            self.values.push(self.mean);
        }
        let values = &self.values;
        self.pyramid.grow(values.len(), &|index| values[index]);
    }

    /// The values.
    pub(in crate::dashboard::state) fn values(&self) -> &[f64] {
        &self.values
    }

    /// Their pyramid.
    pub(in crate::dashboard::state) fn pyramid(&self) -> &Pyramid {
        &self.pyramid
    }
}

/// The median distance of the first records, in steps; at least one.
fn usual_distance(points: &Points<'_>) -> f64 {
    let steps: Vec<u64> = points.iter().take(SETTLED).map(|point| point.step).collect();
    let mut distances: Vec<u64> = steps.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).collect();
    distances.sort_unstable();
    distances.get(distances.len() / 2).map_or(1.0, |median| (*median).max(1) as f64)
}

#[cfg(test)]
mod tests {
    use dissect_runs::records::{Kind, Record};
    use dissect_runs::series::Series;

    use super::*;

    /// The series with these values at these steps.
    fn series(values: &[(u64, f64)]) -> Series {
        let mut series = Series::new();
        values.iter().for_each(|(step, value)| series.push(&Record::step(*step).with("loss", *value)));
        series
    }

    fn smooth(weight: f64, values: &[(u64, f64)]) -> Vec<f64> {
        let mut smoothed = Smoothed::new(weight);
        smoothed.grow(&series(values).column(Kind::Step, "loss"));
        smoothed.values().to_vec()
    }

    #[test]
    fn it_starts_unbiased_and_keeps_gaps() {
        let same = smooth(0.97, &[(0, 4.0), (1, 4.0), (2, f64::NAN), (3, 4.0)]);
        assert!(same[2].is_nan());
        assert!([0, 1, 3].iter().all(|i| (same[*i] - 4.0).abs() < 1e-12), "{same:?}");
        let falling = smooth(0.5, &[(0, 1.0), (1, 0.0)]);
        assert!((falling[1] - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn it_weighs_by_distance_and_not_by_count() {
        // The usual distance is 10: a record 20 away weighs as two records' distance.
        let even: Vec<_> = (0..8).map(|i| (i * 10, 1.0)).collect();
        let with = |more: &[(u64, f64)]| *smooth(0.5, &[&even[..], more].concat()).last().unwrap();
        let (near, far) = (with(&[(80, 3.0)]), with(&[(90, 3.0)]));
        assert!(near < far && far < 3.0, "{near} {far}");
    }

    #[test]
    fn growing_by_one_is_as_growing_at_once_and_huge_values_stay() {
        let all: Vec<_> = (0..200_u64).map(|i| (i * 8 + i % 7, (i % 11) as f64)).collect();
        let mut grown = Smoothed::new(0.9);
        for end in 1..=all.len() {
            grown.grow(&series(&all[..end]).column(Kind::Step, "loss"));
        }
        assert_eq!(grown.values(), smooth(0.9, &all));
        let huge = smooth(0.9, &[(0, f64::MAX), (1, -f64::MAX), (2, 1.0)]);
        assert!(huge.iter().all(|value| value.is_finite()), "{huge:?}");
    }
}
