//! The question into which kind of file the screen goes, and what is asked for then.

use super::dashboard::{Overlay, State, Tone};
use super::event::{Effect, Export};
use super::keys::Key;

/// The keys, the endings of the files, and what they are.
pub const FORMS: [(char, &str, &str); 4] = [
    ('s', "svg", "SVG: the screen as it is"),
    ('p', "png", "PNG: the screen as it is"),
    ('c', "csv", "CSV: the numbers in view"),
    ('j', "json", "JSON: the numbers in view"),
];

impl State {
    pub(super) fn press_in_export(&mut self, key: Key) -> Vec<Effect> {
        let form = FORMS.iter().find(|(own, ..)| key == Key::Char(*own));
        let Some((_, ending, _)) = form else {
            if !matches!(key, Key::Escape | Key::Char('q' | 'n' | 'e') | Key::Control('c')) {
                self.overlay = Some(Overlay::Export);
            }
            return vec![Effect::Draw];
        };
        let table = match *ending {
            "csv" | "json" => match self.table() {
                Some(table) => Some(table),
                None => {
                    self.say("no numbers to write on this screen: s or p write the picture", Tone::Bad);
                    return vec![Effect::Draw];
                }
            },
            _ => None,
        };
        self.say("writing…", Tone::Busy);
        let name = format!("{}-{}", self.screen.title().to_lowercase(), stamp(self.now));
        vec![Effect::Export(Export { name, ending, table }), Effect::Draw]
    }
}

/// A time as it stands in a file's name, in UTC: `20261124-102030`.
fn stamp(seconds: f64) -> String {
    let time = jiff::Timestamp::from_second(seconds as i64).unwrap_or_default();
    time.strftime("%Y%m%d-%H%M%S").to_string()
}
