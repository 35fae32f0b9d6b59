//! A configuration as the file that would say all of it, each value with its origin.

use std::fmt::Write;

use super::layers::Shown;

/// The text of that file.
pub fn to_toml(shown: &[Shown]) -> String {
    let line = |shown: &Shown| match shown.key.split_once('.') {
        Some((_, name)) => format!("{name} = {}", shown.value),
        None => format!("{} = {}", shown.key, shown.value),
    };
    let width = shown.iter().map(|shown| line(shown).chars().count()).max().unwrap_or(0).min(48);
    let mut text = String::new();
    let mut table = "";
    for shown in shown {
        let here = shown.key.split_once('.').map_or("", |(table, _)| table);
        if here != table {
            table = here;
            let _ = writeln!(text, "\n[{table}]");
        }
        let _ = writeln!(text, "{:width$}  # {}", line(shown), shown.origin);
    }
    text
}
