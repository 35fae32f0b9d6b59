//! Reads a TOML text key by key, noting every problem with its line instead of ending at the first.
//! The keys that are asked for are the keys there are: any other is refused, naming the nearest.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::choice::Choice;
use super::problem::{Place, Problem, SpecError};
use crate::toml_text::{describe, line_of, nearest};

/// A parsed text and the problems found in it so far.
pub(super) struct Document<'t> {
    text: &'t str,
    table: DeTable<'t>,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> Document<'t> {
    pub(super) fn parse(text: &'t str) -> Result<Self, SpecError> {
        match DeTable::parse(text) {
            Ok(table) => Ok(Self { text, table: table.into_inner(), problems: RefCell::default() }),
            Err(error) => {
                let place =
                    error.span().map_or(Place::Missing, |span| Place::Line(line_of(text, span.start)));
                let complaint = format!("not TOML: {}", error.message());
                Err(SpecError { problems: vec![Problem { place, key: String::new(), complaint }] })
            }
        }
    }

    /// The keys outside any table.
    pub(super) fn top(&self) -> Section<'_, 't> {
        Section { document: self, path: String::new(), table: Some(&self.table), asked: Vec::new() }
    }

    /// An error where anything was wrong so far.
    pub(super) fn check(&self) -> Result<(), SpecError> {
        let mut problems = self.problems.borrow().clone();
        problems.sort_by(|a, b| a.place.cmp(&b.place));
        if problems.is_empty() { Ok(()) } else { Err(SpecError { problems }) }
    }

    fn note(&self, span: Option<Range<usize>>, key: String, complaint: String) {
        let place = span.map_or(Place::Missing, |span| Place::Line(line_of(self.text, span.start)));
        self.problems.borrow_mut().push(Problem { place, key, complaint });
    }
}

/// A table of the document, absent or not: an absent one gives every default.
pub(super) struct Section<'d, 't> {
    document: &'d Document<'t>,
    path: String,
    table: Option<&'d DeTable<'t>>,
    asked: Vec<&'static str>,
}

impl<'d, 't> Section<'d, 't> {
    /// The table `[key]` in this one.
    pub(super) fn section(&mut self, key: &'static str) -> Section<'d, 't> {
        let path = self.path_of(key);
        let table = self.get(key, "a table", |value| match value {
            DeValue::Table(_) => Ok(()),
            _ => Err(None),
        });
        let table = table.and_then(|()| self.table?.get(key)?.get_ref().as_table());
        Section { document: self.document, path, table, asked: Vec::new() }
    }

    pub(super) fn string(&mut self, key: &'static str, default: &str) -> String {
        self.get(key, "a string", |value| value.as_str().map(str::to_owned).ok_or(None))
            .unwrap_or_else(|| default.to_owned())
    }

    pub(super) fn boolean(&mut self, key: &'static str, default: bool) -> bool {
        self.get(key, "true or false", |value| value.as_bool().ok_or(None)).unwrap_or(default)
    }

    pub(super) fn integer(&mut self, key: &'static str, default: u64, bounds: Range<u64>) -> u64 {
        let expected = match bounds.end {
            end if end > i64::MAX as u64 => format!("an integer of {} or more", bounds.start),
            end => format!("an integer from {} to {}", bounds.start, end - 1),
        };
        self.get(key, &expected, |value| {
            let number = value.as_integer().ok_or(None)?;
            let number = u64::from_str_radix(number.as_str(), number.radix()).map_err(|_| None)?;
            if bounds.contains(&number) && number <= i64::MAX as u64 { Ok(number) } else { Err(None) }
        })
        .unwrap_or(default)
    }

    pub(super) fn number(&mut self, key: &'static str, default: f64, bounds: Bounds) -> f64 {
        self.get(key, &bounds.to_string(), |value| {
            let number = match value {
                DeValue::Float(float) => float.as_str().parse().map_err(|_| None)?,
                DeValue::Integer(integer) if integer.radix() == 10 => {
                    integer.as_str().parse().map_err(|_| None)?
                }
                _ => return Err(None),
            };
            if bounds.contain(number) { Ok(number) } else { Err(None) }
        })
        .unwrap_or(default)
    }

    pub(super) fn choice<C: Choice>(&mut self, key: &'static str, default: C) -> C {
        self.choice_of(key, default, C::WORDS)
    }

    /// One of some words.
    pub(super) fn choice_of<C: Copy>(
        &mut self,
        key: &'static str,
        default: C,
        words: &[(&'static str, C)],
    ) -> C {
        let expected = list(words.iter().map(|(word, _)| *word));
        self.get(key, &expected, |value| {
            let word = value.as_str().ok_or(None)?;
            let found = words.iter().find(|(candidate, _)| *candidate == word);
            found.map(|(_, choice)| *choice).ok_or_else(|| {
                nearest(word, words.iter().map(|(word, _)| *word))
                    .map(|near| format!("; did you mean `{near}`?"))
            })
        })
        .unwrap_or(default)
    }

    /// A string that `parse` understands or refuses, saying what it expects.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.get(key, "a string", |value| value.as_str().map(str::to_owned).ok_or(None))?;
        match parse(&value) {
            Ok(parsed) => Some(parsed),
            Err(expected) => {
                self.refuse(key, format!("found {value:?}, expected {expected}"));
                None
            }
        }
    }

    /// A list of strings that `parse` understands, each problem told with its place in the list.
    pub(super) fn parsed_list<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        self.get(key, "a list of strings", |value| if value.is_array() { Ok(()) } else { Err(None) })?;
        let items = self.table?.get(key)?.get_ref().as_array()?;
        let mut parsed = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let result = match item.get_ref().as_str() {
                Some(text) => parse(text),
                None => Err("a string".to_owned()),
            };
            match result {
                Ok(value) => parsed.push(value),
                Err(expected) => {
                    let complaint = format!("found {}, expected {expected}", describe(item));
                    self.document.note(
                        Some(item.span()),
                        format!("{}[{index}]", self.path_of(key)),
                        complaint,
                    );
                }
            }
        }
        (parsed.len() == items.len()).then_some(parsed)
    }

    /// Whether this key is this word.
    pub(super) fn says(&self, key: &str, word: &str) -> bool {
        self.table
            .and_then(|table| table.get(key))
            .is_some_and(|value| value.get_ref().as_str() == Some(word))
    }

    /// The table `[key]` of strings, whatever they are called.
    pub(super) fn strings(&mut self, key: &'static str) -> BTreeMap<String, String> {
        let found = self.get(key, "a table of strings", |value| {
            let table = value.as_table().ok_or(None)?;
            let strings = table
                .iter()
                .map(|(key, value)| Some((key.get_ref().to_string(), value.get_ref().as_str()?.to_owned())));
            strings.collect::<Option<BTreeMap<_, _>>>().ok_or(None)
        });
        found.unwrap_or_default()
    }

    /// Notes what is wrong with a key's value, beyond its type and range.
    pub(super) fn refuse(&self, key: &str, complaint: String) {
        let span = self.table.and_then(|table| table.get(key)).map(Spanned::span);
        self.document.note(span, self.path_of(key), complaint);
    }

    /// Whether the text gives this key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// How many items the list of this key has, where it is a list.
    pub(super) fn length(&self, key: &str) -> Option<usize> {
        Some(self.table?.get(key)?.get_ref().as_array()?.len())
    }

    /// Refuses every key that was not asked for.
    pub(super) fn finish(self) {
        let Some(table) = self.table else { return };
        for (key, _) in table.iter() {
            let name: &str = key.get_ref();
            if self.asked.contains(&name) {
                continue;
            }
            let place = if self.path.is_empty() { "here".to_owned() } else { format!("in [{}]", self.path) };
            let complaint = match nearest(name, self.asked.iter().copied()) {
                Some(near) => format!("no such key; did you mean `{near}`?"),
                None => format!("no such key; known {place}: {}", list(self.asked.iter().copied())),
            };
            self.document.note(Some(key.span()), self.path_of(name), complaint);
        }
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn get<T>(
        &mut self,
        key: &'static str,
        expected: &str,
        read: impl Fn(&DeValue<'t>) -> Result<T, Option<String>>,
    ) -> Option<T> {
        self.asked.push(key);
        let value = self.table?.get(key)?;
        match read(value.get_ref()) {
            Ok(read) => Some(read),
            Err(hint) => {
                let hint = hint.unwrap_or_default();
                self.refuse(key, format!("found {}, expected {expected}{hint}", describe(value)));
                None
            }
        }
    }
}

/// The numbers a key may have.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bounds {
    /// Greater than the first, at most the second.
    Above(f64, f64),
    /// From the first to the second, both included.
    From(f64, f64),
    /// From the first up to the second, which is excluded.
    Below(f64, f64),
}

impl Bounds {
    fn contain(self, number: f64) -> bool {
        match self {
            Self::Above(low, high) => number > low && number <= high,
            Self::From(low, high) => (low..=high).contains(&number),
            Self::Below(low, high) => (low..high).contains(&number),
        }
    }
}

impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Above(low, high) => write!(f, "a number above {low}, at most {high}"),
            Self::From(low, high) => write!(f, "a number from {low} to {high}"),
            Self::Below(low, high) => write!(f, "a number from {low} to below {high}"),
        }
    }
}

fn list<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let words: Vec<_> = words.collect();
    match words.as_slice() {
        [] => "none".to_owned(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Where each key of the overrides was given, to place problems that come from them.
pub(super) fn place_overrides(error: SpecError, overrides: &BTreeMap<String, String>) -> SpecError {
    let problems = error.problems.into_iter().map(|mut problem| {
        let base = problem.key.split('[').next().unwrap_or_default();
        if let Some(text) = overrides.get(base) {
            problem.place = Place::Override(text.clone());
        }
        problem
    });
    SpecError { problems: problems.collect() }
}
