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

/// The columns in their order from left to right: content, header, whether right, and width.
const COLUMNS: [(Content, &str, bool, u16); 11] = [
    (Content::Mark, "", false, 1),
    (Content::State, "state", false, 10),
    (Content::Name, "name", false, 0),
    (Content::Asked, "what", false, 52),
    (Content::Progress, "progress", false, 18),
    (Content::Percent, "%", true, 4),
    (Content::Epoch, "done", true, 8),
    (Content::Left, "left", true, 6),
    (Content::Results, " train   test", true, 14),
    (Content::Loss, "loss", false, 8),
    (Content::Age, "age", true, 4),
];

/// Those that come after mark, state and name, the most wanted first.
const WANTED: [Content; 6] =
    [Content::Percent, Content::Results, Content::Age, Content::Left, Content::Epoch, Content::Loss];

/// The least room of the name, whatever the names are, and the most that other columns give way to.
const NAME: (u16, u16) = (8, 32);

/// The columns for a list of this width whose longest name is `longest`. Names come first: what tells runs apart
/// must not be cut for the sake of another figure. What is left over goes to longer forms, then to the name.
pub(super) fn fitting(width: u16, longest: u16) -> Vec<Column> {
    let mut free = width.saturating_sub(2);
    let mut sizes: Vec<(Content, u16)> = vec![(Content::Mark, 1)];
    let mut take = |content: Content, size: u16, least: u16| {
        let fits = free > size + least;
        if fits {
            free -= size + 1;
            sizes.push((content, size));
        }
        fits
    };
    let name = longest.clamp(NAME.0, NAME.1) + 1;
    take(Content::State, of(Content::State), NAME.0 + 1);
    for content in WANTED {
        take(content, of(content), name);
    }
    let has = |content: Content| move |size: &&mut (Content, u16)| size.0 == content;
    free = free.saturating_sub(name);
    let mut grow = |from: Content, to: Content, size: u16| {
        if let Some(column) = sizes.iter_mut().find(has(from)).filter(|column| free >= size - column.1) {
            free -= size - column.1;
            *column = (to, size);
        }
    };
    grow(Content::Percent, Content::Progress, of(Content::Progress));
    grow(Content::Loss, Content::Loss, 20);
    if free > 24 {
        sizes.push((Content::Asked, (free - 1).min(of(Content::Asked))));
    }
    let taken: u16 = sizes.iter().map(|(_, size)| size + 1).sum();
    sizes.push((Content::Name, width.saturating_sub(taken + 1)));
    COLUMNS
        .iter()
        .filter_map(|&(content, header, right, _)| {
            let (_, width) = *sizes.iter().find(|(there, _)| *there == content)?;
            Some(Column { content, header, right, width })
        })
        .collect()
}

fn of(content: Content) -> u16 {
    COLUMNS.iter().find(|column| column.0 == content).map_or(0, |column| column.3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_any_width_and_leave_room_for_the_name() {
        for (width, longest) in (24..400).flat_map(|width| [0, 15, 31, 200].map(|longest| (width, longest))) {
            let columns = fitting(width, longest);
            let taken: u16 = columns.iter().map(|column| column.width + 1).sum();
            assert_eq!(taken, width, "{columns:?}");
            let name = columns.iter().find(|column| column.content == Content::Name).unwrap();
            assert!(name.width >= 8, "{width}: {columns:?}");
            assert!(name.width >= longest.min(32) || columns.len() <= 3, "{width}: {columns:?}");
        }
        for width in 1..24 {
            assert!(fitting(width, 15).iter().all(|column| column.width <= width), "{width}");
        }
    }

    #[test]
    fn more_room_shows_more() {
        let shown = |width| fitting(width, 15).len();
        for (width, count) in [(38, 4), (78, 8), (118, 9), (158, 10)] {
            assert_eq!(shown(width), count, "{:?}", fitting(width, 15));
        }
    }
}
