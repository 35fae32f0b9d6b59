//! What clients may ask for, one file per verb.

pub(crate) mod clean;
pub(crate) mod edit;
pub(crate) mod kill;
pub(crate) mod list;
pub(crate) mod pause;
pub(crate) mod place;
pub(crate) mod remove;
pub(crate) mod reorder;
pub(crate) mod resume;
pub(crate) mod show;
pub(crate) mod shutdown;
pub(crate) mod start;
pub(crate) mod stop;
pub(crate) mod watch;

mod past;

pub(crate) use past::past;
