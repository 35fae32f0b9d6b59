//! Where a run stands in the queue: what it was told when it was queued, and where it was moved to since.
//! It is the daemon's alone to write, and no worker needs it; a run without such a file stands where the
//! time at which it was queued puts it.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use crate::home::RunId;
use crate::protocol::Wanted;

/// Where a run stands in the queue, as `queue.json` in its folder says.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Place {
    /// Higher ones start first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub priority: i32,
    /// Runs that must have ended, in whatever way, before it starts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<RunId>,
    /// The group it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Where it was moved to among runs of its priority: a time that counts in place of the one at which
    /// it was queued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<f64>,
}

impl Place {
    /// Whether it says nothing.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The time that puts a run that was queued at `since` in its order.
    pub fn order(&self, since: f64) -> f64 {
        self.order.unwrap_or(since)
    }
}

/// Which of two queued runs starts first; each by its place, when it was queued, and its id.
pub fn by_turn(a: (&Place, f64, &RunId), b: (&Place, f64, &RunId)) -> Ordering {
    let by_priority = b.0.priority.cmp(&a.0.priority);
    by_priority.then(a.0.order(a.1).total_cmp(&b.0.order(b.1))).then(a.2.cmp(b.2))
}

/// Whether a group may be called so; the rule is that of a run's name.
pub fn is_group(name: &str) -> bool {
    crate::spec::is_name(name)
}

impl Wanted {
    /// Whether nothing is wanted.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
