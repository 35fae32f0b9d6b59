//! How often a run was tried again after a fault, and when it is to be next, as `attempts.json` in its
//! folder says. It is the daemon's alone to write; a run without it was never tried again.

use std::fs;
use std::io;

use serde::{Deserialize, Serialize};

use crate::durable;
use crate::folder::RunFolder;

/// Attempts after the first one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Attempts {
    /// How many there may be; none where the daemon's configuration says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// How many there were, the one that is waited for included.
    #[serde(default)]
    pub made: u32,
    /// Of how many, when the latest was decided on.
    #[serde(default)]
    pub of: u32,
    /// When the latest may begin, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<f64>,
}

impl Attempts {
    /// What is said of a run that waits for its next attempt.
    pub fn describe(&self, now: f64) -> Option<String> {
        let wait = (self.not_before? - now).max(0.0).ceil();
        Some(format!("retries in {wait} s, {} of {}", self.made, self.of))
    }
}

impl RunFolder {
    /// How often it was tried again. What cannot be read is as if it was never tried.
    pub fn attempts(&self) -> Attempts {
        let text = fs::read(self.path().join("attempts.json")).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Writes that down; it is on disk when this returns.
    pub fn set_attempts(&self, attempts: &Attempts) -> io::Result<()> {
        let mut json = serde_json::to_vec(attempts)?;
        json.push(b'\n');
        durable::replace(&self.path().join("attempts.json"), &json)
    }
}
