//! What a data set is, and the way to one from its name.

use std::io;
use std::path::{Path, PathBuf};

use dissect_runs::spec;

use super::{cifar10, shapes};

/// Pixels of a side; every network here takes colour images of this size.
pub(super) const SIDE: usize = 32;
/// Bytes of one image: red, green and blue planes, row by row.
pub(super) const IMAGE: usize = 3 * SIDE * SIDE;

/// Images and their labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Images {
    /// `[images, 3, 32, 32]`, row-major.
    pub pixels: Vec<u8>,
    /// The class of each image, below the number of classes.
    pub labels: Vec<u8>,
}

/// A data set with true labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// As in a spec.
    pub name: String,
    /// The classes' names; a label is an index into them.
    pub classes: Vec<String>,
    /// To train on.
    pub train: Images,
    /// Never trained on.
    pub test: Images,
}

/// Why a data set cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// Nothing says where it lies.
    #[error("data set `{name}` lies nowhere: set data.path to the folder with {holds}")]
    NoPath {
        /// The data set.
        name: String,
        /// What such a folder holds.
        holds: &'static str,
    },
    /// The folder holds none of its files.
    #[error("{}: no data set `{name}` here: expected {holds}", path.display())]
    NotHere {
        /// The folder.
        path: PathBuf,
        /// The data set.
        name: String,
        /// What it should hold.
        holds: &'static str,
    },
    /// The operating system's reason.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file that is not as its format says.
    #[error("{}, byte {offset}: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where in it.
        offset: usize,
        /// What was found there and what was expected.
        reason: String,
    },
    /// A data set that this version does not read.
    #[error("data set `{name}` is not supported yet; use shapes or cifar10")]
    Unsupported {
        /// As in the spec.
        name: String,
    },
}

/// The data set a spec names, from `path` where it lies in files; the first `limit` training images, 0 for all.
/// The test images of `cifar10` are always all of them; `shapes` draws a fifth as many as training images.
///
/// # Errors
/// Files that are missing or malformed, with file and byte.
pub fn load(dataset: spec::Dataset, path: &Path, limit: usize) -> Result<Dataset, DataError> {
    match dataset {
        spec::Dataset::Shapes => Ok(shapes::dataset(limit)),
        spec::Dataset::Cifar10 => cifar10::read(path, limit),
        spec::Dataset::Cifar100 | spec::Dataset::Folder => {
            Err(DataError::Unsupported { name: dataset.as_str().to_owned() })
        }
    }
}
