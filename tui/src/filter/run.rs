//! The fields that every list of runs can be filtered by.

use dissect_runs::finding::Rule;
use dissect_runs::spec::{Arch, Dataset, Kind, Spec};

use super::subject::Datum;
use super::vocabulary::Vocabulary;

/// The fields of a run besides the keys of its spec and its metrics: name, whether it is a number, and what it means.
pub const RUN_FIELDS: &[(&str, bool, &str)] = &[
    ("state", false, "queued, running, finished, failed…"),
    ("kind", false, "train, gan, dissect"),
    ("name", false, "the run's name"),
    ("id", false, "the run's id"),
    ("group", false, "the study it belongs to"),
    ("finding", false, "what watching has found: stall, non-finite…"),
    ("arch", false, "the network of a training"),
    ("data", false, "the data set"),
    ("device", false, "where it computes"),
    ("noise", true, "share of random labels"),
    ("seed", true, "the seed"),
    ("done", true, "epochs or steps done"),
    ("progress", true, "share done, as 50%"),
    ("priority", true, "its priority in the queue"),
    ("age", true, "time since it was asked for, as 2h"),
    ("took", true, "time it has worked, as 30m"),
    ("left", true, "time left, as 5m"),
];

const STATES: [&str; 8] =
    ["queued", "starting", "running", "stopping", "finished", "stopped", "failed", "lost"];

/// What a list of runs can be filtered by: the fields of all runs, the keys of these specs, these groups and metrics.
pub fn vocabulary<'a>(
    specs: impl IntoIterator<Item = &'a Spec>,
    groups: impl IntoIterator<Item = &'a str>,
    metrics: impl IntoIterator<Item = &'a str>,
) -> Vocabulary {
    let mut vocabulary = Vocabulary::default();
    let mut groups: Vec<String> = groups.into_iter().map(str::to_owned).collect();
    groups.sort_unstable();
    groups.dedup();
    for (name, is_number, _) in RUN_FIELDS {
        let words: Vec<String> = match *name {
            "state" => STATES.map(str::to_owned).into(),
            "kind" => Kind::ALL.iter().map(ToString::to_string).collect(),
            "arch" => Arch::ALL.iter().map(ToString::to_string).collect(),
            "data" => Dataset::ALL.iter().map(ToString::to_string).collect(),
            "finding" => RULES.iter().map(ToString::to_string).collect(),
            "group" => std::mem::take(&mut groups),
            _ => Vec::new(),
        };
        vocabulary.add(name, *is_number, words);
    }
    for metric in metrics {
        vocabulary.add(&metric.to_lowercase(), true, []);
    }
    // One spec of a kind has the keys of all.
    let mut seen: Vec<Kind> = Vec::new();
    for spec in specs {
        if !seen.contains(&spec.kind()) {
            seen.push(spec.kind());
            for (key, value) in SpecKeys::of(spec).0 {
                let is_number = matches!(value, Datum::Number(_));
                vocabulary.add(&key, is_number, []);
                if let Some((_, last)) = key.rsplit_once('.') {
                    vocabulary.add(last, is_number, []);
                }
            }
        }
        if seen.len() == Kind::ALL.len() {
            break;
        }
    }
    vocabulary
}

const RULES: [Rule; 5] = [Rule::NonFinite, Rule::Divergence, Rule::Plateau, Rule::Stall, Rule::Throughput];

/// Every key of a spec with its value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SpecKeys(Vec<(String, Datum<'static>)>);

impl SpecKeys {
    /// Of this spec.
    pub fn of(spec: &Spec) -> Self {
        let table: toml::Table = toml::from_str(&spec.to_toml()).unwrap_or_default();
        let mut keys = Vec::new();
        flatten(&table, "", &mut keys);
        Self(keys)
    }

    /// A value by its key, with its table or without.
    pub fn get(&self, name: &str) -> Option<&Datum<'static>> {
        let exact = self.0.iter().find(|(key, _)| key == name);
        let last =
            || self.0.iter().find(|(key, _)| key.rsplit_once('.').is_some_and(|(_, last)| last == name));
        exact.or_else(last).map(|(_, value)| value)
    }
}

fn flatten(table: &toml::Table, before: &str, keys: &mut Vec<(String, Datum<'static>)>) {
    for (key, value) in table {
        let name = format!("{before}{key}");
        let datum = match value {
            toml::Value::Table(inner) => {
                flatten(inner, &format!("{name}."), keys);
                continue;
            }
            toml::Value::Integer(number) => Datum::Number(*number as f64),
            toml::Value::Float(number) => Datum::Number(*number),
            toml::Value::Array(items) => {
                let text = |item: &toml::Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
                Datum::Texts(items.iter().map(|item| text(item).into()).collect())
            }
            toml::Value::String(text) => Datum::text(text.clone()),
            other => Datum::text(other.to_string()),
        };
        keys.push((name, datum));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_a_spec_go_by_their_last_name_too() {
        let spec = Spec::parse("kind = \"train\"\n[data]\ndataset = \"shapes\"\nnoise = 0.25\n").unwrap();
        for (name, expected) in [
            ("data.noise", Some(Datum::Number(0.25))),
            ("noise", Some(Datum::Number(0.25))),
            ("training.epochs", Some(Datum::Number(100.0))),
            ("dataset", Some(Datum::text("shapes"))),
            ("nothing", None),
        ] {
            assert_eq!(SpecKeys::of(&spec).get(name), expected.as_ref(), "{name}");
        }
        let vocabulary = vocabulary([&spec], ["b", "a", "b"], ["test_accuracy"]);
        assert_eq!(vocabulary.get("group").unwrap().words, ["a", "b"]);
        for name in ["learning_rate", "training.learning_rate", "test_accuracy", "progress"] {
            assert!(vocabulary.get(name).is_some_and(|field| field.is_number), "{name}");
        }
    }
}
