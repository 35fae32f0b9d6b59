//! A list of keys as people write it.

use toml::de::DeValue;

use crate::dashboard::state::Key;

/// The keys, or what is wrong with them.
pub(super) fn read(value: &DeValue<'_>) -> Result<Vec<Key>, String> {
    let list = "expected a list of keys, as [\"q\", \"ctrl-c\"]";
    let Some(items) = value.as_array() else {
        return Err(match value.as_str() {
            Some(text) => format!("found {text:?}, {list}"),
            None => list.to_owned(),
        });
    };
    let key = |item: &DeValue<'_>| match item.as_str() {
        Some(text) => Key::parse(text).ok_or_else(|| format!("found {text:?}, expected {}", Key::EXPECTED)),
        None => Err(list.to_owned()),
    };
    items.iter().map(|item| key(item.get_ref())).collect()
}
