//! Pictures of a dissection: bars of distances (figure 2 of the paper), tables of them, and sheets of patterns (figure 3), as SVG
//! and PNG. Takes labels, numbers and pixels; knows nothing of models or of how the numbers came about.

mod axis;
mod bars;
mod canvas;
mod raster;
mod sheet;
mod table;

pub use bars::{Bar, Bars, Group};
pub use raster::{FigureError, png};
pub use sheet::{Row, Sheet};
pub use table::DistanceTable;
