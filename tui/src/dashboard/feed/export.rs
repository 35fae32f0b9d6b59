//! Writes what is on the screen to a file, off the drawing path. A file that is there already stays as it is.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::spawn::{Events, spawn};
use crate::dashboard::png::png;
use crate::dashboard::state::{Event, Export};

/// Names tried before it is given up.
const TRIES: u32 = 1_000;

/// Pixels to each unit of an SVG.
const SCALE: f32 = 2.0;

/// Writes it into the folder `exports` of the home, or into the working directory where that cannot be written.
/// `picture` is the frame, for an export without a table.
pub(crate) fn write(export: Export, picture: String, home: PathBuf, events: &Events) {
    spawn("export", events, move |events| {
        let outcome = bytes(&export, picture).and_then(|bytes| {
            let exports = home.join("exports");
            let in_home = fs::create_dir_all(&exports).and_then(|()| place(&exports, &export, &bytes));
            in_home.or_else(|error| {
                let here = std::env::current_dir().and_then(|here| place(&here, &export, &bytes));
                here.map_err(|_| format!("{}: {error}", exports.display()))
            })
        });
        // The dashboard may have been left meanwhile; the file is there all the same.
        let _ = events.send(Event::Exported(outcome));
    });
}

/// What goes into the file.
fn bytes(export: &Export, picture: String) -> Result<Vec<u8>, String> {
    match (&export.table, export.ending) {
        (Some(table), "csv") => Ok(table.csv().into_bytes()),
        (Some(table), _) => Ok(table.json().into_bytes()),
        (None, "png") => png(&picture, SCALE).map_err(|error| error.to_string()),
        (None, _) => Ok(picture.into_bytes()),
    }
}

/// Writes under the first name that is free.
fn place(folder: &Path, export: &Export, bytes: &[u8]) -> io::Result<PathBuf> {
    for nth in 1..=TRIES {
        let more = if nth == 1 { String::new() } else { format!("-{nth}") };
        let path = folder.join(format!("{}{more}.{}", export.name, export.ending));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(mut file) => {
                if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
                    // Half a file is worse than none.
                    let _ = fs::remove_file(&path);
                    return Err(error);
                }
                return Ok(path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, format!("{TRIES} files of this name are there")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::state::table::{Cell, Table};

    #[test]
    fn what_is_there_stays() {
        let folder = tempfile::tempdir().unwrap();
        let mut table = Table::new(vec!["step".to_owned()]);
        table.push(vec![Cell::Whole(3)]);
        let export = Export { name: "metrics".to_owned(), ending: "csv", table: Some(table) };
        let bytes = bytes(&export, String::new()).unwrap();
        let names: Vec<_> = (0..2)
            .map(|_| place(folder.path(), &export, &bytes).unwrap().file_name().unwrap().to_owned())
            .collect();
        assert_eq!(names, ["metrics.csv", "metrics-2.csv"]);
        assert_eq!(fs::read_to_string(folder.path().join("metrics.csv")).unwrap(), "step\n3\n");
        let no_folder = place(&folder.path().join("none"), &export, &bytes);
        assert_eq!(no_folder.unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
