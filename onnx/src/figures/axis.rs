//! A linear axis: round tick values and where they fall.

/// An axis from zero to a round value at or above the data.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    /// The distance between two ticks: 1, 2 or 5 times a power of ten.
    pub step: f64,
    /// The last tick.
    pub top: f64,
}

impl Axis {
    /// An axis that holds `largest` with about `ticks` steps. Nothing to show (zero, negative or not finite) gives
    /// an axis to 1.
    pub(super) fn holding(largest: f64, ticks: usize) -> Self {
        let largest = if largest.is_finite() && largest > 0.0 { largest } else { 1.0 };
        let rough = largest / ticks as f64;
        let magnitude = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .map(|factor| factor * magnitude)
            .into_iter()
            .find(|step| *step >= rough * (1.0 - 1e-9))
            .expect("ten times the magnitude exceeds the rough step");
        Self { step, top: (largest / step * (1.0 - 1e-9)).ceil() * step }
    }

    /// The tick values from zero to the top, both included.
    pub(super) fn ticks(&self) -> Vec<f64> {
        let count = (self.top / self.step).round() as usize;
        (0..=count).map(|tick| tick as f64 * self.step).collect()
    }

    /// A tick's label with as many decimals as the step needs.
    pub(super) fn label(&self, tick: f64) -> String {
        let decimals = (-self.step.log10().floor()).clamp(0.0, 12.0) as usize;
        format!("{tick:.decimals$}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(largest: f64, expected: &[&str]) {
        let axis = Axis::holding(largest, 5);
        let labels: Vec<String> = axis.ticks().into_iter().map(|tick| axis.label(tick)).collect();
        assert_eq!(labels, expected, "axis holding {largest}");
        assert!(axis.top >= largest || !largest.is_finite());
    }

    #[test]
    fn ticks_are_round_and_hold_the_data() {
        check(4.82, &["0", "1", "2", "3", "4", "5"]);
        check(5.0, &["0", "1", "2", "3", "4", "5"]);
        check(0.57, &["0.0", "0.2", "0.4", "0.6"]);
        check(0.031, &["0.00", "0.01", "0.02", "0.03", "0.04"]);
        check(1234.0, &["0", "500", "1000", "1500"]);
    }

    #[test]
    fn an_axis_without_data_goes_to_one() {
        check(0.0, &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        check(f64::NAN, &["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    }
}
