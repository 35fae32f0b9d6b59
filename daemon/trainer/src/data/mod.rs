//! Data sets by their names in specs, from `dissect-data`. Knows nothing of libtorch, networks or runs' folders.

mod dataset;

pub use dataset::load;
pub use dissect_data::{DataError, Dataset, Images, noise};
