//! The keys in force: the tables' own, unless others are chosen.

use super::{Action, Binding, Key, common};
use crate::dashboard::state::Screen;
use crate::dashboard::state::screens;

/// A binding with the keys in force.
#[derive(Debug, Clone)]
pub struct Bound {
    /// What it does.
    pub binding: &'static Binding,
    /// The keys that do it.
    pub keys: Vec<Key>,
}

impl Bound {
    fn new(binding: &'static Binding) -> Self {
        Self { binding, keys: binding.keys.to_vec() }
    }

    /// The keys as they are shown: `j ↓`.
    pub fn shown(&self) -> String {
        let keys = self.keys.iter().take(self.binding.shown).map(Key::to_string);
        keys.collect::<Vec<_>>().join(" ")
    }
}

/// All bindings of all screens. Keys on the same screen never stand twice; a test keeps that of the tables.
#[derive(Debug, Clone)]
pub struct Keymap {
    screens: Vec<(Screen, Vec<Bound>)>,
}

impl Default for Keymap {
    fn default() -> Self {
        let of = |screen: Screen| {
            screens::bindings(screen).iter().chain(common::BINDINGS).map(Bound::new).collect()
        };
        Self { screens: Screen::ALL.into_iter().map(|screen| (screen, of(screen))).collect() }
    }
}

impl Keymap {
    /// The bindings of a screen, in the order of the help page.
    pub fn bindings(&self, screen: Screen) -> impl Iterator<Item = &Bound> {
        self.screens.iter().filter(move |(of, _)| *of == screen).flat_map(|(_, bound)| bound)
    }

    /// What a key does on a screen.
    pub fn action(&self, screen: Screen, key: Key) -> Option<Action> {
        self.bindings(screen).find(|bound| bound.keys.contains(&key)).map(|bound| bound.binding.action)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_key_and_no_name_means_two_things_on_a_screen() {
        let keymap = Keymap::default();
        for screen in Screen::ALL {
            let mut seen = HashSet::new();
            for key in keymap.bindings(screen).flat_map(|bound| &bound.keys) {
                assert!(seen.insert(key), "{key:?} twice on {screen:?}");
            }
            let mut names = HashSet::new();
            for bound in keymap.bindings(screen) {
                assert!(names.insert(bound.binding.name), "{} twice on {screen:?}", bound.binding.name);
            }
        }
    }

    #[test]
    fn every_screen_has_its_number() {
        let keymap = Keymap::default();
        for (index, screen) in Screen::ALL.into_iter().enumerate() {
            let digit = char::from_digit(index as u32 + 1, 10).unwrap();
            assert_eq!(keymap.action(Screen::Runs, Key::Char(digit)), Some(Action::Show(screen)));
        }
    }
}
