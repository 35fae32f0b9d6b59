//! How charts stand beside each other.

/// How many charts stand on a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Grid {
    /// As many as can be read.
    #[default]
    Fitting,
    /// So many, on as many screens as it takes.
    Of(usize),
}

impl Grid {
    /// The next one: as many as fit, then 1, 2, 4, 6 and 9.
    pub fn next(self) -> Self {
        match self {
            Self::Fitting => Self::Of(1),
            Self::Of(1) => Self::Of(2),
            Self::Of(2) => Self::Of(4),
            Self::Of(4) => Self::Of(6),
            Self::Of(6) => Self::Of(9),
            Self::Of(_) => Self::Fitting,
        }
    }

    /// What it is called.
    pub fn name(self) -> String {
        match self {
            Self::Fitting => "as many charts as fit".to_owned(),
            Self::Of(1) => "1 chart".to_owned(),
            Self::Of(count) => format!("{count} charts"),
        }
    }

    /// Columns of so many charts on a screen so many cells wide.
    pub fn columns(self, charts: usize, width: u16) -> usize {
        match self {
            Self::Fitting => grid_columns(charts, width),
            Self::Of(1) => 1,
            // Side by side where there is room for both, else one above the other.
            Self::Of(2) => 1 + usize::from(width >= 120),
            Self::Of(4) => 2,
            Self::Of(6) => 2 + usize::from(width >= 120),
            Self::Of(_) => 3,
        }
    }
}

/// Columns of a grid of so many charts on a screen so many cells wide: one for one, two for up to six, three above,
/// and never so many that a chart is too narrow to read.
pub fn grid_columns(charts: usize, width: u16) -> usize {
    let wanted = match charts {
        0 | 1 => 1,
        2..=6 => 2,
        _ => 3,
    };
    wanted.min(match width {
        0..60 => 1,
        60..120 => 2,
        _ => 3,
    })
}
