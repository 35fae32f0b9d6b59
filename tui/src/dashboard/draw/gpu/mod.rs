//! The GPU screen: every GPU in a box, or in a row where there are too many, and the host below.

mod card;
mod facts;
mod host;
mod meter;
mod row;
mod screen;

pub(super) use screen::draw;
