//! The way to a data set from its name in a spec.

use std::path::Path;

use dissect_data::{DataError, Dataset, cifar10, shapes};
use dissect_runs::spec;

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
