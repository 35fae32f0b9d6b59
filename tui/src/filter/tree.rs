//! A filter that was understood, and what it keeps.

use wildmatch::WildMatch;

use super::subject::{Datum, Subject};

/// A filter. The empty one keeps everything.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Filter(pub(super) Node);

/// A part of a filter.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    /// Every part must hold.
    All(Vec<Node>),
    /// One of them must.
    Any(Vec<Node>),
    /// It must not.
    Not(Box<Node>),
    /// Found in one of the words a thing is known by.
    Word(String),
    /// The same, with `*` and `?` meaning themselves.
    Phrase(String),
    /// A field holds one of these values.
    Holds(String, Vec<Value>),
    /// A field is one of these values, letter by letter.
    Is(String, Vec<Value>),
    /// A field is a number on this side of another.
    Compares(String, Side, f64),
}

impl Default for Node {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// The side of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Below,
    UpTo,
    From,
    Above,
}

/// What a field is compared with: the text as it was typed, in small letters, and as a number or range if it is one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    pub(super) text: String,
    pub(super) range: Option<(f64, f64)>,
}

impl Filter {
    /// Whether it keeps everything.
    pub fn is_empty(&self) -> bool {
        self.0 == Node::default()
    }

    /// Whether it keeps this.
    pub fn keeps(&self, subject: &dyn Subject) -> bool {
        self.0.keeps(subject)
    }
}

impl Node {
    fn keeps(&self, subject: &dyn Subject) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.keeps(subject)),
            Self::Any(parts) => parts.iter().any(|part| part.keeps(subject)),
            Self::Not(part) => !part.keeps(subject),
            Self::Word(word) => subject.has_word(&|text| matches(&text.to_lowercase(), word)),
            Self::Phrase(phrase) => subject.has_word(&|text| text.to_lowercase().contains(phrase)),
            Self::Holds(name, values) => {
                let Some(datum) = subject.field(name) else { return false };
                values.iter().any(|value| value.holds(&datum, &matches))
            }
            Self::Is(name, values) => {
                let Some(datum) = subject.field(name) else { return false };
                values.iter().any(|value| value.holds(&datum, &|text, word| text == word))
            }
            Self::Compares(name, side, bound) => match subject.field(name) {
                Some(Datum::Number(number)) => match side {
                    Side::Below => number < *bound,
                    Side::UpTo => number <= *bound,
                    Side::From => number >= *bound,
                    Side::Above => number > *bound,
                },
                _ => false,
            },
        }
    }
}

impl Value {
    fn holds(&self, datum: &Datum<'_>, test: &dyn Fn(&str, &str) -> bool) -> bool {
        match datum {
            Datum::Text(text) => test(&text.to_lowercase(), &self.text),
            Datum::Texts(texts) => texts.iter().any(|text| test(&text.to_lowercase(), &self.text)),
            // Numbers that were written down are read back with their last digit rounded.
            Datum::Number(number) => self.range.is_some_and(|(low, high)| {
                let slack = 1e-9 * number.abs().max(1e-9);
                (low - slack..=high + slack).contains(number)
            }),
        }
    }
}

/// Whether a text has a word in it, or is what its `*` and `?` stand for.
fn matches(text: &str, word: &str) -> bool {
    match word.contains(['*', '?']) {
        true => WildMatch::new(word).matches(text),
        false => text.contains(word),
    }
}
