//! W&B's messages as far as curves and configurations need them; fields that are not named here are passed over. A field
//! of a `oneof` stands as an optional one, which is the same on the wire.
//!
//! Source: wandb_internal.proto of wandb 0.31,
//! <https://github.com/wandb/wandb/blob/main/wandb/proto/wandb_internal.proto>.

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(super) struct Record {
    #[prost(message, optional, tag = "2")]
    pub(super) history: Option<HistoryRecord>,
    #[prost(message, optional, tag = "5")]
    pub(super) config: Option<ConfigRecord>,
    #[prost(message, optional, tag = "7")]
    pub(super) stats: Option<Unread>,
    #[prost(message, optional, tag = "17")]
    pub(super) run: Option<RunRecord>,
    #[prost(message, optional, tag = "18")]
    pub(super) exit: Option<RunExitRecord>,
}

/// A message that is counted and not looked into.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Unread {}

#[derive(Clone, PartialEq, Message)]
pub(super) struct RunRecord {
    #[prost(string, tag = "1")]
    pub(super) run_id: String,
    #[prost(string, tag = "3")]
    pub(super) project: String,
    #[prost(message, optional, tag = "4")]
    pub(super) config: Option<ConfigRecord>,
    #[prost(string, tag = "6")]
    pub(super) run_group: String,
    #[prost(string, tag = "8")]
    pub(super) display_name: String,
    #[prost(message, optional, tag = "17")]
    pub(super) start_time: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct HistoryRecord {
    #[prost(message, repeated, tag = "1")]
    pub(super) item: Vec<Item>,
    #[prost(message, optional, tag = "2")]
    pub(super) step: Option<HistoryStep>,
}

/// `HistoryItem` and `ConfigItem`, which have these fields alike.
#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct Item {
    #[prost(string, tag = "1")]
    pub(super) key: String,
    #[prost(string, repeated, tag = "2")]
    pub(super) nested_key: Vec<String>,
    #[prost(string, tag = "16")]
    pub(super) value_json: String,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct HistoryStep {
    #[prost(int64, tag = "1")]
    pub(super) num: i64,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct ConfigRecord {
    #[prost(message, repeated, tag = "1")]
    pub(super) update: Vec<Item>,
    #[prost(message, repeated, tag = "2")]
    pub(super) remove: Vec<Item>,
}

#[derive(Clone, PartialEq, Eq, Message)]
pub(super) struct RunExitRecord {
    #[prost(int32, tag = "1")]
    pub(super) exit_code: i32,
    #[prost(int32, tag = "2")]
    pub(super) runtime: i32,
}

impl Item {
    /// The key, its parts joined by dots.
    pub(super) fn name(&self) -> String {
        if self.nested_key.is_empty() { self.key.clone() } else { self.nested_key.join(".") }
    }
}
