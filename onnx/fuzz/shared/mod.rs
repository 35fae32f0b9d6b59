//! What the fuzz targets, the mutation program and the tests share: seeds, the mutator, and what is tried with a model.
//! Everything follows from a number, so that a model found once can be made again.

pub(crate) mod attempt;
pub(crate) mod bytes;
pub(crate) mod mutate;
pub(crate) mod random;
pub(crate) mod seeds;
