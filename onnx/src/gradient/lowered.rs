//! How each composite operator is written out, one small function an operator. The registry says which is whose.

pub(super) mod attention;
pub(super) mod deformable;
pub(super) mod grids;
pub(super) mod losses;
pub(super) mod normalization;
pub(super) mod recurrent;
pub(super) mod recurrent_cells;
pub(super) mod scatter;
pub(super) mod shapes;
pub(super) mod signals;
