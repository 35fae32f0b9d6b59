//! How charts stand beside each other.

/// Columns of a grid of so many charts: one for one, two for up to six, three above.
pub fn grid_columns(charts: usize) -> usize {
    match charts {
        0 | 1 => 1,
        2..=6 => 2,
        _ => 3,
    }
}
