//! Images and their labels from files. Knows formats; nothing of networks, runs or models.

pub mod cifar10;
mod dataset;
pub mod pictures;

pub use dataset::{DataError, Dataset, IMAGE, Images, SIDE};
