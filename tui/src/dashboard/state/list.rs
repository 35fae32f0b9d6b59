//! A cursor in a list of things with names, which stays on its thing while the list changes around it.

/// Where the cursor is: on the thing of this name, and, should that vanish, at this row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cursor {
    on: Option<String>,
    row: usize,
}

impl Cursor {
    /// The row of the cursor in `names`, or nothing where the list is empty.
    pub fn row(&self, names: &[&str]) -> Option<usize> {
        if names.is_empty() {
            return None;
        }
        let found = self.on.as_deref().and_then(|on| names.iter().position(|name| *name == on));
        Some(found.unwrap_or(self.row.min(names.len() - 1)))
    }

    /// Puts the cursor on a row, the nearest there is.
    pub fn put(&mut self, row: usize, names: &[&str]) {
        self.row = row.min(names.len().saturating_sub(1));
        self.on = names.get(self.row).map(|name| (*name).to_owned());
    }

    /// Moves the cursor by rows, as far as there are any.
    pub fn step(&mut self, by: i32, names: &[&str]) {
        let row = self.row(names).unwrap_or(0) as i64 + i64::from(by);
        self.put(row.max(0) as usize, names);
    }

    /// Puts the cursor on a thing, in the list now or later.
    pub fn put_on(&mut self, name: &str) {
        self.on = Some(name.to_owned());
    }
}

/// The first row shown of a list in a window of `height` rows, the cursor kept in the middle where possible.
pub fn first_shown(row: usize, length: usize, height: usize) -> usize {
    row.saturating_sub(height / 2).min(length.saturating_sub(height))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_follows_its_thing() {
        let mut cursor = Cursor::default();
        assert_eq!(cursor.row(&[]), None);
        assert_eq!(cursor.row(&["a", "b"]), Some(0));
        cursor.step(1, &["a", "b", "c"]);
        assert_eq!(cursor.row(&["new", "a", "b", "c"]), Some(2));
        assert_eq!(cursor.row(&["new", "a"]), Some(1), "gone: the row it was at, or the last");
        cursor.step(-100, &["a", "b"]);
        assert_eq!(cursor.row(&["a", "b"]), Some(0));
    }

    #[test]
    fn windows_keep_the_cursor_inside() {
        for (row, length, height, expected) in
            [(0, 100, 10, 0), (50, 100, 10, 45), (99, 100, 10, 90), (3, 5, 10, 0), (0, 0, 0, 0)]
        {
            assert_eq!(first_shown(row, length, height), expected);
        }
    }
}
