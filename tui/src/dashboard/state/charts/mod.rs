//! The curves of the runs in view: which charts there are, how they are shown, and what is read off them. It knows no
//! terminal.

mod export;
mod extent;
mod grid;
mod list;
mod marks;
mod reading;
mod view;

pub(super) use export::table;
pub use extent::extent;
pub use grid::{Grid, grid_columns};
pub use list::{Chart, charts, x_name};
pub use marks::{Band, Mark, MarkKind, Stage, bands, marks};
pub use reading::Readout;
pub use view::View;
