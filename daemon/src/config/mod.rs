//! What the daemon is told, by flags, environment and files, each over the next, and where each value
//! comes from. It reads and explains; what follows from the values is others' matter.

mod files;
mod keys;
mod kind;
mod layers;
mod live;
mod print;
mod problem;
mod read;
mod secret;

pub use files::{ConfigFile, FileError, Sources};
pub use keys::{Clients, Config, Destination, LogConfig, OnEvent, Programs, Retries, Thresholds, Topic};
pub use layers::{Origin, Shown, TakesEffect};
pub use live::{Change, Live};
pub use print::to_toml;
pub use problem::{ConfigError, Problem};
pub use read::{Reading, read};
pub(crate) use secret::without_secret;
