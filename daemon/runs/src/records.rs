//! The lines of `metrics.jsonl` and `events.jsonl`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::clock;
use crate::finding::Rule;
use crate::state::Status;

/// The two kinds of metric record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Written every few steps.
    Step,
    /// Written after each epoch.
    Epoch,
}

/// One line of `metrics.jsonl`. Fields of any name are kept, so that a metric need not be known to
/// be charted. A value that is not finite is written as null and read as NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Which kind.
    pub kind: Kind,
    /// Seconds since 1970.
    pub time: f64,
    /// The epoch, counted from 1; in an `epoch` record the one just done.
    pub epoch: Option<u32>,
    /// Steps done, over all epochs; of a dissection, steps of this ascent.
    pub step: u64,
    /// In a dissection, the model whose ascent this is.
    pub f1: Option<String>,
    /// In a dissection, the distance from f1 to each f2 by its name.
    pub dist: BTreeMap<String, f64>,
    /// Every other number.
    pub values: BTreeMap<String, f64>,
}

impl Record {
    /// A `step` record of this moment.
    pub fn step(step: u64) -> Self {
        Self::new(Kind::Step, None, step)
    }

    /// An `epoch` record of this moment, after `epoch` (from 1) and `step` steps in all.
    pub fn epoch(epoch: u32, step: u64) -> Self {
        Self::new(Kind::Epoch, Some(epoch), step)
    }

    fn new(kind: Kind, epoch: Option<u32>, step: u64) -> Self {
        let (dist, values) = (BTreeMap::new(), BTreeMap::new());
        Self { kind, time: clock::now(), epoch, step, f1: None, dist, values }
    }

    /// The same record within this epoch.
    pub fn in_epoch(mut self, epoch: u32) -> Self {
        self.epoch = Some(epoch);
        self
    }

    /// The same record with one more number.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<f64>) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    /// The same record about f1's ascent.
    pub fn of_f1(mut self, name: impl Into<String>) -> Self {
        self.f1 = Some(name.into());
        self
    }

    /// The same record with the distance to one more f2.
    pub fn with_dist(mut self, f2: impl Into<String>, distance: f64) -> Self {
        self.dist.insert(f2.into(), distance);
        self
    }

    /// A number by its name.
    pub fn value(&self, name: &str) -> Option<f64> {
        self.values.get(name).copied()
    }
}

/// The record as it stands in the file. Serialised in this order of fields.
#[derive(Serialize, Deserialize)]
struct Line {
    kind: Kind,
    #[serde(deserialize_with = "null_is_nan")]
    time: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    epoch: Option<u32>,
    step: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    f1: Option<String>,
    #[serde(flatten)]
    numbers: Map<String, Value>,
}

fn null_is_nan<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
}

impl Serialize for Record {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let to_json = |(name, value): (&String, &f64)| (name.clone(), Value::from(*value));
        let mut numbers: Map<_, _> = self.values.iter().map(to_json).collect();
        if !self.dist.is_empty() {
            numbers.insert("dist".to_owned(), Value::Object(self.dist.iter().map(to_json).collect()));
        }
        let Self { kind, time, epoch, step, ref f1, .. } = *self;
        Line { kind, time, epoch, step, f1: f1.clone(), numbers }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Line { kind, time, epoch, step, f1, mut numbers } = Line::deserialize(deserializer)?;
        let dist = match numbers.remove("dist") {
            Some(Value::Object(dist)) => from_json(dist),
            _ => BTreeMap::new(),
        };
        Ok(Self { kind, time, epoch, step, f1, dist, values: from_json(numbers) })
    }
}

fn from_json(map: Map<String, Value>) -> BTreeMap<String, f64> {
    let number = |(name, value): (String, Value)| match value {
        Value::Number(number) => Some((name, number.as_f64()?)),
        Value::Null => Some((name, f64::NAN)),
        _ => None,
    };
    map.into_iter().filter_map(number).collect()
}

/// One line of `events.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    #[serde(flatten)]
    pub what: Happening,
    /// Seconds since 1970.
    pub time: f64,
}

/// What may happen in a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Happening {
    /// The worker began for the first time.
    Started,
    /// A stage of the work began, as `hunting` or `fitting`.
    Stage {
        /// Its name.
        name: String,
    },
    /// A model was exported.
    Snapshot {
        /// Epochs done.
        epoch: u32,
        /// The file's path in the run folder.
        file: String,
        /// Between the network and its export, over a probe batch's outputs.
        largest_difference: f64,
    },
    /// What a resume needs was written.
    Checkpoint {
        /// Epochs done.
        epoch: u32,
        /// Steps done.
        step: u64,
    },
    /// Something to look at that ends nothing.
    Warning {
        /// What.
        message: String,
    },
    /// A worker began again. Records past this position are of a branch that was given up.
    Resumed {
        /// Epochs done.
        epoch: u32,
        /// Steps done.
        step: u64,
    },
    /// Watching found something to look at; it ends nothing.
    Finding {
        /// Which rule says so.
        rule: Rule,
        /// What it saw.
        reason: String,
    },
    /// What a rule had found is so no more.
    Cleared {
        /// The rule.
        rule: Rule,
    },
    /// What it can be without was deleted after its end.
    Cleaned {
        /// How much that was.
        bytes: u64,
    },
    /// The run ended.
    Ended {
        /// How.
        status: Status,
        /// Why, where it failed or was lost.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

impl Happening {
    /// The event of this moment.
    pub fn now(self) -> Event {
        Event { what: self, time: clock::now() }
    }
}
