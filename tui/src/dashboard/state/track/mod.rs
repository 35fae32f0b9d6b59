//! What is kept beside a column of numbers so that any stretch of it is drawn at once, however long it is.
//!
//! It grows with the column and is never built anew for one record more. It knows no runs and no axes.

mod column;
mod pyramid;
mod smooth;

pub(super) use column::Track;
pub(super) use pyramid::Pyramid;
pub use pyramid::{Scale, Summary};
