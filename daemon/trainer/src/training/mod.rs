//! Training a classifier: the loop over epochs and steps, what it measures, and where it stops. Knows the run through
//! its worker; knows nothing of the daemon.

mod classifier;
mod evaluate;
mod stage;
mod tally;

pub use classifier::train;
pub use stage::Stage;
