//! Where the logs are under a path, and whose.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use super::blocks;

/// How deep folders are looked through.
const DEEPEST: usize = 16;

/// The files of one training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Log {
    /// A folder's event files, in the order of their names, which is that of their times.
    EventFiles {
        /// The folder.
        folder: PathBuf,
        /// The files.
        files: Vec<PathBuf>,
        /// What to call it.
        name: String,
    },
    /// W&B's file of an offline run.
    Wandb(PathBuf),
}

/// Every training under `path`, a file or a folder, in the order of their paths.
pub fn find(path: &Path) -> io::Result<Vec<Log>> {
    let path = path.canonicalize()?;
    let mut files = Vec::new();
    if path.is_dir() {
        walk(&path, 0, &mut files)?;
        files.sort();
    } else {
        files.push(path.clone());
    }
    let named = path.is_file();
    let mut folders: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    let mut logs = Vec::new();
    for file in files {
        if is_wandb(&file) {
            logs.push(Log::Wandb(file));
        } else if named || is_event_file(&file) {
            folders.entry(file.parent().unwrap_or(&path).to_owned()).or_default().push(file);
        }
    }
    logs.extend(folders.into_iter().map(|(folder, files)| {
        let name = name(&path, &folder);
        // A file that was named itself is not its folder.
        let folder = if named { path.clone() } else { folder };
        Log::EventFiles { folder, files, name }
    }));
    Ok(logs)
}

/// As TensorBoard calls it: by the folders below the one that was named, or by that one.
fn name(root: &Path, folder: &Path) -> String {
    let below = folder.strip_prefix(root).ok().filter(|below| !below.as_os_str().is_empty());
    let own = || folder.file_name().map(Path::new);
    below.or_else(own).unwrap_or(Path::new("imported")).to_string_lossy().replace('/', "-")
}

fn is_event_file(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().contains("tfevents"))
}

/// By its ending or, as files get renamed, its first bytes.
fn is_wandb(path: &Path) -> bool {
    let begins = || {
        let mut bytes = [0; blocks::MAGIC.len()];
        let read = File::open(path).and_then(|mut file| file.read_exact(&mut bytes));
        read.is_ok() && bytes == *blocks::MAGIC
    };
    path.extension().is_some_and(|ending| ending == "wandb") || (!is_event_file(path) && begins())
}

/// Every file below a folder that may be a log. Links to folders are not followed: they may lead in circles.
fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() && depth < DEEPEST {
            walk(&path, depth + 1, files)?;
        } else if path.is_file()
            && (is_event_file(&path) || path.extension().is_some_and(|ending| ending == "wandb"))
        {
            files.push(path);
        }
    }
    Ok(())
}
