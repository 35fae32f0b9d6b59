//! Settings given beside a spec, as `training.epochs=5`.

use std::collections::BTreeMap;

use toml_edit::{DocumentMut, Item, Table, Value};

use super::parse::Spec;
use super::problem::{Place, Problem, SpecError};
use super::reader::{Document, place_overrides};

pub(super) fn parse<S: AsRef<str>>(text: &str, settings: &[S]) -> Result<Spec, SpecError> {
    if settings.is_empty() {
        return Spec::parse(text);
    }
    // Errors of syntax are told as those of a spec without overrides.
    Document::parse(text)?;
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        refused(Place::Missing, "", format!("not TOML: {}", error.message()))
    })?;
    let mut places = BTreeMap::new();
    for setting in settings {
        let setting = setting.as_ref();
        let place = || Place::Override(setting.to_owned());
        let Some((key, value)) = setting.split_once('=') else {
            return Err(refused(place(), "", "expected KEY=VALUE, as training.epochs=5".to_owned()));
        };
        let (key, value) = (key.trim(), value.trim());
        set(document.as_table_mut(), key, value).map_err(|complaint| refused(place(), key, complaint))?;
        places.insert(key.to_owned(), setting.to_owned());
    }
    Spec::parse(&document.to_string()).map_err(|error| place_overrides(error, &places))
}

fn set(top: &mut Table, key: &str, value: &str) -> Result<(), String> {
    let mut steps = key.split('.').peekable();
    let mut table = top;
    while let Some(step) = steps.next() {
        if step.is_empty() {
            return Err("expected a key, as training.epochs".to_owned());
        }
        if steps.peek().is_none() {
            let value = value.parse::<Value>().unwrap_or_else(|_| Value::from(value));
            table.insert(step, Item::Value(value));
            break;
        }
        let item = table.entry(step).or_insert_with(|| Item::Table(Table::new()));
        // `training = { epochs = 5 }` is a table too, written inline.
        if let Some(inline) = item.as_inline_table() {
            *item = Item::Table(inline.clone().into_table());
        }
        table = item.as_table_mut().ok_or_else(|| format!("`{step}` is not a table in the spec"))?;
    }
    Ok(())
}

fn refused(place: Place, key: &str, complaint: String) -> SpecError {
    SpecError { problems: vec![Problem { place, key: key.to_owned(), complaint }] }
}
