//! The dissection screen, from the list of dissections down to one pattern: a file for each thing that is looked at.

mod ascent;
mod bars;
mod beside;
mod classes;
mod matrix;
mod patterns;
mod probabilities;
mod screen;
mod start;
mod starts;

pub(super) use screen::draw;
