//! The configuration of a running daemon, read anew when it is told to: what can change does, what
//! cannot is said, and a file with a mistake changes nothing.

use super::files::Sources;
use super::keys::{Config, LogConfig};
use super::layers::TakesEffect;
use super::problem::ConfigError;
use super::read::{Reading, read};
use super::secret::without_secret;
use crate::options::Flags;

/// What counts now, and where it was read.
#[derive(Debug, Clone)]
pub struct Live {
    flags: Flags,
    sources: Sources,
    reading: Reading,
}

/// A key whose value is another one now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The key.
    pub key: &'static str,
    /// What counted before, as TOML; of a URL, without what may be secret.
    pub before: String,
    /// What was read, as TOML.
    pub now: String,
    /// Whether it counts, or waits for the next daemon.
    pub takes_effect: TakesEffect,
}

impl Live {
    /// Reads the configuration for the first time.
    pub fn read(flags: Flags) -> Result<Self, ConfigError> {
        let sources = flags.sources();
        let reading = read(&flags, &sources.load()?)?;
        Ok(Self { flags, sources, reading })
    }

    /// What counts.
    pub fn config(&self) -> &Config {
        &self.reading.config
    }

    /// How it came about.
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Reads it once more, and says what is different. After an error all stays as it was.
    pub fn reload(&mut self) -> Result<Vec<Change>, ConfigError> {
        let mut new = read(&self.flags, &self.sources.load()?)?;
        let config = new.config.clone();
        let mut changes = Vec::new();
        for (old, new) in self.reading.shown.iter().zip(&mut new.shown) {
            if old.value == new.value {
                continue;
            }
            let (before, now) = match old.key {
                "on_event.url" => (url_of(&self.reading.config), url_of(&config)),
                _ => (old.value.clone(), new.value.clone()),
            };
            changes.push(Change { key: old.key, before, now, takes_effect: old.takes_effect });
            if old.takes_effect == TakesEffect::OnRestart {
                *new = old.clone();
            }
        }
        let old = &self.reading.config;
        new.config.home.clone_from(&old.home);
        new.config.log = LogConfig { level: new.config.log.level, ..old.log.clone() };
        new.config.clients.limit = old.clients.limit;
        self.reading = new;
        Ok(changes)
    }
}

fn url_of(config: &Config) -> String {
    format!("{:?}", without_secret(&config.on_event.url))
}
