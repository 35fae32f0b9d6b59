//! Files that a killed process was still writing. They never got their names, so nothing reads them, and a killed
//! worker's half of a checkpoint may be large. Knows the names that are used while writing, not what is written.

use std::fs;
use std::path::Path;

/// How the names of unfinished files begin: states and checkpoints, snapshots, results.
const UNFINISHED: [&str; 3] = [".tmp-", ".dissect-", ".writing-"];

/// Deletes unfinished files in `folder`, where nobody may be writing now. What cannot be deleted stays: it harms nobody.
pub(crate) fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if UNFINISHED.iter().any(|prefix| name.starts_with(prefix)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
