//! The columns of the list of runs, and which of them fit.

/// What a column shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Mark,
    State,
    Name,
    Asked,
    Progress,
    Percent,
    Epoch,
    Left,
    Results,
    Loss,
    Age,
}

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    /// What it shows.
    pub(super) content: Content,
    /// What stands above it.
    pub(super) header: &'static str,
    /// Whether it stands against its right edge.
    pub(super) right: bool,
    /// How wide it is.
    pub(super) width: u16,
}

/// Content, header, whether right, width, and the width of the list from which on it is shown.
const COLUMNS: [(Content, &str, bool, u16, u16); 11] = [
    (Content::Mark, "", false, 1, 0),
    (Content::State, "state", false, 10, 24),
    (Content::Name, "name", false, 0, 0),
    (Content::Asked, "what", false, 40, 170),
    (Content::Progress, "progress", false, 18, 96),
    (Content::Percent, "done", true, 4, 40),
    (Content::Epoch, "epoch", true, 8, 60),
    (Content::Left, "left", true, 6, 70),
    (Content::Results, " train   test", true, 14, 50),
    (Content::Loss, "loss", false, 8, 76),
    (Content::Age, "age", true, 4, 30),
];

/// The columns for a list of this width; the name takes what the others leave.
pub(super) fn fitting(width: u16) -> Vec<Column> {
    let mut columns: Vec<Column> = COLUMNS
        .iter()
        .filter(|(content, .., from)| width >= *from && !(*content == Content::Percent && width >= 96))
        .map(|&(content, header, right, width, _)| Column { content, header, right, width })
        .collect();
    if width >= 120 {
        for column in columns.iter_mut().filter(|column| column.content == Content::Loss) {
            column.width = 20;
        }
    }
    let taken: u16 = columns.iter().map(|column| column.width + 1).sum();
    for column in columns.iter_mut().filter(|column| column.content == Content::Name) {
        column.width = width.saturating_sub(taken);
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_any_width_and_leave_room_for_the_name() {
        for width in 24..400 {
            let columns = fitting(width);
            let taken: u16 = columns.iter().map(|column| column.width + 1).sum();
            assert_eq!(taken, width, "{columns:?}");
            let name = columns.iter().find(|column| column.content == Content::Name).unwrap();
            assert!(name.width >= 8, "{width}: {columns:?}");
        }
        assert!(fitting(0).iter().all(|column| column.width <= 1));
    }
}
