//! What messages about a TOML text say, whoever reads it: values in words, lines, and the word that was meant.

use toml::Spanned;
use toml::de::DeValue;

/// A value as a message names it.
pub fn describe(value: &Spanned<DeValue<'_>>) -> String {
    match value.get_ref() {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(time) => format!("the time {time}"),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}

/// The line that an offset in bytes lies on, counted from 1.
pub fn line_of(text: &str, offset: usize) -> usize {
    text[..offset.min(text.len())].matches('\n').count() + 1
}

/// The word that was probably meant, where one is near enough.
pub fn nearest<'w>(word: &str, words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let folded = word.to_lowercase().replace('-', "_");
    words
        .map(|candidate| (strsim::jaro_winkler(&folded, &candidate.replace('-', "_")), candidate))
        .filter(|(similarity, _)| *similarity > 0.8)
        // Of equals the first.
        .min_by(|a, b| b.0.total_cmp(&a.0))
        .map(|(_, candidate)| candidate)
}
