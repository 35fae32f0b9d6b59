//! The file itself: where it lies, and its text.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The configuration file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    path: PathBuf,
    /// Whether somebody named it: then it must be there.
    named: bool,
}

/// `$XDG_CONFIG_HOME/dissect/dashboard.toml`, else in `~/.config`; none without a home folder.
pub fn usual_path() -> Option<PathBuf> {
    let folder = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let config = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")))?;
    Some(config.join("dissect/dashboard.toml"))
}

impl ConfigFile {
    /// The file that somebody named, else the usual one.
    pub fn find(named: Option<&Path>) -> Option<Self> {
        match named {
            Some(path) => {
                let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
                Some(Self { path, named: true })
            }
            None => usual_path().map(|path| Self { path, named: false }),
        }
    }

    /// Where it lies, or would.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says; nothing where it is not there and need not be.
    pub fn load(&self) -> Result<Option<String>, String> {
        match fs::read_to_string(&self.path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.named => Ok(None),
            Err(error) => Err(format!("cannot read {}: {error}", self.path.display())),
        }
    }
}
