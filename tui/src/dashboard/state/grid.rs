//! How charts stand beside each other.

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
