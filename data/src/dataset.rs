//! What a data set is, and what can be wrong with one.

use std::io;
use std::path::PathBuf;

/// Pixels of a side; every network here takes colour images of this size.
pub const SIDE: usize = 32;
/// Bytes of one image: red, green and blue planes, row by row.
pub const IMAGE: usize = 3 * SIDE * SIDE;

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
    /// A picture that cannot be decoded.
    #[error("{}: not a picture that can be read ({reason})", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        reason: String,
    },
    /// A data set that this version does not read.
    #[error("data set `{name}` is not supported yet; use shapes or cifar10")]
    Unsupported {
        /// As in the spec.
        name: String,
    },
}
