//! Which key does what: one table a screen and one for all of them, which move the dashboard, fill the footer and are
//! the help page.
//!
//! It knows no state: whether an action makes sense just now is asked of [`super::State::offers`].

mod action;
mod binding;
mod common;
mod key;
mod keymap;

pub use action::Action;
pub use binding::Binding;
pub(super) use binding::bind;
pub use key::Key;
pub use keymap::{Bound, Keymap};
