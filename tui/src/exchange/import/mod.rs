//! Trainings that other programs logged, read so far that they become runs: TensorBoard's event files and W&B's files of
//! offline runs. What cannot be read costs what comes after it in that file, and nothing else.

mod blocks;
mod find;
mod records;
mod scalar;
mod tensorboard;
#[cfg(test)]
mod tests;
mod training;
mod wandb;
mod wandb_proto;

pub use find::{Log, find};
pub use training::{Training, read};
