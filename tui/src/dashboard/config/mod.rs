//! What a person chooses: by flags, by the environment, and in `dashboard.toml`, each over the next.
//!
//! It knows no terminal and no screen, and nothing in it fails: a file with a mistake changes nothing and is said.

mod file;
mod ink;
mod keys;
mod look;
mod read;
mod settings;

pub use file::{ConfigFile, usual_path};
pub use ink::Ink;
pub use look::{Base, CURVES, Images, Look, MEANINGS};
pub use read::{Problem, parse};
pub use settings::{Chosen, Flags, Settings};
