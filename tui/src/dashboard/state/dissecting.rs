//! Where somebody is inside a dissection: from the list down to a bar, a class and a start. It knows no screens.

use super::report::Measure;

/// How far one has looked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Level {
    /// The list of dissections.
    #[default]
    Runs,
    /// The bars, or the cells of the matrix.
    Pairs,
    /// The classes of a bar.
    Classes,
    /// The starts of a class.
    Starts,
    /// One of them, with its pictures.
    Start,
}

/// The way in. The numbers are where the cursors were left; a report may have fewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Dissecting {
    /// How far one has looked in.
    pub level: Level,
    /// The bar, by its place among the pairs.
    pub pair: usize,
    /// The class, by its place in the table.
    pub class: usize,
    /// The start, by its number.
    pub start: usize,
    /// The table shown in the place of the bars.
    pub matrix: Option<Measure>,
    /// Whether the starts with the largest distances come first.
    pub by_distance: bool,
}

impl Level {
    /// One further in.
    pub fn deeper(self) -> Self {
        match self {
            Self::Runs => Self::Pairs,
            Self::Pairs => Self::Classes,
            Self::Classes => Self::Starts,
            Self::Starts | Self::Start => Self::Start,
        }
    }

    /// One back out, as far as the list.
    pub fn out(self) -> Self {
        match self {
            Self::Runs | Self::Pairs => Self::Runs,
            Self::Classes => Self::Pairs,
            Self::Starts => Self::Classes,
            Self::Start => Self::Starts,
        }
    }
}
