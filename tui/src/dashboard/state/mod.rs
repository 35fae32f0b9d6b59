//! What the dashboard knows and how events change it. It knows nothing of ratatui, files or sockets.

mod charts;
mod colours;
mod dashboard;
mod event;
mod filter;
mod form;
mod grid;
mod history;
mod keys;
mod list;
mod log;
pub mod machine;
mod models;
mod press;
mod report;
mod run;
pub mod screens;
pub mod text;
mod update;

pub use charts::{Chart, Curve, View, charts, curves, x_name};
pub use colours::Colours;
pub use dashboard::{DissectPane, LogPane, Notice, Overlay, State, Tone, ids};
pub use event::{Daemon, Effect, Event, Lines, Picture, Request, RunSeen};
pub use filter::Sort;
pub use form::{Field, Form, Sending, Shape};
pub use grid::grid_columns;
pub use history::{History, XAxis};
pub use keys::{Action, Binding, Bound, Key, Keymap};
pub use list::{Cursor, first_shown};
pub use log::{Log, Reading};
pub use models::{Model, Models, Origin, Role, names};
pub use report::{Before, Class, Name, Pair, Report};
pub use run::Run;
pub use screens::Screen;
