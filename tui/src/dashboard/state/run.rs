//! One run as the dashboard knows it: its spec, state, measurements and events, and what follows from them.

use dissect_runs::allowance::Allowance;
use dissect_runs::finding::{self, Finding};
use dissect_runs::home::RunId;
use dissect_runs::records::{Event, Happening, Record};
use dissect_runs::spec::{Kind, Spec};
use dissect_runs::state::{State as RunState, Status};

use super::event::{Picture, RunSeen};
use super::history::History;
use super::report::Report;
use super::text;

/// Events kept for each run.
const EVENTS_KEPT: usize = 2_000;

/// A run.
#[derive(Debug, Clone)]
pub struct Run {
    /// The folder's name.
    pub id: String,
    /// What was asked, or why that cannot be read.
    pub spec: Result<Spec, String>,
    /// How it stands, or why that cannot be read.
    pub state: Result<RunState, String>,
    /// How long it may work, where that is limited.
    pub allowance: Option<Allowance>,
    /// What it measured.
    pub history: History,
    /// What happened, the oldest first.
    pub events: Vec<Event>,
    /// A dissection's findings, once there are any.
    pub report: Option<Result<Report, String>>,
    /// Pictures in its folder.
    pub pictures: Vec<Picture>,
}

impl Run {
    /// A run just seen.
    pub fn new(seen: RunSeen) -> Self {
        Self {
            id: seen.id,
            spec: seen.spec,
            state: seen.state,
            allowance: seen.allowance,
            history: History::default(),
            events: Vec::new(),
            report: None,
            pictures: Vec::new(),
        }
    }

    /// Takes in records.
    pub fn see_records(&mut self, records: &[Record]) {
        self.history.push(records);
    }

    /// Takes in events.
    pub fn see_events(&mut self, events: Vec<Event>) {
        self.events.extend(events);
        let excess = self.events.len().saturating_sub(EVENTS_KEPT);
        self.events.drain(..excess);
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match &self.spec {
            Ok(spec) => spec.name(),
            Err(_) => self.id.get(16..).filter(|name| !name.is_empty()).unwrap_or(&self.id),
        }
    }

    /// Which kind it is, if its spec can be read.
    pub fn kind(&self) -> Option<Kind> {
        self.spec.as_ref().ok().map(Spec::kind)
    }

    /// Its kind as a word.
    pub fn kind_name(&self) -> &'static str {
        self.kind().map_or("?", Kind::as_str)
    }

    /// Its network, in a word; of a GAN and a dissection, nothing.
    pub fn arch(&self) -> &'static str {
        match &self.spec {
            Ok(Spec::Train(spec)) => spec.model.arch.as_str(),
            _ => "",
        }
    }

    /// Its data set, if it has one.
    pub fn dataset(&self) -> &'static str {
        match &self.spec {
            Ok(Spec::Train(spec)) => spec.data.dataset.as_str(),
            Ok(Spec::Gan(spec)) => spec.data.dataset.as_str(),
            _ => "",
        }
    }

    /// The word for its state.
    pub fn status(&self) -> &'static str {
        self.state.as_ref().map_or("broken", |state| state.status().as_str())
    }

    /// Whether a worker may be at it.
    pub fn is_live(&self) -> bool {
        self.state.as_ref().is_ok_and(|state| state.status().is_active())
    }

    /// Whether it has ended, in whatever way.
    pub fn is_ended(&self) -> bool {
        self.state.as_ref().is_ok_and(RunState::is_ended)
    }

    /// Whether asking it to stop makes sense.
    pub fn can_stop(&self) -> bool {
        self.state
            .as_ref()
            .is_ok_and(|state| matches!(state.status(), Status::Queued | Status::Starting | Status::Running))
    }

    /// Whether it can be queued again.
    pub fn can_resume(&self) -> bool {
        self.state
            .as_ref()
            .is_ok_and(|state| matches!(state.status(), Status::Stopped | Status::Failed | Status::Lost))
    }

    /// Its place in a list that puts first what needs a look.
    pub fn urgency(&self) -> usize {
        use Status::{Failed, Finished, Lost, Queued, Running, Starting, Stopped, Stopping};
        const ORDER: [Status; 8] = [Running, Stopping, Starting, Queued, Failed, Lost, Stopped, Finished];
        self.state.as_ref().map_or(ORDER.len(), |state| {
            ORDER.iter().position(|status| *status == state.status()).unwrap_or(ORDER.len())
        })
    }

    /// What was done and what there is to do: epochs, or steps of a dissection.
    pub fn done(&self) -> Option<(f64, f64)> {
        self.spec.as_ref().ok().map(|spec| self.history.done(spec))
    }

    /// How much of it is done, 0 to 1.
    pub fn progress(&self) -> Option<f64> {
        if self.state.as_ref().is_ok_and(|state| state.status() == Status::Finished) {
            return Some(1.0);
        }
        let (done, total) = self.done()?;
        if total > 0.0 { Some((done / total).clamp(0.0, 1.0)) } else { None }
    }

    /// Seconds until it is done, if it goes on as it did since its worker began.
    pub fn time_left(&self) -> Option<f64> {
        if !self.is_live() {
            return None;
        }
        let started = self.state.as_ref().ok()?.started()?;
        let last = self.history.last_time()?;
        let (done, total) = self.done()?;
        // Of a resumed run only what this worker did tells the pace.
        let before = self.events.iter().rev().find_map(|event| match event.what {
            Happening::Resumed { epoch, .. } => Some(f64::from(epoch)),
            _ => None,
        });
        let by_this_worker = done - before.unwrap_or(0.0);
        let spent = last - started;
        (by_this_worker > 0.0 && spent > 0.0).then(|| (total - done).max(0.0) * spent / by_this_worker)
    }

    /// When it was asked for, by its id; else when its state began.
    pub fn asked(&self) -> Option<f64> {
        let since = || self.state.as_ref().ok().map(RunState::since);
        RunId::parse(&self.id).and_then(|id| stamp(id.as_str())).or_else(since)
    }

    /// The last value of a metric.
    pub fn last(&self, metric: &str) -> Option<f64> {
        self.history.last(metric)
    }

    /// A metric's value after an epoch; the last one where no epoch is said.
    pub fn at_epoch(&self, metric: &str, epoch: Option<u64>) -> Option<f64> {
        let points = self.history.points(dissect_runs::records::Kind::Epoch, metric)?;
        match epoch {
            None => points.last(),
            Some(epoch) => {
                points.iter().rev().find(|point| point.epoch.is_some_and(|at| u64::from(at) == epoch))
            }
        }
        .map(|point| point.value)
    }

    /// Warnings so far.
    pub fn warnings(&self) -> usize {
        self.events.iter().filter(|event| matches!(event.what, Happening::Warning { .. })).count()
    }

    /// What watching has found, the oldest first.
    pub fn findings(&self) -> Vec<Finding> {
        finding::standing(&self.events)
    }

    /// Why it failed, was lost, was stopped by itself or cannot be read, safe to show.
    pub fn trouble(&self) -> Option<String> {
        let reason = match (&self.spec, &self.state) {
            (_, Err(reason)) | (Err(reason), _) => Some(reason.as_str()),
            (_, Ok(state)) => state.reason(),
        };
        reason.map(|reason| text::escape(&reason.replace('\n', "; ")))
    }

    /// What was asked, in a line of words.
    pub fn summary(&self) -> String {
        match &self.spec {
            Ok(Spec::Train(spec)) => {
                let width =
                    if spec.model.width == 1.0 { String::new() } else { format!(" ×{}", spec.model.width) };
                let labels = match spec.data.noise {
                    0.0 => "true labels".to_owned(),
                    1.0 => "random labels".to_owned(),
                    noise => format!("{:.0}% random labels", noise * 100.0),
                };
                let limit = if spec.data.limit == 0 {
                    String::new()
                } else {
                    format!(" ({} images)", spec.data.limit)
                };
                // The labels first: they are what the runs of a study differ in.
                format!(
                    "{labels}, {}{width} on {}{limit}, seed {}",
                    spec.model.arch, spec.data.dataset, spec.training.seed
                )
            }
            Ok(Spec::Gan(spec)) => {
                let limit = if spec.data.limit == 0 {
                    String::new()
                } else {
                    format!(" ({} images)", spec.data.limit)
                };
                format!(
                    "GAN on {}{limit}, latent {}, {} channels",
                    spec.data.dataset, spec.gan.latent, spec.gan.base_channels
                )
            }
            Ok(Spec::Dissect(spec)) => {
                let others: Vec<_> = spec.models.iter().skip(1).map(|model| model.label()).collect();
                let first = spec.models.first().map(|model| model.label()).unwrap_or_default();
                text::escape(&format!(
                    "{first} against {}, {} starts, {} steps",
                    others.join(", "),
                    spec.seeds,
                    spec.steps
                ))
            }
            Ok(Spec::Imported(spec)) => {
                let from = spec.source.program;
                text::escape(&format!("imported from {from}, {}", spec.source.path))
            }
            Err(_) => "spec cannot be read".to_owned(),
        }
    }
}

/// Seconds since 1970 of an id's `20261123-101502`, in UTC.
fn stamp(id: &str) -> Option<f64> {
    let time = jiff::civil::DateTime::strptime("%Y%m%d-%H%M%S", id.get(..15)?).ok()?;
    Some(jiff::tz::TimeZone::UTC.to_timestamp(time).ok()?.as_second() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_tell_the_time() {
        for (id, expected) in [
            ("19700101-000000-a", Some(0.0)),
            ("20261123-101502-vgg11-random-s1", Some(1_795_428_902.0)),
            ("20240229-235959-x", Some(1_709_251_199.0)),
            ("short", None),
        ] {
            assert_eq!(stamp(id), expected, "{id}");
        }
    }
}
