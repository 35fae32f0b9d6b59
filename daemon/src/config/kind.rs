//! What a key may hold: how it is read from TOML, what is expected of it, and how it is written back.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use toml::de::DeValue;
use tracing_subscriber::EnvFilter;

type Read<T> = Box<dyn Fn(&DeValue<'_>) -> Option<T>>;

/// The values of one key.
pub(super) struct Kind<T> {
    /// As messages say it.
    pub(super) expected: String,
    /// None where the value is of another type or out of range.
    pub(super) read: Read<T>,
    /// As TOML.
    pub(super) show: fn(&T) -> String,
}

pub(super) fn integer<T>(range: RangeInclusive<T>) -> Kind<T>
where
    T: TryFrom<u64> + PartialOrd + Display + 'static,
{
    let expected = format!("an integer from {} to {}", range.start(), range.end());
    let read = move |value: &DeValue<'_>| {
        let number = value.as_integer()?;
        let number = u64::from_str_radix(number.as_str(), number.radix()).ok()?;
        T::try_from(number).ok().filter(|number| range.contains(number))
    };
    Kind { expected, read: Box::new(read), show: T::to_string }
}

pub(super) fn seconds(range: RangeInclusive<f64>) -> Kind<f64> {
    Kind {
        expected: format!("a number of seconds from {} to {}", range.start(), range.end()),
        ..number(range)
    }
}

pub(super) fn number(range: RangeInclusive<f64>) -> Kind<f64> {
    let expected = format!("a number from {} to {}", range.start(), range.end());
    let read = move |value: &DeValue<'_>| {
        let number: f64 = match value {
            DeValue::Float(float) => float.as_str().parse().ok()?,
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().parse().ok()?,
            _ => return None,
        };
        range.contains(&number).then_some(number)
    };
    Kind { expected, read: Box::new(read), show: |number| format!("{number:?}") }
}

/// A path from the root: a file cannot know in which folder it will be read.
pub(super) fn path() -> Kind<PathBuf> {
    let read = |value: &DeValue<'_>| Some(PathBuf::from(value.as_str()?)).filter(|path| path.is_absolute());
    Kind { expected: "an absolute path".to_owned(), read: Box::new(read), show: |path| show_path(path) }
}

/// A path from the root, or a bare name that is looked for on PATH.
pub(super) fn program() -> Kind<PathBuf> {
    let fits = |text: &&str| text.starts_with('/') || (!text.is_empty() && !text.contains('/'));
    let read = move |value: &DeValue<'_>| value.as_str().filter(fits).map(PathBuf::from);
    let expected = "an absolute path, or a program's name that is on PATH".to_owned();
    Kind { expected, read: Box::new(read), show: |path| show_path(path) }
}

/// What is logged, in tracing's words.
pub(super) fn filter() -> Kind<String> {
    let read = |value: &DeValue<'_>| {
        let text = value.as_str()?;
        EnvFilter::try_new(text).ok().map(|_| text.to_owned())
    };
    let expected = "error, warn, info, debug or trace, or such a level for a part (`info,dissectd=debug`)";
    Kind { expected: expected.to_owned(), read: Box::new(read), show: |text| quote(text) }
}

/// One of several words.
pub(super) fn word<T: Word>() -> Kind<T> {
    let words: Vec<_> = T::WORDS.iter().map(|(word, _)| *word).collect();
    let read = |value: &DeValue<'_>| {
        let word = value.as_str()?;
        T::WORDS.iter().find(|(candidate, _)| *candidate == word).map(|(_, value)| *value)
    };
    let show = |value: &T| {
        let found = T::WORDS.iter().find(|(_, candidate)| candidate == value);
        quote(found.map_or("", |(word, _)| word))
    };
    Kind { expected: words.join(" or "), read: Box::new(read), show }
}

/// Several of several words.
pub(super) fn words<T: Word>() -> Kind<Vec<T>> {
    let Kind { expected, .. } = word::<T>();
    let read = |value: &DeValue<'_>| {
        let Kind { read, .. } = word::<T>();
        value.as_array()?.iter().map(|item| read(item.get_ref())).collect()
    };
    let show = |values: &Vec<T>| {
        let Kind { show, .. } = word::<T>();
        format!("[{}]", values.iter().map(show).collect::<Vec<_>>().join(", "))
    };
    Kind { expected: format!("a list of {expected}"), read: Box::new(read), show }
}

/// A program and its arguments; empty for none. The program is an absolute path, or a name that is
/// looked for on PATH.
pub(super) fn command() -> Kind<Vec<String>> {
    let read = |value: &DeValue<'_>| {
        let items = value.as_array()?.iter();
        let words: Vec<_> =
            items.map(|item| item.get_ref().as_str().map(str::to_owned)).collect::<Option<_>>()?;
        let fits = |first: &String| first.starts_with('/') || (!first.is_empty() && !first.contains('/'));
        words.first().is_none_or(fits).then_some(words)
    };
    let show = |words: &Vec<String>| {
        format!("[{}]", words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(", "))
    };
    let expected = "a list of a program (an absolute path, or a name that is on PATH) and its arguments";
    Kind { expected: expected.to_owned(), read: Box::new(read), show }
}

/// Where something is posted to; empty for nowhere.
pub(super) fn url() -> Kind<String> {
    let read = |value: &DeValue<'_>| {
        let text = value.as_str()?;
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let fits = rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace));
        (text.is_empty() || fits).then(|| text.to_owned())
    };
    Kind { expected: "a URL of http or https".to_owned(), read: Box::new(read), show: |text| quote(text) }
}

/// A choice and its words.
pub(super) trait Word: Copy + PartialEq + 'static {
    /// Every one of them.
    const WORDS: &'static [(&'static str, Self)];
}

fn show_path(path: &Path) -> String {
    quote(&path.to_string_lossy())
}

fn quote(text: &str) -> String {
    toml::Value::from(text).to_string()
}
