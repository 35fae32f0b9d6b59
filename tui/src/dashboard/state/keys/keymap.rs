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
        let keys = self.keys.iter().take(self.binding.shown.max(1)).map(Key::to_string);
        keys.collect::<Vec<_>>().join(" ")
    }
}

/// A key that would do two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clash {
    /// The key.
    pub key: Key,
    /// Where.
    pub screen: Screen,
    /// The names of what it would do.
    pub actions: [&'static str; 2],
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

    /// The names of all actions, each once.
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> =
            self.screens.iter().flat_map(|(_, bound)| bound).map(|bound| bound.binding.name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The keys of an action.
    pub fn keys(&self, name: &str) -> &[Key] {
        let mut all = self.screens.iter().flat_map(|(_, bound)| bound);
        all.find(|bound| bound.binding.name == name).map_or(&[], |bound| &bound.keys)
    }

    /// Gives an action other keys, on every screen that has it.
    pub fn choose(&mut self, name: &str, keys: &[Key]) {
        let all = self.screens.iter_mut().flat_map(|(_, bound)| bound);
        for bound in all.filter(|bound| bound.binding.name == name) {
            bound.keys = keys.to_vec();
        }
    }

    /// Keys that stand twice on a screen.
    pub fn clashes(&self) -> Vec<Clash> {
        let mut clashes = Vec::new();
        for (screen, all) in &self.screens {
            for (at, one) in all.iter().enumerate() {
                for other in &all[at + 1..] {
                    let twice = one.keys.iter().find(|key| other.keys.contains(key));
                    clashes.extend(twice.map(|key| Clash {
                        key: *key,
                        screen: *screen,
                        actions: [one.binding.name, other.binding.name],
                    }));
                }
            }
        }
        clashes
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
