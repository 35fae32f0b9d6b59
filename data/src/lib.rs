//! Images and their labels, from files or drawn, and the labels that noise puts in their place. Knows pixels and formats;
//! nothing of networks, runs or models.

pub mod cifar10;
mod dataset;
pub mod nearest;
pub mod noise;
pub mod pictures;
pub mod shapes;

pub use dataset::{DataError, Dataset, IMAGE, Images, SIDE};
