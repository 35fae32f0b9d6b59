//! Whole runs, and exported networks against libtorch.

mod classifier;
mod gan;
mod gradient;
mod run;
mod shapes;
