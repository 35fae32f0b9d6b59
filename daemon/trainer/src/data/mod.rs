//! Data sets as bytes: read or drawn, with the labels a run trains on. Knows files and pixels; nothing of libtorch,
//! networks or runs.

mod cifar10;
mod dataset;
pub mod noise;
mod shapes;

pub use dataset::{DataError, Dataset, Images, load};
