//! Which curve colour a run has. Once given it stays, so that a run looks the same on every screen and all day long.

use std::collections::BTreeMap;

/// Colours by run id.
#[derive(Debug, Clone, Default)]
pub struct Colours {
    given: BTreeMap<String, usize>,
    count: usize,
}

impl Colours {
    /// Hands out `count` colours.
    pub fn new(count: usize) -> Self {
        Self { given: BTreeMap::new(), count: count.max(1) }
    }

    /// The number of a run's colour, once it has one.
    pub fn of(&self, id: &str) -> Option<usize> {
        self.given.get(id).copied()
    }

    /// Gives a colour to each of the runs shown together, and changes one only where two of them would look alike.
    pub fn share_out(&mut self, together: &[String]) {
        for (place, id) in together.iter().enumerate() {
            let earlier =
                |colour: usize| together[..place].iter().any(|other| self.given.get(other) == Some(&colour));
            if self.given.get(id).is_some_and(|colour| !earlier(*colour) || place >= self.count) {
                continue;
            }
            let uses = |colour: usize| self.given.values().filter(|given| **given == colour).count();
            let taken = |colour: usize| {
                together.iter().any(|other| other != id && self.given.get(other) == Some(&colour))
            };
            let colour =
                (0..self.count).min_by_key(|colour| (taken(*colour), uses(*colour), *colour)).unwrap_or(0);
            self.given.insert(id.clone(), colour);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_shown_together_differ_and_keep_their_colours() {
        let mut colours = Colours::new(3);
        let ids = |names: &str| names.split(' ').map(str::to_owned).collect::<Vec<_>>();
        colours.share_out(&ids("a"));
        colours.share_out(&ids("b"));
        colours.share_out(&ids("c"));
        colours.share_out(&ids("d"));
        let a = colours.of("a");
        colours.share_out(&ids("a d"));
        assert_eq!(colours.of("a"), a);
        assert_ne!(colours.of("a"), colours.of("d"));
        colours.share_out(&ids("d c"));
        assert_ne!(colours.of("c"), colours.of("d"));
        colours.share_out(&ids("a b c d e f g h"));
        assert!("abcdefgh".chars().all(|id| colours.of(&id.to_string()).is_some_and(|colour| colour < 3)));
    }
}
