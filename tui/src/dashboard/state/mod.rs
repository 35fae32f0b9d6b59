//! What the dashboard knows and how events change it. It knows nothing of ratatui, files or sockets.

mod charts;
mod colours;
mod dashboard;
mod dissecting;
mod event;
mod evidence;
mod export;
mod filter;
mod form;
mod history;
mod keys;
mod line;
mod list;
mod log;
pub mod machine;
mod models;
mod press;
mod report;
mod run;
pub mod screens;
pub mod table;
pub mod text;
mod track;
mod update;

pub use charts::{
    Band, Chart, Grid, Mark, MarkKind, Readout, Stage, View, bands, charts, extent, grid_columns, marks,
    x_name,
};
pub use colours::Colours;
pub use dashboard::{LogPane, Notice, Overlay, State, Tone, ids};
pub use dissecting::{Dissecting, Level};
pub use event::{Daemon, Effect, Event, Export, Lines, Picture, Request, RunSeen};
pub use evidence::{Answers, ClassKey, Evidence, Near, Pictures, Shown, StartKey, When};
pub use export::FORMS;
pub use filter::Sort;
pub use form::{Field, Form, Sending, Shape};
pub use history::History;
pub use keys::{Action, Binding, Bound, Key, Keymap};
pub use line::{Envelope, Line, Spot, Values, XAxis};
pub use list::{Cursor, first_shown};
pub use log::{Log, Reading};
pub use models::{Model, Models, Origin, Role, names};
pub use report::{Before, Class, Matrix, Measure, Name, Pair, Report};
pub use run::Run;
pub use screens::Screen;
pub use track::{Scale, Summary};
