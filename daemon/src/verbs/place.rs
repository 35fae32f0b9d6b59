//! `place`: what a run was told when it was queued is changed. Where it stands can be said of queued runs only; how long it
//! may work and how often it is tried again, until it has ended.

use dissect_runs::allowance::Allowance;
use dissect_runs::attempts::Attempts;
use dissect_runs::folder::FolderError;
use dissect_runs::home::RunId;
use dissect_runs::place::{Place, is_group};
use dissect_runs::protocol::{Change, Code, Done};
use dissect_runs::span;
use dissect_runs::state::Status;

use crate::supervisor::{Refused, Supervisor, waits_for};

pub(crate) fn place(supervisor: &mut Supervisor, reference: &str, change: Change) -> Result<Done, Refused> {
    let id = supervisor.find(reference)?;
    let Change { priority, after, group, retries, time_limit } = change;
    let entry = &supervisor.runs()[&id];
    let status = entry.state.status();
    if status.is_ended() {
        let message = format!("run {id} is {status}; queue it again with `dissect run resume {id}`");
        return Err(Refused::new(Code::Conflict, message));
    }
    if status != Status::Queued && (priority.is_some() || after.is_some() || group.is_some()) {
        return Err(FolderError::NotQueued { id, status }.into());
    }

    // All of it is looked at before any of it is written.
    let mut place = entry.place.clone();
    place.priority = priority.unwrap_or(place.priority);
    if let Some(after) = after {
        place.after = found(supervisor, &after)?;
        if let Some(other) = place.after.iter().find(|other| waits_for(supervisor, other, &id)) {
            let message = match *other == id {
                true => format!("after: run {id} cannot wait for itself"),
                false => format!("after: run {other} waits for run {id}; neither would ever start"),
            };
            return Err(Refused::new(Code::Conflict, message));
        }
    }
    if let Some(name) = group {
        place.group = group_of(Some(name).filter(|name| !name.is_empty()))?;
    }
    let allowance = match time_limit {
        Some(text) => Some(limited(supervisor, &id, seconds(&text)?)?),
        None => None,
    };

    supervisor.set_place(&id, place)?;
    let folder = supervisor.folder(&id);
    let unwritten = |error| Refused::new(Code::Failed, format!("cannot write in run {id}: {error}"));
    if let Some(limit) = retries {
        folder.set_attempts(&Attempts { limit: Some(limit), ..folder.attempts() }).map_err(unwritten)?;
    }
    if let Some(allowance) = allowance {
        folder.set_allowance(allowance.as_ref()).map_err(unwritten)?;
        supervisor.read_allowance(&id);
    }
    tracing::info!(run = %id, "its place was changed");
    Ok(supervisor.done(&id))
}

/// The runs that are meant, as those to be waited for.
pub(super) fn found(supervisor: &Supervisor, references: &[String]) -> Result<Vec<RunId>, Refused> {
    let named = |Refused(refusal): Refused| Refused::new(refusal.code, format!("after: {}", refusal.message));
    references.iter().map(|reference| supervisor.find(reference).map_err(named)).collect()
}

/// The group, if it may be called so.
pub(super) fn group_of(name: Option<String>) -> Result<Option<String>, Refused> {
    match name.as_deref().filter(|name| !is_group(name)) {
        Some(name) => {
            let expected = "1 to 100 of A-Z a-z 0-9 . _ -, beginning with a letter or digit";
            Err(Refused::new(Code::Usage, format!("group: found {name:?}, expected {expected}")))
        }
        None => Ok(name),
    }
}

/// A time limit in seconds; none where there is to be none.
pub(super) fn seconds(text: &str) -> Result<Option<f64>, Refused> {
    if text == "none" {
        return Ok(None);
    }
    let refused = |error| Refused::new(Code::Usage, format!("time limit: {error}, or none"));
    span::parse_positive(text).map(Some).map_err(refused)
}

/// The run's time with another limit; what was used stays used.
fn limited(supervisor: &Supervisor, id: &RunId, limit: Option<f64>) -> Result<Option<Allowance>, Refused> {
    let Some(limit) = limit else { return Ok(None) };
    let before = supervisor.folder(id).allowance();
    let allowance = Allowance { limit, ..before.unwrap_or(Allowance::of(limit)) };
    let (state, now) = (&supervisor.runs()[id].state, supervisor.now());
    if allowance.left(state, now) > 0.0 {
        return Ok(Some(allowance));
    }
    let worked = span::describe(allowance.used(state, now).round());
    let message = format!(
        "time limit: found {}, expected more than the {worked} for which run {id} has worked already",
        span::describe(limit)
    );
    Err(Refused::new(Code::Usage, message))
}

/// A place for a new run.
pub(super) fn new(
    supervisor: &Supervisor,
    priority: i32,
    after: &[String],
    group: Option<String>,
) -> Result<Place, Refused> {
    Ok(Place { priority, after: found(supervisor, after)?, group: group_of(group)?, order: None })
}
