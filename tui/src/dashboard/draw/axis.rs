//! Where ticks stand on an axis and what they say. It knows no terminal.

use crate::dashboard::format;

/// What the numbers of an axis are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    /// A plain number.
    Number,
    /// A share of one, shown as per cent.
    Share,
    /// Seconds, shown as a length of time.
    Time,
    /// Seconds since 1970, shown as a time of day, or as a date where that is what tells them apart.
    Clock,
}

/// Seconds from tick to tick, as people count time.
const TIME_STEPS: [f64; 23] = [
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1_800.0,
    3_600.0,
    7_200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    DAY,
    2.0 * DAY,
    7.0 * DAY,
    14.0 * DAY,
    28.0 * DAY,
    56.0 * DAY,
];

const DAY: f64 = 86_400.0;

/// The part of a range to which its ends are rounded, before it becomes a round number itself.
const GRAIN: f64 = 0.03;

/// One axis: its range and how values are placed on it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    logarithmic: bool,
    unit: Unit,
}

impl Axis {
    /// An axis over the finite ones of `values` (only the positive ones, if logarithmic), or over 0 to 1.
    pub(super) fn over(values: impl Iterator<Item = f64>, unit: Unit, logarithmic: bool) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|v| v.is_finite() && (!logarithmic || *v > 0.0)) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = if logarithmic { (0.1, 1.0) } else { (0.0, 1.0) };
        }
        Self { low, high, logarithmic, unit }
    }

    /// An axis from `low` to `high`; where they are not two places in order, over 0 to 1.
    pub(super) fn from_to((low, high): (f64, f64), unit: Unit, logarithmic: bool) -> Self {
        let ordered = low.is_finite() && high.is_finite() && low < high && (!logarithmic || low > 0.0);
        if ordered {
            return Self { low, high, logarithmic, unit };
        }
        Self::over([low, high].into_iter(), unit, logarithmic)
    }

    /// The value at a place: the inverse of [`Axis::place`].
    pub(super) fn value(&self, place: f64) -> f64 {
        if self.logarithmic {
            (self.low.ln() + place * (self.high.ln() - self.low.ln())).exp()
        } else {
            self.low + place * (self.high - self.low)
        }
    }

    /// The same axis with room above and below, so that no curve lies on the frame and a flat one is seen.
    pub(super) fn with_room(mut self) -> Self {
        if self.logarithmic {
            if self.high / self.low < 1.5 {
                // At the ends of what a number can be there is no room: beyond them are 0 and infinity.
                self.low = (self.low / 1.5).max(f64::MIN_POSITIVE);
                self.high = (self.high * 1.5).min(f64::MAX);
            }
            return self;
        }
        let span = self.high - self.low;
        // Beyond this the difference is rounding, and a tick step would vanish into the value.
        let flat = span <= self.high.abs().max(self.low.abs()) * 1e-9;
        let room = if !flat {
            span * 0.02
        } else if self.high == 0.0 {
            1.0
        } else {
            self.high.abs() * 0.1
        };
        let never_negative = self.low >= 0.0;
        // To round numbers: as a run goes on, the scale stays for a while and only what is new is drawn.
        let grain = if flat { room } else { round_up(span * GRAIN) };
        self.low = ((self.low - room) / grain).floor() * grain;
        self.high = ((self.high + room) / grain).ceil() * grain;
        if never_negative {
            self.low = self.low.max(0.0);
        }
        if self.unit == Unit::Share && never_negative {
            self.high = self.high.min(1.0).max(self.low + 1e-6);
        }
        self
    }

    /// The same axis with its end at a round number: one that grows is drawn anew now and then, not at every point.
    pub(super) fn growing(mut self) -> Self {
        let grain = round_up((self.high - self.low) * GRAIN);
        let end = self.low + ((self.high - self.low) / grain).ceil() * grain;
        if end.is_finite() && !self.logarithmic {
            self.high = self.high.max(end);
        }
        self
    }

    /// Where `value` lies, 0 at the low end and 1 at the high end; nothing where it has no place.
    pub(super) fn place(&self, value: f64) -> Option<f64> {
        let place = if self.logarithmic {
            if value <= 0.0 {
                return None;
            }
            (value.ln() - self.low.ln()) / (self.high.ln() - self.low.ln())
        } else {
            (value - self.low) / (self.high - self.low)
        };
        if place.is_finite() { Some(place) } else { None }
    }

    /// At most about `count` round values inside the range.
    pub(super) fn ticks(&self, count: usize) -> Vec<f64> {
        let count = count.max(1);
        if self.logarithmic {
            return self.logarithmic_ticks(count);
        }
        let step = (self.high - self.low) / count as f64;
        let step = match self.unit {
            Unit::Time | Unit::Clock if step > TIME_STEPS[0] => time_step(step),
            // Between two of them lies more than a minute of a day.
            Unit::Number | Unit::Share | Unit::Time | Unit::Clock => round_up(step),
        };
        if !(step.is_finite() && step > 0.0) {
            return Vec::new();
        }
        let first = (self.low / step).ceil();
        (0..=count)
            .map(|i| (first + i as f64) * step)
            .take_while(|tick| *tick <= self.high + step * 1e-9)
            // Removes the -0 and the 1e-17 that steps over zero leave behind.
            .map(|tick| if tick.abs() < step * 1e-9 { 0.0 } else { tick })
            .collect()
    }

    fn logarithmic_ticks(&self, count: usize) -> Vec<f64> {
        let decades = (self.low.log10().floor() as i32)..=(self.high.log10().ceil() as i32);
        let inside = |tick: &f64| (self.low..=self.high).contains(tick);
        for multiples in [&[1.0, 2.0, 3.0, 5.0, 7.0][..], &[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]] {
            let ticks: Vec<f64> = decades
                .clone()
                .flat_map(|decade| multiples.iter().map(move |m| m * 10f64.powi(decade)))
                .filter(inside)
                .collect();
            if ticks.len() <= count {
                return ticks;
            }
        }
        let ticks: Vec<f64> = decades.map(|decade| 10f64.powi(decade)).filter(inside).collect();
        let stride = ticks.len().div_ceil(count);
        ticks.into_iter().step_by(stride).collect()
    }

    /// What stands beside a tick.
    pub(super) fn label(&self, tick: f64) -> String {
        let span = self.high - self.low;
        match self.unit {
            Unit::Share => {
                let places = if span < 0.02 { 2 } else { usize::from(span < 0.1) };
                format!("{:.places$}%", tick * 100.0)
            }
            Unit::Time if span < 5.0 => trim(format!("{tick:.2}")) + "s",
            Unit::Time if tick < 0.0 => format!("-{}", format::duration(-tick)),
            Unit::Time => format::duration(tick),
            Unit::Clock => self.moment(tick),
            Unit::Number if self.logarithmic || tick == 0.0 => short(tick),
            Unit::Number => {
                let magnitude = self.high.abs().max(self.low.abs());
                if !(1e-3..1e4).contains(&magnitude) {
                    return short(tick);
                }
                let places = (1.0 - span.log10()).ceil().clamp(0.0, 4.0) as usize;
                trim(format!("{tick:.places$}"))
            }
        }
    }
}

impl Axis {
    /// A time of day, with the date at midnight; a date alone over many days.
    fn moment(&self, tick: f64) -> String {
        let Ok(time) = jiff::Timestamp::from_second(tick.floor() as i64) else { return format::number(tick) };
        let span = self.high - self.low;
        let midnight = tick.rem_euclid(DAY) < 1.0;
        let form = match span {
            span if span > 400.0 * DAY => "%Y-%m-%d",
            span if span > 6.0 * DAY || midnight => "%b %d",
            span if span > 300.0 => "%H:%M",
            _ => "%H:%M:%S",
        };
        time.strftime(form).to_string()
    }
}

/// The smallest step of time that people count in and that is at least `step`; above the longest, its multiples.
fn time_step(step: f64) -> f64 {
    let longest = TIME_STEPS[TIME_STEPS.len() - 1];
    TIME_STEPS
        .into_iter()
        .find(|candidate| *candidate >= step)
        .unwrap_or_else(|| (step / longest).ceil() * longest)
}

/// A number without needless zeros: `10`, `0.5`, `20k`.
fn short(value: f64) -> String {
    let text = format::number(value);
    let (digits, unit) = match text.strip_suffix(['k', 'M', 'G']) {
        Some(digits) => (digits, &text[digits.len()..]),
        None => (text.as_str(), ""),
    };
    if digits.contains('e') { text } else { trim(digits.to_owned()) + unit }
}

fn trim(text: String) -> String {
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The smallest of 1, 2, 5 times a power of ten that is at least `step`.
fn round_up(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .into_iter()
        .map(|m| m * power)
        .find(|candidate| *candidate >= step * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(low: f64, high: f64, unit: Unit, logarithmic: bool, count: usize) -> Vec<String> {
        let axis = Axis::over([low, high].into_iter(), unit, logarithmic);
        axis.ticks(count).into_iter().map(|tick| axis.label(tick)).collect()
    }

    #[test]
    fn ticks_are_round_and_inside() {
        for (low, high, unit, logarithmic, count, expected) in [
            (0.0, 2.4, Unit::Number, false, 4, vec!["0", "1", "2"]),
            (0.0, 1.0, Unit::Share, false, 4, vec!["0%", "50%", "100%"]),
            (0.0, 1.0, Unit::Share, false, 5, vec!["0%", "20%", "40%", "60%", "80%", "100%"]),
            (3.0, 3.04, Unit::Number, false, 4, vec!["3", "3.01", "3.02", "3.03", "3.04"]),
            (0.0, 50_000.0, Unit::Number, false, 5, vec!["0", "10k", "20k", "30k", "40k", "50k"]),
            (0.01, 10.0, Unit::Number, true, 5, vec!["0.01", "0.1", "1", "10"]),
            (-1.0, 1.0, Unit::Number, false, 4, vec!["-1", "-0.5", "0", "0.5", "1"]),
        ] {
            assert_eq!(labels(low, high, unit, logarithmic, count), expected, "{low} to {high}");
        }
    }

    #[test]
    fn time_is_counted_as_people_do() {
        // 2026-11-23 10:15:02 UTC.
        let begin = 1_795_428_902.0;
        for (low, high, unit, count, expected) in [
            (0.0, 2.0, Unit::Time, 4, vec!["0s", "0.5s", "1s", "1.5s", "2s"]),
            (0.0, 50.0, Unit::Time, 4, vec!["0s", "15s", "30s", "45s"]),
            (0.0, 400.0, Unit::Time, 4, vec!["0s", "2m00s", "4m00s", "6m00s"]),
            (0.0, 5.0 * 3600.0, Unit::Time, 5, vec!["0s", "1h00m", "2h00m", "3h00m", "4h00m", "5h00m"]),
            (0.0, 3.0 * DAY, Unit::Time, 3, vec!["0s", "1d00h", "2d00h", "3d00h"]),
            (begin, begin + 20.0, Unit::Clock, 4, vec!["10:15:05", "10:15:10", "10:15:15", "10:15:20"]),
            (begin, begin + 3600.0, Unit::Clock, 4, vec!["10:30", "10:45", "11:00", "11:15"]),
            (begin, begin + DAY, Unit::Clock, 4, vec!["12:00", "18:00", "Nov 24", "06:00"]),
            (begin, begin + 9.0 * DAY, Unit::Clock, 5, vec!["Nov 25", "Nov 27", "Nov 29", "Dec 01"]),
            (begin, begin + 800.0 * DAY, Unit::Clock, 1, vec!["2027-07-01"]),
        ] {
            assert_eq!(labels(low, high, unit, false, count), expected, "{low} to {high} {unit:?}");
        }
    }

    #[test]
    fn values_are_places_and_back() {
        for (low, high, logarithmic) in [(0.0, 10.0, false), (-3.0, 4.0, false), (0.01, 100.0, true)] {
            let axis = Axis::from_to((low, high), Unit::Number, logarithmic);
            for place in [-0.1, 0.0, 0.3, 1.0, 1.2] {
                let back = axis.place(axis.value(place)).unwrap();
                assert!((back - place).abs() < 1e-9, "{low} to {high}: {place} became {back}");
            }
        }
        assert_eq!(Axis::from_to((5.0, 1.0), Unit::Number, false).place(3.0), Some(0.5));
    }

    #[test]
    fn flat_empty_and_huge_ranges_have_room() {
        for values in [
            vec![],
            vec![0.0],
            vec![5.0],
            vec![f64::NAN],
            vec![1e300, -1e300],
            vec![1e-300],
            vec![1e15, 1e15 + 1.0],
        ] {
            let axis = Axis::over(values.iter().copied(), Unit::Number, false).with_room();
            assert!(axis.ticks(5).len() <= 6, "{values:?}");
            for value in values.iter().filter(|v| v.is_finite()) {
                assert!(axis.place(*value).is_some_and(|place| (0.0..=1.0).contains(&place)), "{values:?}");
            }
        }
    }

    #[test]
    fn logarithmic_axes_end_where_numbers_do() {
        for value in [f64::MAX, f64::MIN_POSITIVE, 1e-320, 1.0] {
            let axis = Axis::over([value].into_iter(), Unit::Number, true).with_room();
            assert!(axis.ticks(5).len() <= 5, "{value:e}");
        }
    }

    #[test]
    fn logarithmic_axes_have_no_place_for_zero() {
        let axis = Axis::over([0.0, 1.0, 100.0].into_iter(), Unit::Number, true);
        assert_eq!(axis.place(0.0), None);
        assert_eq!(axis.place(10.0), Some(0.5));
    }
}
