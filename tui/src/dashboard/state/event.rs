//! Everything that can happen to the dashboard, and everything it can ask for.

use std::path::PathBuf;
use std::sync::Arc;

use dissect_runs::allowance::Allowance;
use dissect_runs::records::{Event as RunEvent, Record};
use dissect_runs::spec::Spec;
use dissect_runs::state::State as RunState;
use image::RgbImage;

use super::evidence::{Answers, ClassKey, Pictures, StartKey};
use super::keys::Key;
use super::machine::{Gpus, Host};
use super::models::Model;
use super::report::Report;
use super::table::Table;
use crate::dashboard::config::Settings;

/// Something happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The terminal has another size.
    Resize {
        /// Columns.
        width: u16,
    },
    /// The clock moved on; seconds since 1970.
    Tick(f64),
    /// A run folder is there, or its spec or state is another.
    Run(RunSeen),
    /// A run folder is gone.
    Gone(String),
    /// All run folders there were at the start have been seen.
    Listed,
    /// Records were appended to a run's metrics.
    Records {
        /// Id of the run.
        id: String,
        /// The records.
        records: Vec<Record>,
    },
    /// Events were appended to a run's events.
    Events {
        /// Id of the run.
        id: String,
        /// The events.
        events: Vec<RunEvent>,
    },
    /// A file of a run was cut or replaced: what was read of it no longer holds.
    Restarted {
        /// Id of the run.
        id: String,
        /// Which file.
        lines: Lines,
    },
    /// Text was appended to the log that is followed.
    Log {
        /// Id of the run.
        id: String,
        /// The text.
        text: String,
    },
    /// The models there are.
    Models(Vec<Model>),
    /// A dissection's report, or why it cannot be read.
    Report {
        /// Id of the run.
        id: String,
        /// The report.
        report: Result<Report, String>,
    },
    /// The pictures a run folder holds.
    Pictures {
        /// Id of the run.
        id: String,
        /// Figures of a dissection, or samples by epoch.
        files: Vec<Picture>,
    },
    /// A picture that was asked for.
    Loaded {
        /// Its file.
        path: PathBuf,
        /// Its pixels, or why there are none.
        image: Result<Arc<RgbImage>, String>,
    },
    /// What the models say of the patterns of a class, as was asked.
    Answers {
        /// The class.
        key: ClassKey,
        /// The answers, or why there are none.
        answers: Result<Arc<Answers>, String>,
    },
    /// The pictures of a start that were asked for.
    Pattern {
        /// The start.
        key: StartKey,
        /// The pictures.
        pictures: Arc<Pictures>,
    },
    /// Whether the daemon can be reached.
    Daemon(Daemon),
    /// The answer to a request.
    Reply {
        /// What was asked.
        request: Request,
        /// The id of a run that was started, if one was; or why not.
        outcome: Result<Option<String>, String>,
    },
    /// A reading of the host.
    Host(Host),
    /// A reading of the GPUs.
    Gpus(Gpus),
    /// The configuration was read anew.
    Settings(Box<Settings>),
    /// The screen was written to a file, or not.
    Exported(Result<PathBuf, String>),
    /// A part of the feed does not work.
    Trouble(String),
    /// The process was stopped and goes on.
    Continued,
    /// The process was asked to end, or lost its terminal.
    Terminated,
}

/// The files of a run that grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// `metrics.jsonl`.
    Metrics,
    /// `events.jsonl`.
    Events,
    /// `log.txt`.
    Log,
}

/// What a run folder says of itself.
#[derive(Debug, Clone)]
pub struct RunSeen {
    /// Id, which is the folder's name.
    pub id: String,
    /// What was asked, or why that cannot be read.
    pub spec: Result<Spec, String>,
    /// How it stands, or why that cannot be read.
    pub state: Result<RunState, String>,
    /// How long it may work, where that is limited.
    pub allowance: Option<Allowance>,
}

/// A picture in a run folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    /// The epoch of a sample; none for figures.
    pub epoch: Option<u64>,
    /// The file.
    pub path: PathBuf,
}

/// The way to the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Daemon {
    /// Not asked yet.
    Unknown,
    /// It answers.
    Up {
        /// Its version.
        version: String,
    },
    /// It does not, for this reason.
    Down(String),
}

/// Something asked of the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Queue a run.
    Start {
        /// The spec, as TOML.
        spec: String,
    },
    /// Stop a run after a checkpoint.
    Stop(String),
    /// Queue a run again.
    Resume(String),
    /// Delete a run folder.
    Remove(String),
}

/// What of the screen goes to a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Export {
    /// The file's name, without its ending.
    pub name: String,
    /// The ending, which says the form: `svg`, `png`, `csv`, `json`.
    pub ending: &'static str,
    /// The table; nothing where the frame itself is meant.
    pub table: Option<Table>,
}

/// What the loop is asked to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Draw a frame.
    Draw,
    /// Draw every cell anew.
    Redraw,
    /// Ask the daemon.
    Send(Request),
    /// Read the log of this run, from its end backwards and then as it grows.
    FollowLog(String),
    /// Read a picture.
    Load(PathBuf),
    /// Read what the models say of a class's patterns.
    ReadAnswers(ClassKey),
    /// Read the pictures of a start.
    ReadPattern(StartKey),
    /// Write the screen to a file.
    Export(Export),
    /// Leave for the shell.
    Suspend,
    /// End.
    Quit,
}
