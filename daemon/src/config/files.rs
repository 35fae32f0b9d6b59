//! Which configuration files there are, and their text.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What it says.
    pub text: String,
}

/// Why a file could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {source}", path.display())]
pub struct FileError {
    /// The file.
    pub path: PathBuf,
    /// The operating system's answer.
    pub source: io::Error,
}

/// Where configuration is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sources {
    /// The machine's file, then the user's over it; each may be absent.
    Usual {
        /// `/etc/dissect/dissectd.toml`.
        system: PathBuf,
        /// `$XDG_CONFIG_HOME/dissect/dissectd.toml`; none without a home folder.
        user: Option<PathBuf>,
    },
    /// This file alone, which must be there.
    Only(PathBuf),
}

impl Sources {
    /// The machine's file and the user's.
    pub fn usual() -> Self {
        let folder = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let user = folder("XDG_CONFIG_HOME").or_else(|| Some(folder("HOME")?.join(".config")));
        Self::Usual {
            system: PathBuf::from("/etc/dissect/dissectd.toml"),
            user: user.map(|folder| folder.join("dissect/dissectd.toml")),
        }
    }

    /// The files that are there, those that others are over first.
    pub fn load(&self) -> Result<Vec<ConfigFile>, FileError> {
        match self {
            Self::Only(path) => Ok(vec![load(path)?]),
            Self::Usual { system, user } => {
                let mut files = Vec::new();
                for path in [Some(system), user.as_ref()].into_iter().flatten() {
                    match load(path) {
                        Ok(file) => files.push(file),
                        Err(FileError { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(files)
            }
        }
    }
}

fn load(path: &Path) -> Result<ConfigFile, FileError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(ConfigFile { path: path.to_owned(), text }),
        Err(source) => Err(FileError { path: path.to_owned(), source }),
    }
}
