//! Gradient ascent on f1's outputs through the generator (equation 1): one graph a step, and the loop that runs it
//! with all buffers on the device. Knows nothing of distances.

mod lanes;
mod step;

pub(super) use lanes::Ascent;
