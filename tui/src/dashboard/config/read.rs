//! From the text of `dashboard.toml` to settings: every key with its type. This is the one place to add a key.

use std::fmt;

use clap::ValueEnum;
use dissect_runs::toml_text::{describe, line_of, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::ink::Ink;
use super::keys;
use super::look::{CURVES, MEANINGS};
use super::settings::Settings;

/// One thing wrong with one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The key with its table; empty where the text is not TOML.
    pub key: String,
    /// What was found and expected.
    pub complaint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.key.as_str() {
            "" => write!(f, "{}: {}", self.line, self.complaint),
            key => write!(f, "{}: {key}: {}", self.line, self.complaint),
        }
    }
}

type Value<'t> = Spanned<DeValue<'t>>;

/// What the text says, or everything that is wrong with it.
pub fn parse(text: &str) -> Result<Settings, Vec<Problem>> {
    let table = match DeTable::parse(text) {
        Ok(table) => table.into_inner(),
        Err(error) => {
            let line = line_of(text, error.span().map_or(0, |span| span.start));
            let complaint = format!("not TOML: {}", error.message());
            return Err(vec![Problem { line, key: String::new(), complaint }]);
        }
    };
    let mut reader = Reader { text, settings: Settings::default(), wrong: Vec::new() };
    for (name, value) in table.iter() {
        let key = name.get_ref().as_ref();
        match key {
            "mouse" => reader.settings.mouse = reader.boolean(key, value).unwrap_or_default(),
            "read_only" => reader.settings.read_only = reader.boolean(key, value).unwrap_or_default(),
            "images" => reader.settings.look.images = reader.word(key, value).unwrap_or_default(),
            "theme" => reader.theme(value),
            "keys" => reader.keys(value),
            _ => {
                reader.unknown(key, "", name.span().start, &["mouse", "read_only", "images", "theme", "keys"])
            }
        }
    }
    reader.wrong.sort_by_key(|problem| problem.line);
    if reader.wrong.is_empty() { Ok(reader.settings) } else { Err(reader.wrong) }
}

struct Reader<'t> {
    text: &'t str,
    settings: Settings,
    wrong: Vec<Problem>,
}

impl Reader<'_> {
    fn theme(&mut self, value: &Value<'_>) {
        let Some(table) = self.table("theme", value) else { return };
        for (name, value) in table.iter() {
            let name_text = name.get_ref().as_ref();
            let key = format!("theme.{name_text}");
            match name_text {
                "base" => self.settings.look.base = self.word(&key, value).unwrap_or_default(),
                "ascii" => self.settings.look.ascii = self.boolean(&key, value),
                "curves" => self.curves(&key, value),
                _ => match MEANINGS.iter().find(|meaning| **meaning == name_text) {
                    Some(meaning) => {
                        let ink = self.ink(&key, value);
                        self.settings.look.colours.extend(ink.map(|ink| (*meaning, ink)));
                    }
                    None => {
                        let known: Vec<_> = ["base", "ascii", "curves"].into_iter().chain(MEANINGS).collect();
                        self.unknown(name_text, "theme.", name.span().start, &known);
                    }
                },
            }
        }
    }

    fn curves(&mut self, key: &str, value: &Value<'_>) {
        let items = value.get_ref().as_array().map(|items| items.iter().collect::<Vec<_>>());
        let Some(items) = items.filter(|items| items.len() == CURVES) else {
            return self.found(key, value, &format!("a list of {CURVES} colours"));
        };
        let inks: Vec<Ink> = items.iter().filter_map(|item| self.ink(key, item)).collect();
        if let Ok(curves) = inks.try_into() {
            self.settings.look.curves = Some(curves);
        }
    }

    fn keys(&mut self, value: &Value<'_>) {
        let Some(table) = self.table("keys", value) else { return };
        let mut chosen = Vec::new();
        for (name, value) in table.iter() {
            let action = name.get_ref().as_ref();
            let key = format!("keys.{action}");
            let known = self.settings.keymap.names();
            let Some(action) = known.iter().find(|known| **known == action) else {
                self.unknown(action, "keys.", name.span().start, &known);
                continue;
            };
            match keys::read(value.get_ref()) {
                Ok(keys) => chosen.push((*action, keys, line_of(self.text, name.span().start))),
                Err(complaint) => self.wrong(&key, value, complaint),
            }
        }
        for (action, keys, _) in &chosen {
            self.settings.keymap.choose(action, keys);
        }
        for clash in self.settings.keymap.clashes() {
            // The line that chose one of them; what the dashboard does by itself never clashes.
            let one = chosen.iter().rev().find(|(action, ..)| clash.actions.contains(action));
            let Some((action, _, line)) = one else { continue };
            let other = clash.actions.iter().find(|other| *other != action).unwrap_or(action);
            let complaint = format!(
                "`{}` is {other}'s on {} already: give that another key, as `{other} = [\"…\"]`",
                clash.key,
                clash.screen.title()
            );
            let problem = Problem { line: *line, key: format!("keys.{action}"), complaint };
            if !self.wrong.iter().any(|known| (known.line, &known.key) == (problem.line, &problem.key)) {
                self.wrong.push(problem);
            }
        }
        if let Some((_, _, line)) =
            chosen.iter().find(|(action, keys, _)| *action == "quit" && keys.is_empty())
        {
            let complaint = "found no key, expected one at least: how else to leave?".to_owned();
            self.wrong.push(Problem { line: *line, key: "keys.quit".to_owned(), complaint });
        }
    }

    fn table<'v, 't>(&mut self, key: &str, value: &'v Value<'t>) -> Option<&'v DeTable<'t>> {
        let table = value.get_ref().as_table();
        if table.is_none() {
            self.found(key, value, "a table");
        }
        table
    }

    fn boolean(&mut self, key: &str, value: &Value<'_>) -> Option<bool> {
        let found = value.get_ref().as_bool();
        if found.is_none() {
            self.found(key, value, "true or false");
        }
        found
    }

    fn word<T: ValueEnum>(&mut self, key: &str, value: &Value<'_>) -> Option<T> {
        let found = value.get_ref().as_str().and_then(|text| T::from_str(text, false).ok());
        if found.is_none() {
            let names = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            let names: Vec<_> = names.map(|value| format!("{:?}", value.get_name())).collect();
            self.found(key, value, &names.join(" or "));
        }
        found
    }

    fn ink(&mut self, key: &str, value: &Value<'_>) -> Option<Ink> {
        let ink = match value.get_ref() {
            DeValue::String(text) => Ink::parse(text),
            DeValue::Integer(number) => Ink::parse(number.as_str()),
            _ => None,
        };
        if ink.is_none() {
            self.found(key, value, Ink::EXPECTED);
        }
        ink
    }

    fn found(&mut self, key: &str, value: &Value<'_>, expected: &str) {
        self.wrong(key, value, format!("found {}, expected {expected}", describe(value)));
    }

    fn wrong(&mut self, key: &str, value: &Value<'_>, complaint: String) {
        let line = line_of(self.text, value.span().start);
        self.wrong.push(Problem { line, key: key.to_owned(), complaint });
    }

    fn unknown(&mut self, name: &str, table: &str, at: usize, known: &[&str]) {
        let complaint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("no such key; did you mean `{near}`?"),
            None => format!("no such key; known are {}", known.join(", ")),
        };
        self.wrong.push(Problem { line: line_of(self.text, at), key: format!("{table}{name}"), complaint });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::config::{Base, Images};
    use crate::dashboard::state::{Key, Screen};

    #[test]
    fn what_is_said_counts() {
        let settings = parse(
            "mouse = true\nimages = \"sixel\"\n[theme]\nbase = \"light\"\nascii = true\ngood = \"#00af87\"\nbad = 9\n\
             curves = [1, 2, 3, 4, 5, 6, 7, \"default\"]\n[keys]\nquit = [\"Q\", \"ctrl-c\"]\nhelp = [\"?\"]\n"
        )
        .expect("all of it is known");
        assert!(settings.mouse && !settings.read_only);
        let look = &settings.look;
        assert_eq!((look.base, look.images, look.ascii), (Base::Light, Images::Sixel, Some(true)));
        assert_eq!(look.colours, [("bad", Ink::Numbered(9)), ("good", Ink::Rgb([0, 175, 135]))]);
        assert_eq!(look.curves.map(|curves| curves[7]), Some(Ink::Default));
        assert!(settings.keymap.action(Screen::Gpu, Key::Char('q')).is_none());
        assert!(settings.keymap.action(Screen::Gpu, Key::Char('Q')).is_some());
        assert!(parse("").is_ok());
    }

    #[test]
    fn mistakes_name_their_line_and_what_was_meant() {
        for (text, expected) in [
            ("mouse = 1", "1: mouse: found 1, expected true or false"),
            ("\nmose = true", "2: mose: no such key; did you mean `mouse`?"),
            (
                "[theme]\nbase = \"drak\"",
                "2: theme.base: found \"drak\", expected \"auto\" or \"dark\" or \"light\" or \"16\" or \"mono\"",
            ),
            ("[theme]\ngodo = 2", "2: theme.godo: no such key; did you mean `good`?"),
            (
                "[theme]\ngood = \"#12\"",
                "2: theme.good: found \"#12\", expected a name (red, light-blue, dark-grey, …), a number from 0 to 255, \"#rrggbb\" or \"default\"",
            ),
            ("[theme]\ncurves = [1, 2]", "2: theme.curves: found a list, expected a list of 8 colours"),
            ("theme = 3", "1: theme: found 3, expected a table"),
            ("[keys]\nquti = [\"Q\"]", "2: keys.quti: no such key; did you mean `quit`?"),
            ("[keys]\nquit = []", "2: keys.quit: found no key, expected one at least: how else to leave?"),
            (
                "[keys]\nquit = [\"ctrl-shift-q\"]",
                "2: keys.quit: found \"ctrl-shift-q\", expected a character, ctrl-a to ctrl-z, space, enter, esc, tab, shift-tab, backspace, del, up, down, left, right, pgup, pgdn, home or end",
            ),
            (
                "[keys]\nquit = \"q\"",
                "2: keys.quit: found \"q\", expected a list of keys, as [\"q\", \"ctrl-c\"]",
            ),
            (
                "[keys]\n\nquit = [\"?\"]",
                "3: keys.quit: `?` is help's on Runs already: give that another key, as `help = [\"…\"]`",
            ),
            ("a = ", "1: not TOML: string values must be quoted, expected literal string"),
        ] {
            let problems = parse(text).err().unwrap_or_default();
            let said: Vec<_> = problems.iter().map(Problem::to_string).collect();
            assert_eq!(said, [expected], "{text}");
        }
    }
}
