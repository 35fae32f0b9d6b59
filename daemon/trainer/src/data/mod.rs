//! Data sets as bytes: read by `dissect-data` or drawn, with the labels a run trains on. Knows pixels; nothing of
//! libtorch, networks or runs.

mod dataset;
pub mod noise;
mod shapes;

pub use dataset::load;
pub use dissect_data::{DataError, Dataset, Images};
