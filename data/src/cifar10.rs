//! CIFAR-10 from its official binary files (Krizhevsky 2009): records of one label byte and 3072 pixel bytes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::dataset::{DataError, Dataset, IMAGE, Images};

const NAME: &str = "cifar10";
const HOLDS: &str = "data_batch_1.bin to data_batch_5.bin and test_batch.bin";
/// The folder inside the official archive.
const FOLDER: &str = "cifar-10-batches-bin";
const TRAIN: [&str; 5] =
    ["data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin", "data_batch_5.bin"];
const TEST: &str = "test_batch.bin";
const NAMES: &str = "batches.meta.txt";
const CLASSES: [&str; 10] =
    ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
const RECORD: usize = 1 + IMAGE;

/// Whether this is the folder, or the one around it, of the official archive.
pub fn is_here(path: &Path) -> bool {
    [path.join(FOLDER).join(TEST), path.join(TEST)].iter().any(|file| file.is_file())
}

/// The test images alone.
///
/// # Errors
/// A file that is missing or malformed, with file and byte.
pub fn test_images(path: &Path) -> Result<Images, DataError> {
    let inner = path.join(FOLDER);
    let folder = if inner.is_dir() { inner } else { path.to_owned() };
    let mut test = Images::default();
    append(&mut test, &folder.join(TEST), usize::MAX)?;
    Ok(test)
}

/// Reads the folder, or the folder of the official archive inside it; the first `limit` training images, 0 for all.
///
/// # Errors
/// Files that are missing or malformed, with file and byte.
pub fn read(path: &Path, limit: usize) -> Result<Dataset, DataError> {
    if path.as_os_str().is_empty() {
        return Err(DataError::NoPath { name: NAME.to_owned(), holds: HOLDS });
    }
    let inner = path.join(FOLDER);
    let folder = if inner.is_dir() { inner } else { path.to_owned() };
    let expected = || TRAIN.iter().chain([&TEST]).map(|name| folder.join(name));
    if !expected().any(|file| file.exists()) {
        return Err(DataError::NotHere { path: path.to_owned(), name: NAME.to_owned(), holds: HOLDS });
    }
    let limit = if limit == 0 { usize::MAX } else { limit };
    let mut train = Images::default();
    for name in TRAIN {
        if train.labels.len() < limit {
            append(&mut train, &folder.join(name), limit)?;
        }
    }
    let test = test_images(&folder)?;
    Ok(Dataset { name: NAME.to_owned(), classes: classes(&folder)?, train, test })
}

/// Appends a file's images until there are `limit`.
fn append(images: &mut Images, path: &Path, limit: usize) -> Result<(), DataError> {
    let bytes = fs::read(path).map_err(|source| DataError::Io { path: path.to_owned(), source })?;
    let malformed = |offset, reason| Err(DataError::Malformed { path: path.to_owned(), offset, reason });
    if bytes.is_empty() {
        return malformed(0, format!("the file is empty, expected records of {RECORD} bytes"));
    }
    let rest = bytes.len() % RECORD;
    if rest != 0 {
        let offset = bytes.len() - rest;
        return malformed(
            offset,
            format!("the last record has {rest} bytes, expected {RECORD}; the file is cut off"),
        );
    }
    for (number, record) in bytes.chunks_exact(RECORD).enumerate() {
        if images.labels.len() >= limit {
            break;
        }
        let label = record[0];
        if usize::from(label) >= CLASSES.len() {
            return malformed(number * RECORD, format!("label {label}, expected 0 to {}", CLASSES.len() - 1));
        }
        images.labels.push(label);
        images.pixels.extend_from_slice(&record[1..]);
    }
    Ok(())
}

/// The names in `batches.meta.txt`, or the official ones where the file is not there.
fn classes(folder: &Path) -> Result<Vec<String>, DataError> {
    let path: PathBuf = folder.join(NAMES);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => CLASSES.join("\n"),
        Err(source) => return Err(DataError::Io { path, source }),
    };
    let names: Vec<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if names.len() != CLASSES.len() {
        let reason = format!("{} class names, expected {}", names.len(), CLASSES.len());
        return Err(DataError::Malformed { path, offset: 0, reason });
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(label: u8) -> Vec<u8> {
        std::iter::once(label).chain((0..IMAGE).map(|at| (at % 240) as u8 + label)).collect()
    }

    /// Five files of two images and a test file of three.
    fn folder(at: &Path) {
        fs::create_dir_all(at).unwrap();
        for (number, name) in TRAIN.iter().enumerate() {
            fs::write(at.join(name), [record(number as u8), record(9)].concat()).unwrap();
        }
        fs::write(at.join(TEST), [record(7), record(8), record(0)].concat()).unwrap();
    }

    #[test]
    fn images_come_in_the_order_of_the_files() {
        let home = tempfile::tempdir().unwrap();
        folder(&home.path().join(FOLDER));
        for path in [home.path().to_owned(), home.path().join(FOLDER)] {
            let whole = read(&path, 0).unwrap();
            assert_eq!(whole.train.labels, [0, 9, 1, 9, 2, 9, 3, 9, 4, 9]);
            assert_eq!(whole.test.labels, [7, 8, 0]);
            assert!(is_here(&path) && test_images(&path).unwrap() == whole.test);
            assert_eq!(whole.train.pixels[2 * IMAGE..][..2], [1, 2]);
            assert_eq!(whole.classes[9], "truck");
            let some = read(&path, 3).unwrap();
            assert_eq!((some.train.labels, some.test.labels.len()), (vec![0, 9, 1], 3));
            assert_eq!(some.train.pixels, whole.train.pixels[..3 * IMAGE]);
        }
        let names = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n";
        fs::write(home.path().join(FOLDER).join(NAMES), names).unwrap();
        assert_eq!(read(home.path(), 0).unwrap().classes[9], "j");
    }

    #[test]
    fn what_is_wrong_is_said_with_file_and_byte() {
        let damages: [(&str, Option<Vec<u8>>, &str); 6] = [
            ("data_batch_3.bin", None, "data_batch_3.bin: No such file"),
            ("test_batch.bin", None, "test_batch.bin: No such file"),
            ("data_batch_2.bin", Some(Vec::new()), "data_batch_2.bin, byte 0: the file is empty"),
            (
                "data_batch_2.bin",
                Some([record(1), record(2)].concat()[..4000].to_vec()),
                "data_batch_2.bin, byte 3073: the last record has 927 bytes, expected 3073; the file is cut off",
            ),
            (
                "data_batch_5.bin",
                Some([record(1), record(10)].concat()),
                "data_batch_5.bin, byte 3073: label 10, expected 0 to 9",
            ),
            (
                "batches.meta.txt",
                Some(b"cat\ndog\n".to_vec()),
                "batches.meta.txt, byte 0: 2 class names, expected 10",
            ),
        ];
        for (name, content, expected) in damages {
            let home = tempfile::tempdir().unwrap();
            folder(home.path());
            match content {
                Some(bytes) => fs::write(home.path().join(name), bytes).unwrap(),
                None => fs::remove_file(home.path().join(name)).unwrap(),
            }
            let found = read(home.path(), 0).unwrap_err().to_string();
            assert!(found.contains(expected), "{found}\nexpected: {expected}");
        }
        let empty = tempfile::tempdir().unwrap();
        let found = read(empty.path(), 0).unwrap_err().to_string();
        assert!(found.contains("no data set `cifar10` here: expected data_batch_1.bin"), "{found}");
        let found = read(Path::new(""), 0).unwrap_err().to_string();
        assert!(found.contains("set data.path"), "{found}");
    }
}
