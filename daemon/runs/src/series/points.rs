//! The points of one column, seen over the rows that they share with others.

use std::fmt;

use super::Point;
use super::rows::Rows;

/// Points in the order of their steps.
#[derive(Clone, Copy, Default)]
pub struct Points<'a> {
    over: Option<(&'a Rows, Option<&'a [u32]>)>,
    numbers: &'a [f64],
}

impl<'a> Points<'a> {
    pub(super) fn new(rows: &'a Rows, which: Option<&'a [u32]>, numbers: &'a [f64]) -> Self {
        Self { over: Some((rows, which)), numbers }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Their numbers alone.
    pub fn values(&self) -> &'a [f64] {
        self.numbers
    }

    /// The point of this place, from 0.
    pub fn get(&self, place: usize) -> Option<Point> {
        let value = *self.numbers.get(place)?;
        let (rows, which) = self.over?;
        let row = which.map_or(place, |which| which[place] as usize);
        let (step, epoch, time) = rows.at(row);
        Some(Point { step, epoch, time, value })
    }

    /// The first one.
    pub fn first(&self) -> Option<Point> {
        self.get(0)
    }

    /// The last one.
    pub fn last(&self) -> Option<Point> {
        self.get(self.len().checked_sub(1)?)
    }

    /// One after the other.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Point> + ExactSizeIterator + 'a {
        (0..self.len()).map(move |place| self.get(place).expect("a place below the length"))
    }
}

impl fmt::Debug for Points<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}
