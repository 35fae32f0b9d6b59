//! What is wrong with a configuration file, said so that its author can mend it at once.

use std::fmt;
use std::path::PathBuf;

use super::files::FileError;

/// One thing wrong with one key of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file.
    pub file: PathBuf,
    /// The line in it, counted from 1.
    pub line: usize,
    /// The key with its table, as `log.level`; empty where the text is not TOML.
    pub key: String,
    /// What was found and expected.
    pub complaint: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file.display(), self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.complaint)
    }
}

/// Why there is no configuration to work with.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Values that cannot be used.
    #[error("{}", .0.iter().map(Problem::to_string).collect::<Vec<_>>().join("\n"))]
    Wrong(Vec<Problem>),
    /// A file that cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// No folder is named by flags, files or the environment.
    #[error("no home for runs: set DISSECT_HOME, XDG_STATE_HOME or HOME, or give --home")]
    NoHome,
}
