//! The rules that watch a running run: each a small type that takes records in and says, asked at a
//! given time, what it has found. None of them reads a file or a clock; `look` does.

mod divergence;
mod look;
mod non_finite;
mod panel;
mod plateau;
mod stall;
mod throughput;

pub(crate) use look::{Look, look_after};
pub(crate) use panel::Verdict;

#[cfg(test)]
mod tests;
