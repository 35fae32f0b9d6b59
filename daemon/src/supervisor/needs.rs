//! What a run waits for: the runs whose models its spec refers to, and those it was queued after.

use std::collections::BTreeSet;
use std::path::Path;

use dissect_runs::home::{RunId, resolve};
use dissect_runs::protocol::Code;
use dissect_runs::spec::{DissectSpec, ModelRef, Spec};
use dissect_runs::state::State;

use super::core::{Refused, Supervisor};
use crate::verbs::past;

/// A model that another run exports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Need {
    /// The run.
    pub(crate) run: RunId,
    /// The epoch, or the end.
    pub(crate) epoch: Option<u32>,
}

/// Whether a run can start.
pub(super) enum Readiness {
    /// It can.
    Ready,
    /// A run it needs has not ended.
    Waiting,
    /// A run it needs has ended without what is needed.
    Hopeless(String),
}

impl Supervisor {
    pub(super) fn readiness(&self, id: &RunId) -> Readiness {
        let Some(entry) = self.runs.get(id).filter(|_| !self.waits_for_retry(id)) else {
            return Readiness::Waiting;
        };
        let has_ended = |run: &RunId| self.runs.get(run).is_none_or(|entry| entry.state.is_ended());
        let mut readiness =
            if entry.place.after.iter().all(has_ended) { Readiness::Ready } else { Readiness::Waiting };
        for Need { run, epoch } in &entry.needs {
            let Some(needed) = self.runs.get(run) else {
                return Readiness::Hopeless(format!("it needs run {run}, which was removed"));
            };
            if !needed.state.is_ended() {
                readiness = Readiness::Waiting;
            } else if !self.folder(run).snapshot(*epoch).is_file() {
                let wanted = match epoch {
                    Some(epoch) => format!("model of epoch {epoch}"),
                    None => "final model".to_owned(),
                };
                let how = past(&needed.state);
                let reason = needed.state.reason().map(|reason| format!(": {reason}")).unwrap_or_default();
                return Readiness::Hopeless(format!(
                    "it needs the {wanted} of run {run}, which {how}{reason}"
                ));
            }
        }
        readiness
    }

    /// Reads from its spec what a queued run needs.
    pub(crate) fn read_needs(&mut self, id: &RunId) {
        // A spec that cannot be read fails the run when its turn comes.
        let needs = match self.folder(id).spec() {
            Ok(Spec::Dissect(spec)) => {
                spec.references().filter_map(|reference| self.need(reference)).collect()
            }
            _ => Vec::new(),
        };
        if let Some(entry) = self.runs.get_mut(id) {
            entry.needs = needs;
        }
    }

    fn need(&self, reference: &ModelRef) -> Option<Need> {
        let ModelRef::Run { run, epoch } = reference else { return None };
        // Queued runs name others by full ids; one that was copied in may not.
        let run = RunId::parse(run).or_else(|| resolve(run, self.runs.keys()).ok().cloned())?;
        Some(Need { run, epoch: *epoch })
    }
}

/// Makes every reference of a new dissection point to one run for good, and refuses those that can
/// never be met: what was asked must mean the same when its turn comes.
pub(crate) fn fix_references(supervisor: &Supervisor, spec: &mut DissectSpec) -> Result<(), Refused> {
    for (index, model) in spec.models.iter_mut().enumerate() {
        fix(supervisor, &format!("models[{index}]"), model, Wanted::Classifier)?;
    }
    fix(supervisor, "generator", &mut spec.generator, Wanted::Generator)
}

#[derive(Clone, Copy, PartialEq)]
enum Wanted {
    Classifier,
    Generator,
}

fn fix(supervisor: &Supervisor, key: &str, reference: &mut ModelRef, wanted: Wanted) -> Result<(), Refused> {
    let refused = |code, message: String| Err(Refused::new(code, format!("{key}: {message}")));
    let (run, epoch) = match reference {
        ModelRef::File(path) => return check_path(key, path),
        ModelRef::Run { run, epoch } => (run, *epoch),
    };
    let id = match supervisor.find(run) {
        Ok(id) => id,
        Err(Refused(refusal)) => return refused(refusal.code, refusal.message),
    };
    let (epochs, every) = match (supervisor.folder(&id).spec()?, wanted) {
        (Spec::Train(spec), Wanted::Classifier) => (spec.training.epochs, spec.run.snapshot_every),
        (Spec::Gan(spec), Wanted::Generator) => (spec.training.epochs, spec.run.snapshot_every),
        (other, _) => {
            let expected = if wanted == Wanted::Generator { "gan" } else { "train" };
            return refused(
                Code::Usage,
                format!("run {id} is of kind {}, expected kind {expected}", other.kind()),
            );
        }
    };
    if let Some(epoch) = epoch
        && !exports(epochs, every, epoch)
    {
        let exports = match every {
            0 => "its final model only".to_owned(),
            every => format!("a model every {every} epochs, of {epochs}"),
        };
        return refused(Code::Usage, format!("run {id} has no model of epoch {epoch}; it exports {exports}"));
    }
    *run = id.as_str().to_owned();
    Ok(())
}

/// Whether a run of so many epochs, with a snapshot every so many, exports the model of `epoch`.
fn exports(epochs: u32, every: u32, epoch: u32) -> bool {
    epoch <= epochs && (epoch == epochs || (every > 0 && epoch.is_multiple_of(every)))
}

/// A waiting run, and the epoch whose model it would wait for in vain if `id` were to do what `spec` says.
pub(crate) fn breaks(supervisor: &Supervisor, id: &RunId, spec: &Spec) -> Option<(RunId, u32)> {
    let (epochs, every) = match spec {
        Spec::Train(spec) => (spec.training.epochs, spec.run.snapshot_every),
        Spec::Gan(spec) => (spec.training.epochs, spec.run.snapshot_every),
        Spec::Dissect(_) | Spec::Imported(_) => return None,
    };
    let missing = |need: &Need| need.epoch.filter(|epoch| need.run == *id && !exports(epochs, every, *epoch));
    let mut waiting = supervisor.runs().iter().filter(|(_, entry)| !entry.state.is_ended());
    waiting.find_map(|(other, entry)| Some((other.clone(), entry.needs.iter().find_map(missing)?)))
}

/// A run whose model `spec` asks for, and that waits itself for `id`, which would do it.
pub(crate) fn waits_in_circles(supervisor: &Supervisor, id: &RunId, spec: &Spec) -> Option<RunId> {
    let Spec::Dissect(spec) = spec else { return None };
    let mut needs = spec.references().filter_map(|reference| supervisor.need(reference));
    needs.find(|need| waits_for(supervisor, &need.run, id)).map(|need| need.run)
}

/// Refuses a path that a worker would not find.
pub(crate) fn check_path(key: &str, path: &Path) -> Result<(), Refused> {
    if path.is_relative() {
        let message = format!("{key}: {} is relative; the daemon works in another folder", path.display());
        return Err(Refused::new(Code::Usage, message));
    }
    if !path.exists() {
        return Err(Refused::new(Code::NotFound, format!("{key}: {} is not there", path.display())));
    }
    Ok(())
}

/// A run that has not ended and was queued after `id`, if any was.
pub(crate) fn waited_for_by<'s>(supervisor: &'s Supervisor, id: &RunId) -> Option<&'s RunId> {
    let mut waiting = supervisor.runs().iter().filter(|(_, entry)| !entry.state.is_ended());
    waiting.find(|(_, entry)| entry.place.after.contains(id)).map(|(id, _)| id)
}

/// Whether `id` waits for `other`, be it through others, or is it.
pub(crate) fn waits_for(supervisor: &Supervisor, id: &RunId, other: &RunId) -> bool {
    let (mut seen, mut ahead) = (BTreeSet::new(), vec![id]);
    while let Some(id) = ahead.pop() {
        if id == other {
            return true;
        }
        let entry = supervisor.runs().get(id).filter(|entry| matches!(entry.state, State::Queued { .. }));
        if let Some(entry) = entry.filter(|_| seen.insert(id)) {
            ahead.extend(entry.place.after.iter().chain(entry.needs.iter().map(|need| &need.run)));
        }
    }
    false
}

/// A queued run that needs `id`, if any does.
pub(crate) fn needed_by<'s>(supervisor: &'s Supervisor, id: &RunId) -> Option<&'s RunId> {
    let needs = |need: &Need| need.run == *id;
    let mut waiting = supervisor.runs().iter().filter(|(_, entry)| !entry.state.is_ended());
    waiting.find(|(_, entry)| entry.needs.iter().any(needs)).map(|(id, _)| id)
}
