//! The dashboard without a terminal: frames of every screen from fixed run folders, and storms of events.

mod dissect;
mod frames;
mod metrics;
mod pairs;
mod press;
mod storm;
mod world;
