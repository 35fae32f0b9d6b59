//! The dashboard: what runs in the terminal while one watches.

pub mod config;
pub mod draw;
mod feed;
mod format;
pub mod graphics;
mod inquiry;
mod picture;
mod png;
mod run;
pub mod state;
pub mod svg;
mod terminal;
#[cfg(test)]
mod tests;

pub use picture::picture;
pub use run::{Options, run};
