//! Reads several TOML texts key by key, the later over the earlier, noting every problem with its line
//! and every value with its origin. The keys that are asked for are the keys there are: any other is
//! warned of, naming the nearest.

use std::fmt;
use std::path::PathBuf;

use dissect_runs::toml_text::{describe, line_of};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::files::ConfigFile;
use super::kind::Kind;
use super::problem::Problem;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A line of a file.
    File(PathBuf, usize),
    /// A variable of the environment.
    Environment(&'static str),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "${name}"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A key and what it holds, as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// With its table, as `log.level`.
    pub key: &'static str,
    /// As TOML.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Whether a running daemon takes another value.
    pub takes_effect: TakesEffect,
}

/// When a changed value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakesEffect {
    /// On SIGHUP.
    OnReload,
    /// With the next daemon.
    OnRestart,
}

/// The files' tables, and what was found in them so far.
pub(super) struct Layers<'t> {
    layers: Vec<Layer<'t>>,
    pub(super) shown: Vec<Shown>,
    pub(super) wrong: Vec<Problem>,
}

struct Layer<'t> {
    file: &'t ConfigFile,
    table: DeTable<'t>,
}

impl<'t> Layers<'t> {
    pub(super) fn parse(files: &'t [ConfigFile]) -> Self {
        let (mut layers, mut wrong) = (Vec::new(), Vec::new());
        for file in files {
            match DeTable::parse(&file.text) {
                Ok(table) => layers.push(Layer { file, table: table.into_inner() }),
                Err(error) => wrong.push(Problem {
                    file: file.path.clone(),
                    line: line_of(&file.text, error.span().map_or(0, |span| span.start)),
                    key: String::new(),
                    complaint: format!("not TOML: {}", error.message()),
                }),
            }
        }
        Self { layers, shown: Vec::new(), wrong }
    }

    /// The value of a key: what is given over all files, else the last file's that has it, else the
    /// default.
    pub(super) fn key<T>(
        &mut self,
        key: &'static str,
        takes_effect: TakesEffect,
        kind: &Kind<T>,
        given: Option<(T, Origin)>,
        default: T,
    ) -> T {
        let mut found = (default, Origin::Default);
        for layer in &self.layers {
            match layer.get(key) {
                Ok(None) => {}
                Ok(Some(value)) => match (kind.read)(value.get_ref()) {
                    Some(read) => {
                        let line = line_of(&layer.file.text, value.span().start);
                        found = (read, Origin::File(layer.file.path.clone(), line));
                    }
                    None => {
                        let complaint = format!("found {}, expected {}", describe(value), kind.expected);
                        self.wrong.push(layer.problem(value, key.to_owned(), complaint));
                    }
                },
                Err(NoTable { name, value }) => {
                    let complaint = format!("found {}, expected a table", describe(value));
                    let problem = layer.problem(value, name.to_owned(), complaint);
                    if !self.wrong.contains(&problem) {
                        self.wrong.push(problem);
                    }
                }
            }
        }
        let (value, origin) = given.unwrap_or(found);
        self.shown.push(Shown { key, value: (kind.show)(&value), origin, takes_effect });
        value
    }

    /// Keys that nobody asked for.
    pub(super) fn unknown(&self) -> Vec<Problem> {
        let keys: Vec<_> = self.shown.iter().map(|shown| shown.key).collect();
        let is_table = |name: &str| keys.iter().any(|key| key.split_once('.').is_some_and(|k| k.0 == name));
        let mut unknown = Vec::new();
        for layer in &self.layers {
            for (name, value) in layer.table.iter() {
                match value.get_ref() {
                    DeValue::Table(table) if is_table(name.get_ref()) => {
                        for (inner, _) in table.iter() {
                            let path = format!("{}.{}", name.get_ref(), inner.get_ref());
                            unknown.extend(layer.unknown(inner, path, &keys));
                        }
                    }
                    _ if is_table(name.get_ref()) => {}
                    _ => unknown.extend(layer.unknown(name, name.get_ref().to_string(), &keys)),
                }
            }
        }
        unknown
    }
}

/// What stands where a table should.
struct NoTable<'l> {
    name: &'l str,
    value: &'l Spanned<DeValue<'l>>,
}

impl Layer<'_> {
    /// The value of a key, where it has one.
    fn get(&self, key: &str) -> Result<Option<&Spanned<DeValue<'_>>>, NoTable<'_>> {
        let Some((head, rest)) = key.split_once('.') else { return Ok(self.table.get(key)) };
        let Some((head, value)) = self.table.get_key_value(head) else { return Ok(None) };
        match value.get_ref().as_table() {
            Some(table) => Ok(table.get(rest)),
            None => Err(NoTable { name: head.get_ref(), value }),
        }
    }

    fn problem<T>(&self, at: &Spanned<T>, key: String, complaint: String) -> Problem {
        let line = line_of(&self.file.text, at.span().start);
        Problem { file: self.file.path.clone(), line, key, complaint }
    }

    fn unknown<T>(&self, at: &Spanned<T>, path: String, keys: &[&'static str]) -> Option<Problem> {
        if keys.contains(&path.as_str()) {
            return None;
        }
        let complaint = match nearest(&path, keys) {
            Some(near) => format!("no such key; did you mean `{near}`?"),
            None => format!("no such key; known are {}", keys.join(", ")),
        };
        Some(self.problem(at, path, complaint))
    }
}

/// The key that was probably meant, where one is near enough; its last part alone may be, too, as
/// `level` outside its table.
fn nearest(path: &str, keys: &[&'static str]) -> Option<&'static str> {
    let fold = |text: &str| text.to_lowercase().replace('-', "_");
    let last = |text: &str| fold(text.rsplit('.').next().unwrap_or(text));
    let likeness = |key: &&'static str| {
        let whole = strsim::jaro_winkler(&fold(path), &fold(key));
        whole.max(strsim::jaro_winkler(&last(path), &last(key)))
    };
    let near = keys.iter().map(|key| (likeness(key), *key)).filter(|(likeness, _)| *likeness > 0.8);
    // Of equals the first.
    near.min_by(|a, b| b.0.total_cmp(&a.0)).map(|(_, key)| key)
}
