//! What happened to a run, as marks and stretches along an x axis.

use dissect_runs::records::{Event, Happening};
use dissect_runs::state::Status;

use crate::dashboard::state::Run;
use crate::dashboard::state::line::XAxis;

/// What kind of thing happened, the most telling last: where two share a place, it is the one seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// What a resume needs was written.
    Checkpoint,
    /// A model was exported.
    Snapshot,
    /// The run ended.
    Ended,
    /// A worker began again.
    Resumed,
    /// Something to look at.
    Warning,
    /// Watching found something.
    Finding,
}

impl MarkKind {
    /// A glyph and a word.
    pub fn shown(self) -> (char, &'static str) {
        match self {
            Self::Checkpoint => ('╵', "checkpoint"),
            Self::Snapshot => ('◆', "snapshot"),
            Self::Ended => ('■', "end"),
            Self::Resumed => ('↻', "resumed"),
            Self::Warning => ('⚠', "warning"),
            Self::Finding => ('▲', "finding"),
        }
    }
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Where.
    pub x: f64,
    /// What kind of thing.
    pub kind: MarkKind,
    /// In a few words.
    pub words: String,
}

/// The stages the paper sees in training on random labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The training accuracy has not yet exceeded chance by 5 points.
    Hunting,
    /// It has, and has not yet reached 99 %.
    Fitting,
}

impl Stage {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hunting => "hunting",
            Self::Fitting => "fitting",
        }
    }
}

/// A stage, from one x to another; where it goes on, to the end of the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Which stage.
    pub stage: Stage,
    /// Where it begins.
    pub from: f64,
    /// Where it ends; nothing where it goes on.
    pub to: Option<f64>,
}

/// The events of the branch that the run went on with: a resume takes back what happened after its checkpoint.
fn standing(run: &Run) -> Vec<&Event> {
    let mut events: Vec<&Event> = Vec::new();
    for event in &run.events {
        if let Happening::Resumed { epoch, step } = &event.what {
            events.retain(|earlier| match &earlier.what {
                Happening::Checkpoint { step: at, .. } => at <= step,
                Happening::Snapshot { epoch: at, .. } => at <= epoch,
                _ => true,
            });
        }
        events.push(event);
    }
    events
}

/// What happened to a run, in the order it did.
pub fn marks(run: &Run, axis: XAxis) -> Vec<Mark> {
    let mark = |event: &&Event| {
        let (kind, words, epoch, step) = match &event.what {
            Happening::Checkpoint { epoch, step } => {
                (MarkKind::Checkpoint, format!("after epoch {epoch}"), Some(*epoch), Some(*step))
            }
            Happening::Snapshot { epoch, file, .. } => (MarkKind::Snapshot, file.clone(), Some(*epoch), None),
            Happening::Resumed { epoch, step } => {
                (MarkKind::Resumed, format!("from epoch {epoch}"), Some(*epoch), Some(*step))
            }
            Happening::Warning { message } => (MarkKind::Warning, message.clone(), None, None),
            Happening::Finding { rule, reason } => {
                (MarkKind::Finding, format!("{rule}: {reason}"), None, None)
            }
            Happening::Ended { status, reason } if *status != Status::Finished => {
                let why = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
                (MarkKind::Ended, format!("{}{why}", status.as_str()), None, None)
            }
            _ => return None,
        };
        let x = run.history.x_of(axis, event.time, epoch, step)?;
        Some(Mark { x, kind, words: super::super::text::escape(&words) })
    };
    standing(run).iter().filter_map(mark).collect()
}

/// The stages of a run, by what its worker said of them.
pub fn bands(run: &Run, axis: XAxis) -> Vec<Band> {
    let mut bands: Vec<Band> = Vec::new();
    // Where the last resume began: what was said before of a later place is of a branch that was given up.
    let mut begins: Vec<(f64, Option<Stage>)> = Vec::new();
    for event in &run.events {
        let place = |epoch, step| run.history.x_of(axis, event.time, epoch, step);
        match &event.what {
            Happening::Resumed { epoch, step } => {
                if let Some(x) = place(Some(*epoch), Some(*step)) {
                    begins.retain(|(from, _)| *from <= x);
                }
            }
            Happening::Stage { name } => {
                let stage = match name.as_str() {
                    "hunting" => Some(Stage::Hunting),
                    "fitting" => Some(Stage::Fitting),
                    _ => None,
                };
                // The first is said before there is anything to place it by.
                let x = if begins.is_empty() { Some(f64::NEG_INFINITY) } else { place(None, None) };
                begins.extend(x.map(|x| (x, stage)));
            }
            _ => {}
        }
    }
    for (nth, (from, stage)) in begins.iter().enumerate() {
        let Some(stage) = *stage else { continue };
        let to = begins.get(nth + 1).map(|(next, _)| *next);
        match bands.last_mut() {
            // Said again by the worker that went on.
            Some(last) if last.stage == stage && last.to == Some(*from) => last.to = to,
            _ => bands.push(Band { stage, from: *from, to }),
        }
    }
    bands
}
