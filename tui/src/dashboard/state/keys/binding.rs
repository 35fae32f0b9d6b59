//! One line of a table of keys.

use super::{Action, Key};

/// What some keys do.
#[derive(Debug)]
pub struct Binding {
    /// What the action is called where keys are chosen and commands are typed: `log-y`.
    pub name: &'static str,
    /// The keys, unless others are chosen.
    pub keys: &'static [Key],
    /// How many of the keys are shown; the others are for habits from elsewhere.
    pub shown: usize,
    /// One word for the footer; empty for what everybody knows.
    pub footer: &'static str,
    /// What they do, in a few words.
    pub help: &'static str,
    /// What they do.
    pub action: Action,
}

/// A binding that shows its first key.
pub(in super::super) const fn bind(
    name: &'static str,
    keys: &'static [Key],
    footer: &'static str,
    help: &'static str,
    action: Action,
) -> Binding {
    Binding { name, keys, shown: 1, footer, help, action }
}

impl Binding {
    /// Shows so many of its keys.
    pub(in super::super) const fn showing(mut self, keys: usize) -> Self {
        self.shown = keys;
        self
    }
}
