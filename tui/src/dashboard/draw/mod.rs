//! From state to frame: pure functions, a file for each screen. Nothing here changes the state or reads a file.

mod axis;
mod chart;
mod charts;
mod columns;
mod confirm;
mod dissect;
mod export;
mod form;
mod frame;
mod gpu;
mod help;
mod images;
mod log;
mod marks;
mod metrics;
mod models;
mod overlay;
mod pen;
mod raster;
mod runs;
mod theme;
mod trace;
mod view;

pub use frame::frame;
pub use theme::{Depth, Ground, Terminal, Theme};
