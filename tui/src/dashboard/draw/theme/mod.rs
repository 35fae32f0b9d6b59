//! Colours by meaning and the characters they are drawn with, for any terminal: dark, light, 16 colours, none, ASCII.
//!
//! It knows no screens. Meaning never rests on colour alone: every state has a glyph and a word as well.

pub(super) mod ascii;
mod colour;
mod palette;
mod style;
mod terminal;

pub use colour::{Depth, Ground};
pub use style::Theme;
pub use terminal::Terminal;
