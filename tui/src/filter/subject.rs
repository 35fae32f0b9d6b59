//! What a filter is asked about.

use std::borrow::Cow;

/// A thing that a filter keeps or leaves out.
pub trait Subject {
    /// Whether any of the words it is known by satisfies a test.
    fn has_word(&self, test: &dyn Fn(&str) -> bool) -> bool;

    /// What it says of a field; nothing where it has none such.
    fn field(&self, name: &str) -> Option<Datum<'_>>;
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub enum Datum<'a> {
    /// A word.
    Text(Cow<'a, str>),
    /// Several words, any of which will do.
    Texts(Vec<Cow<'a, str>>),
    /// A number. Times are in seconds, shares from 0 to 1.
    Number(f64),
}

impl<'a> Datum<'a> {
    /// A word.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }
}
