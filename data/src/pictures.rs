//! Pictures in a folder, PNG or JPEG, flat or in a folder for each class.

use std::fs;
use std::path::{Path, PathBuf};

use crate::dataset::DataError;

/// Deepest folder looked into: a class's own.
const DEPTH: usize = 2;
const HOLDS: &str = "pictures (.png, .jpg or .jpeg), flat or in a folder for each class";

/// One picture in colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Red, green and blue planes, row by row.
    pub pixels: Vec<u8>,
}

/// The pictures of a folder and of the folders in it, by name. Hidden files and other kinds are passed over.
///
/// # Errors
/// A folder that cannot be read or holds no picture.
pub fn list(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut found = Vec::new();
    gather(folder, 1, &mut found)?;
    if found.is_empty() {
        let (path, name) = (folder.to_owned(), "pictures".to_owned());
        return Err(DataError::NotHere { path, name, holds: HOLDS });
    }
    found.sort();
    Ok(found)
}

fn gather(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<(), DataError> {
    let failed = |source| DataError::Io { path: folder.to_owned(), source };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        if path.is_dir() {
            if depth < DEPTH {
                gather(&path, depth + 1, found)?;
            }
        } else if is_picture(&path) {
            found.push(path);
        }
    }
    Ok(())
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    ending.is_some_and(|ending| ["png", "jpg", "jpeg"].contains(&ending.as_str()))
}

/// Decodes a picture, whatever its ending; grey and transparent ones become colours.
///
/// # Errors
/// A file that cannot be read or decoded.
pub fn read(path: &Path) -> Result<Picture, DataError> {
    let failed = |source| DataError::Io { path: path.to_owned(), source };
    let wrong =
        |error: image::ImageError| DataError::Picture { path: path.to_owned(), reason: error.to_string() };
    let reader = image::ImageReader::open(path).map_err(failed)?.with_guessed_format().map_err(failed)?;
    // The decoder's own limits keep a hostile header from asking for more than half a gibibyte.
    let picture = reader.decode().map_err(wrong)?.to_rgb8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let plane = |channel: usize| picture.pixels().map(move |pixel| pixel.0[channel]);
    Ok(Picture { height, width, pixels: (0..3).flat_map(plane).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_found_flat_and_in_folders_of_classes() {
        let home = tempfile::tempdir().unwrap();
        let save = |name: &str, colour: [u8; 3]| {
            let path = home.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            image::RgbImage::from_pixel(3, 2, image::Rgb(colour)).save(path).unwrap();
        };
        save("b.png", [1, 2, 3]);
        save("cat/a.png", [4, 5, 6]);
        save("cat/deeper/a.png", [7, 8, 9]);
        save("dog/c.jpg", [200, 200, 200]);
        fs::write(home.path().join("labels.txt"), "cat").unwrap();
        fs::write(home.path().join(".hidden.png"), "").unwrap();
        let found = list(home.path()).unwrap();
        let names: Vec<_> =
            found.iter().map(|path| path.strip_prefix(home.path()).unwrap().to_owned()).collect();
        assert_eq!(names, ["b.png", "cat/a.png", "dog/c.jpg"].map(PathBuf::from));
        let picture = read(&found[0]).unwrap();
        assert_eq!((picture.height, picture.width), (2, 3));
        assert_eq!(picture.pixels, [[1; 6], [2; 6], [3; 6]].concat());
        assert!(read(&found[2]).unwrap().pixels.iter().all(|value| value.abs_diff(200) < 3));
    }

    #[test]
    fn what_is_no_picture_is_named() {
        let home = tempfile::tempdir().unwrap();
        let said = list(home.path()).unwrap_err().to_string();
        assert!(said.contains("no data set `pictures` here: expected pictures (.png"), "{said}");
        let path = home.path().join("a.png");
        fs::write(&path, "text").unwrap();
        let said = read(&path).unwrap_err().to_string();
        assert!(said.contains("a.png: not a picture that can be read"), "{said}");
        assert!(list(&home.path().join("absent")).unwrap_err().to_string().contains("absent: No such file"));
    }
}
