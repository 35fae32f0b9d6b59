//! One metric of one run along an x axis: where its points lie, and what any stretch of it looks like.
//!
//! It knows numbers only. A frame asks it for one [`Spot`] for each column of dots, so that drawing a million points costs
//! no more than drawing a thousand.

use dissect_runs::series::{Point, Points};

use super::track::{Scale, Summary, Track};

/// What x is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum XAxis {
    /// The epoch, as a fraction within one.
    #[default]
    Epoch,
    /// Steps done.
    Step,
    /// Seconds since the run's first record.
    Time,
    /// Seconds since 1970.
    Clock,
}

impl XAxis {
    /// The next one.
    pub fn next(self) -> Self {
        match self {
            Self::Epoch => Self::Step,
            Self::Step => Self::Time,
            Self::Time => Self::Clock,
            Self::Clock => Self::Epoch,
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Epoch => "epoch",
            Self::Step => "step",
            Self::Time => "time",
            Self::Clock => "UTC",
        }
    }
}

/// How points of a run become places on an x axis.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ruler {
    /// What x is.
    pub(super) axis: XAxis,
    /// Steps of an epoch, once one is done.
    pub(super) pace: Option<f64>,
    /// The last step that was recorded.
    pub(super) last: f64,
    /// When the first record was written.
    pub(super) first_time: Option<f64>,
}

impl Ruler {
    /// Where a point lies that was written at `time`.
    pub(super) fn x(&self, point: &Point, time: f64) -> f64 {
        let step = point.step as f64;
        match self.axis {
            XAxis::Epoch => match (self.pace, point.epoch) {
                (Some(pace), _) => step / pace,
                (None, None) => step,
                // No epoch is done yet, and nobody knows how long it will be: what there is fills it.
                (None, Some(_)) => step / self.last,
            },
            XAxis::Step => step,
            XAxis::Time => time - self.first_time.unwrap_or(time),
            XAxis::Clock => time,
        }
    }
}

/// Which values of a line are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// As they were written.
    Raw,
    /// Smoothed, where that was asked for.
    Smoothed,
}

/// What a line does within one column of dots.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spot {
    /// x and y where it comes in.
    pub first: (f64, f64),
    /// x and y where it goes out.
    pub last: (f64, f64),
    /// The lowest y in between.
    pub low: f64,
    /// The highest y in between.
    pub high: f64,
    /// Whether it comes from the spot before without a gap.
    pub joined: bool,
}

impl Spot {
    /// A single point.
    pub fn of((x, y): (f64, f64), joined: bool) -> Self {
        Self { first: (x, y), last: (x, y), low: y, high: y, joined }
    }
}

/// A stretch of a line as it is drawn.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Envelope {
    /// What is drawn, from left to right.
    pub spots: Vec<Spot>,
    /// x of what is not a finite number, once for each column of dots.
    pub missing: Vec<f64>,
}

/// A metric of a run; never without points.
#[derive(Debug, Clone, Copy)]
pub struct Line<'h> {
    points: Points<'h>,
    track: &'h Track,
    ruler: Ruler,
}

impl<'h> Line<'h> {
    pub(super) fn new(points: Points<'h>, track: &'h Track, ruler: Ruler) -> Self {
        Self { points, track, ruler }
    }

    /// How many points there are.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.points.is_empty()
    }

    /// A point; nothing past the last.
    pub fn point(&self, index: usize) -> Option<Point> {
        self.points.get(index)
    }

    /// Where a point lies; never left of the one before. Past the last it is not a number.
    pub fn x(&self, index: usize) -> f64 {
        self.points.get(index).map_or(f64::NAN, |point| self.ruler.x(&point, self.track.time(index, &point)))
    }

    /// The values of the points.
    pub fn values(&self) -> &'h [f64] {
        self.points.values()
    }

    /// The smoothed value of a point, where smoothing was asked for.
    pub fn smoothed(&self, index: usize) -> Option<f64> {
        self.track.smoothed().and_then(|smoothed| smoothed.values().get(index)).copied()
    }

    /// Whether there are smoothed values.
    pub fn is_smoothed(&self) -> bool {
        self.track.smoothed().is_some_and(|smoothed| smoothed.values().len() == self.points.len())
    }

    /// x of the first and of the last point.
    pub fn extent(&self) -> Option<(f64, f64)> {
        let last = self.points.len().checked_sub(1)?;
        Some((self.x(0), self.x(last)))
    }

    /// How many points lie left of `x`.
    pub fn before(&self, x: f64) -> usize {
        self.first_from(0, |there| there >= x)
    }

    /// The first point from `start` on whose x passes; the number of points where none does.
    fn first_from(&self, start: usize, passes: impl Fn(f64) -> bool) -> usize {
        // Gallops first: of the columns of dots one after the other, the next is near.
        let (mut low, mut size) = (start, 1);
        while low + size < self.points.len() && !passes(self.x(low + size)) {
            low += size;
            size *= 2;
        }
        let mut high = (low + size).min(self.points.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if passes(self.x(middle)) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        low
    }

    /// The points from `low` to `high`, both included.
    pub fn within(&self, (low, high): (f64, f64)) -> std::ops::Range<usize> {
        let from = self.before(low);
        from..self.first_from(from, |there| there > high)
    }

    /// The point nearest to `x`; nothing where the line neither is there nor was nor will be.
    pub fn nearest(&self, x: f64) -> Option<usize> {
        let (first, last) = self.extent()?;
        if !(first <= x && x <= last) {
            return None;
        }
        let after = self.before(x).min(self.points.len() - 1);
        let before = after.saturating_sub(1);
        Some(if (x - self.x(before)).abs() < (self.x(after) - x).abs() { before } else { after })
    }

    /// What the values from one x to another are.
    pub fn summary(&self, window: (f64, f64), values: Values) -> Summary {
        let range = self.within(window);
        match (values, self.track.smoothed()) {
            (Values::Smoothed, Some(smoothed)) => {
                let list = smoothed.values();
                let range = range.start.min(list.len())..range.end.min(list.len());
                smoothed.pyramid().summary(range.start, range.end, &|index| list[index])
            }
            _ => self.track.pyramid().summary(range.start, range.end, &|index| self.values()[index]),
        }
    }

    /// At most `count` of the values from one x to another, evenly taken.
    pub fn sample(&self, window: (f64, f64), count: usize) -> impl Iterator<Item = f64> + use<'h> {
        let range = self.within(window);
        let stride = range.len().div_ceil(count.max(1)).max(1);
        let values = self.values();
        range.step_by(stride).map(move |index| values[index])
    }

    /// What is drawn between `edges`, which rise: one spot at most from each edge to the next, and the points just
    /// outside, to which lines lead.
    pub fn envelope(&self, edges: &[f64], values: Values, scale: Scale) -> Envelope {
        match (values, self.track.smoothed()) {
            (Values::Smoothed, Some(smoothed)) if smoothed.values().len() == self.points.len() => {
                let list = smoothed.values();
                self.drawn(edges, scale, smoothed.pyramid(), &|index| list[index])
            }
            _ => self.drawn(edges, scale, self.track.pyramid(), &|index| self.values()[index]),
        }
    }

    fn drawn(
        &self,
        edges: &[f64],
        scale: Scale,
        pyramid: &super::track::Pyramid,
        at: &impl Fn(usize) -> f64,
    ) -> Envelope {
        let mut envelope = Envelope::default();
        let (Some(left), Some(right)) = (edges.first(), edges.last()) else { return envelope };
        let begin = self.before(*left);
        // The last point that has a place, and whether all since have one too.
        let mut before = begin.checked_sub(1).filter(|index| scale.has(at(*index)));
        if let Some(index) = before {
            envelope.spots.push(Spot::of((self.x(index), at(index)), false));
        }
        let mut from = begin;
        for edge in edges.iter().skip(1) {
            let to = self.first_from(from, |x| x >= *edge);
            if from == to {
                continue;
            }
            let summary = pyramid.summary(from, to, at);
            if summary.finite < to - from {
                let odd = (from..to).find(|index| !at(*index).is_finite()).unwrap_or(from);
                envelope.missing.push(self.x(odd));
            }
            let ends = pyramid.first(from, to, scale, at).zip(pyramid.last(from, to, scale, at));
            if let (Some((first, last)), Some((low, high))) = (ends, summary.range(scale)) {
                envelope.spots.push(Spot {
                    first: (self.x(first), at(first)),
                    last: (self.x(last), at(last)),
                    low,
                    high,
                    joined: before.is_some_and(|before| before + 1 == first),
                });
                before = Some(last);
            }
            from = to;
        }
        // Past the last edge one point more, for the line that leads out.
        let end = self.first_from(from, |x| x >= *right);
        if let Some(index) = (end < self.points.len()).then_some(end).filter(|index| scale.has(at(*index))) {
            let joined = before.is_some_and(|before| before + 1 == index);
            envelope.spots.push(Spot::of((self.x(index), at(index)), joined));
        }
        envelope
    }
}
