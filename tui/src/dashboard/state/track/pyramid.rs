//! Lowest and highest of any stretch of a long list, without looking at every value.

/// Values under one node, and nodes under one node of the level above.
const FAN: usize = 64;

/// Which numbers have a place on an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scale {
    /// Every finite one.
    #[default]
    Linear,
    /// Every finite one above zero.
    Logarithmic,
}

impl Scale {
    /// Whether a number has a place.
    pub fn has(self, value: f64) -> bool {
        value.is_finite() && (self == Self::Linear || value > 0.0)
    }
}

/// What is known of a stretch.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// The lowest finite number; infinite where there is none.
    pub low: f64,
    /// The highest finite number; minus infinite where there is none.
    pub high: f64,
    /// The lowest finite number above zero; infinite where there is none.
    pub low_positive: f64,
    /// Finite numbers.
    pub finite: usize,
    /// Finite numbers above zero.
    pub positive: usize,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            low_positive: f64::INFINITY,
            finite: 0,
            positive: 0,
        }
    }
}

impl Summary {
    fn take_in(&mut self, value: f64) {
        if !value.is_finite() {
            return;
        }
        self.finite += 1;
        self.low = self.low.min(value);
        self.high = self.high.max(value);
        if value > 0.0 {
            self.positive += 1;
            self.low_positive = self.low_positive.min(value);
        }
    }

    /// Takes in another stretch.
    pub fn join(&mut self, other: &Self) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.low_positive = self.low_positive.min(other.low_positive);
        self.finite += other.finite;
        self.positive += other.positive;
    }

    /// How many have a place on this scale.
    pub fn count(&self, scale: Scale) -> usize {
        match scale {
            Scale::Linear => self.finite,
            Scale::Logarithmic => self.positive,
        }
    }

    /// The lowest and the highest with a place on this scale; nothing where there is none.
    pub fn range(&self, scale: Scale) -> Option<(f64, f64)> {
        let low = match scale {
            Scale::Linear => self.low,
            Scale::Logarithmic => self.low_positive,
        };
        (self.count(scale) > 0).then_some((low, self.high))
    }
}

/// Summaries of 64 values each, of 64 of those each, and so on. Only full ones are kept: the rest is looked at.
#[derive(Debug, Clone, Default)]
pub(in crate::dashboard::state) struct Pyramid {
    levels: Vec<Vec<Summary>>,
}

impl Pyramid {
    /// Takes in the values that came since, of which there are now `len`.
    pub(in crate::dashboard::state) fn grow(&mut self, len: usize, at: &impl Fn(usize) -> f64) {
        let mut below = len;
        for level in 0.. {
            let full = below / FAN;
            if full == 0 {
                break;
            }
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            for node in self.levels[level].len()..full {
                let mut summary = Summary::default();
                for child in node * FAN..(node + 1) * FAN {
                    match level.checked_sub(1) {
                        None => summary.take_in(at(child)),
                        Some(lower) => summary.join(&self.levels[lower][child]),
                    }
                }
                self.levels[level].push(summary);
            }
            below = full;
        }
    }

    /// Forgets what is past the first `len` values.
    pub(in crate::dashboard::state) fn cut(&mut self, len: usize) {
        let mut full = len;
        for level in &mut self.levels {
            full /= FAN;
            level.truncate(full);
        }
    }

    /// What the values `from..to` are.
    pub(in crate::dashboard::state) fn summary(
        &self,
        from: usize,
        to: usize,
        at: &impl Fn(usize) -> f64,
    ) -> Summary {
        let mut summary = Summary::default();
        let mut next = from;
        while next < to {
            let (node, size) = self.largest(next, to);
            match node {
                Some(node) => summary.join(node),
                None => summary.take_in(at(next)),
            }
            next += size;
        }
        summary
    }

    /// The first of `from..to` with a place on this scale.
    pub(in crate::dashboard::state) fn first(
        &self,
        from: usize,
        to: usize,
        scale: Scale,
        at: &impl Fn(usize) -> f64,
    ) -> Option<usize> {
        let mut next = from;
        while next < to {
            let (node, size) = self.largest(next, to);
            match node {
                // Somewhere in here: in one of the nodes below, or it is one of 64 values.
                Some(node) if node.count(scale) > 0 => return self.first_below(next, size, scale, at),
                None if scale.has(at(next)) => return Some(next),
                Some(_) | None => next += size,
            }
        }
        None
    }

    fn first_below(
        &self,
        from: usize,
        size: usize,
        scale: Scale,
        at: &impl Fn(usize) -> f64,
    ) -> Option<usize> {
        let below = size / FAN;
        (0..FAN).map(|child| from + child * below).find_map(|start| {
            if below == 1 {
                return scale.has(at(start)).then_some(start);
            }
            self.first(start, start + below, scale, at)
        })
    }

    /// The last of `from..to` with a place on this scale.
    pub(in crate::dashboard::state) fn last(
        &self,
        from: usize,
        to: usize,
        scale: Scale,
        at: &impl Fn(usize) -> f64,
    ) -> Option<usize> {
        let mut end = to;
        while end > from {
            let (node, size) = self.largest_before(from, end);
            match node {
                Some(node) if node.count(scale) == 0 => end -= size,
                Some(_) if size > FAN => return self.last_in_parts(end - size, end, scale, at),
                Some(_) | None => {
                    let found = (end - size..end).rev().find(|index| scale.has(at(*index)));
                    if found.is_some() {
                        return found;
                    }
                    end -= size;
                }
            }
        }
        None
    }

    fn last_in_parts(
        &self,
        from: usize,
        to: usize,
        scale: Scale,
        at: &impl Fn(usize) -> f64,
    ) -> Option<usize> {
        let below = (to - from) / FAN;
        (0..FAN)
            .rev()
            .map(|child| from + child * below)
            .find_map(|start| self.last(start, start + below, scale, at))
    }

    /// The largest node that begins at `from` and ends by `to`, and how many values it is over; one value where
    /// there is none.
    fn largest(&self, from: usize, to: usize) -> (Option<&Summary>, usize) {
        let mut best = (None, 1);
        let mut size = FAN;
        for level in &self.levels {
            if !from.is_multiple_of(size) || from + size > to {
                break;
            }
            let Some(node) = level.get(from / size) else { break };
            best = (Some(node), size);
            size *= FAN;
        }
        best
    }

    fn largest_before(&self, from: usize, to: usize) -> (Option<&Summary>, usize) {
        let mut best = (None, 1);
        let mut size = FAN;
        for level in &self.levels {
            if !to.is_multiple_of(size) || to < from + size {
                break;
            }
            let Some(node) = level.get(to / size - 1) else { break };
            best = (Some(node), size);
            size *= FAN;
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_stretch_is_summed_up_as_if_every_value_were_looked_at() {
        let value = |i: usize| match i {
            i if i % 97 == 0 => f64::NAN,
            i if (5_000..9_500).contains(&i) => f64::INFINITY,
            i => ((i * 7_919) % 10_007) as f64 - 5_000.0,
        };
        let len = 20_000;
        let mut pyramid = Pyramid::default();
        for grown in [1, 63, 64, 5_000, 12_345, len] {
            pyramid.grow(grown, &value);
        }
        // What is cut and grows again is as if it had never been longer.
        pyramid.cut(4_099);
        pyramid.grow(len, &value);
        for (from, to) in [(0, len), (1, 2), (7, 7), (63, 129), (4_096, 8_192), (5_001, 9_400), (100, 19_999)]
        {
            let mut expected = Summary::default();
            (from..to).for_each(|i| expected.take_in(value(i)));
            assert_eq!(pyramid.summary(from, to, &value), expected, "{from} to {to}");
            for scale in [Scale::Linear, Scale::Logarithmic] {
                let there = |i: &usize| scale.has(value(*i));
                assert_eq!(pyramid.first(from, to, scale, &value), (from..to).find(there), "{from} to {to}");
                assert_eq!(pyramid.last(from, to, scale, &value), (from..to).rfind(there), "{from} to {to}");
            }
        }
    }
}
