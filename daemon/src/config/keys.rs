//! Every key there is, as the daemon works with it.

use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::kind::Word;

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The folder that holds the runs.
    pub home: PathBuf,
    /// Runs that work at the same time.
    pub slots: u16,
    /// From SIGTERM to SIGKILL of a worker.
    pub grace: Duration,
    /// The programs that work.
    pub programs: Programs,
    /// What is logged, and where to.
    pub log: LogConfig,
    /// What clients may do.
    pub clients: Clients,
    /// What watching looks for.
    pub rules: Thresholds,
    /// Who is told of what happens.
    pub on_event: OnEvent,
    /// How runs are tried again that were lost to a fault.
    pub retries: Retries,
}

/// The programs that work on runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programs {
    /// Of `train` and `gan`.
    pub trainer: PathBuf,
    /// Of `dissect`.
    pub dissect: PathBuf,
}

/// What is logged, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogConfig {
    /// In tracing's words.
    pub level: String,
    /// Where to.
    pub to: Destination,
    /// The file, where it goes to one.
    pub file: PathBuf,
    /// How long that file may become before a new one is begun, in MiB.
    pub file_mib: u64,
    /// How many files are kept, the current one included.
    pub files: u16,
}

/// Where the log goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// To stderr; where systemd has joined that to the journal, in the journal's way.
    Auto,
    /// To the journal itself, what a line is about in fields of its own.
    Journald,
    /// To stderr.
    Stderr,
    /// To a file that is bounded.
    File,
}

impl Word for Destination {
    const WORDS: &'static [(&'static str, Self)] =
        &[("auto", Self::Auto), ("journald", Self::Journald), ("stderr", Self::Stderr), ("file", Self::File)];
}

/// What clients may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clients {
    /// How many are served at once; more wait to be accepted.
    pub limit: u32,
    /// How long one may take for its hello, for the rest of a line it began, and to take an answer.
    pub patience: Duration,
}

/// What the rules that watch running runs look for; zero turns a rule off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// From one look at a running run's measurements to the next.
    pub every: Duration,
    /// Whether a number that is not finite is a finding: 1 or 0.
    pub non_finite: u8,
    /// How many times its best the loss must be to have diverged.
    pub divergence: f64,
    /// Epochs without a better loss that make a plateau.
    pub plateau_epochs: u32,
    /// Seconds without a step that make a stall.
    pub stall_s: f64,
    /// The share of its best throughput that a run must keep.
    pub throughput: f64,
}

/// Who is told of what happens to runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnEvent {
    /// A program and its arguments, with the event as JSON on stdin; none where empty.
    pub command: Vec<String>,
    /// Where the event is posted to as JSON; nowhere where empty.
    pub url: String,
    /// The events that are told.
    pub kinds: Vec<Topic>,
    /// How long telling one of them may take.
    pub limit: Duration,
}

/// What may happen to a run or the queue that hooks are told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Topic {
    /// It waits for its turn.
    Queued,
    /// Its worker began.
    Started,
    /// It has done everything asked for.
    Finished,
    /// Something went wrong.
    Failed,
    /// It was stopped.
    Stopped,
    /// Its worker vanished.
    Lost,
    /// A daemon watches over a worker that it did not start.
    Adopted,
    /// A rule has found something.
    Finding,
    /// The queue was paused.
    Paused,
    /// The queue goes on.
    Unpaused,
}

impl Word for Topic {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("queued", Self::Queued),
        ("started", Self::Started),
        ("finished", Self::Finished),
        ("failed", Self::Failed),
        ("stopped", Self::Stopped),
        ("lost", Self::Lost),
        ("adopted", Self::Adopted),
        ("finding", Self::Finding),
        ("paused", Self::Paused),
        ("unpaused", Self::Unpaused),
    ];
}

/// How runs are tried again that were lost to a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retries {
    /// How often, where the run does not say it.
    pub limit: u32,
    /// How long until the first attempt; each further wait is twice as long.
    pub delay: Duration,
    /// How long a wait may become.
    pub longest: Duration,
}

impl Retries {
    /// No run is tried again.
    pub const NONE: Self = Self { limit: 0, delay: Duration::ZERO, longest: Duration::ZERO };
}
