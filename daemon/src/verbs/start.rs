//! `start`: a spec becomes a queued run. Nothing that cannot work comes into the queue.

use std::path::Path;

use dissect_runs::allowance::Allowance;
use dissect_runs::attempts::Attempts;
use dissect_runs::protocol::{Code, Done, Wanted};
use dissect_runs::spec::Spec;

use super::place;
use crate::hooks::{Notice, Topic};
use crate::supervisor::{Refused, Supervisor, check_path, fix_references};

pub(crate) fn start(supervisor: &mut Supervisor, spec: &str, wanted: Wanted) -> Result<Done, Refused> {
    let spec = sound(supervisor, spec)?;
    let Wanted { priority, after, group, retries, time_limit } = wanted;
    let place = place::new(supervisor, priority, &after, group)?;
    let limit = time_limit.as_deref().map(place::seconds).transpose()?.flatten();
    let run = supervisor.home().create_run_with(&spec, &place, limit.map(Allowance::of).as_ref())?;
    tracing::info!(run = %run.id(), "queued");
    if retries.is_some()
        && let Err(error) = run.set_attempts(&Attempts { limit: retries, ..Attempts::default() })
    {
        tracing::warn!(run = %run.id(), "it is tried again by the configuration: {error}");
    }
    let state = run.state()?;
    supervisor.notify(Notice::new(Topic::Queued, run.id(), &state));
    supervisor.learn(run.id(), state);
    supervisor.read_needs(run.id());
    Ok(supervisor.done(run.id()))
}

/// The spec in `text`, where a run of it can work here, with every reference made to mean one run for good.
pub(super) fn sound(supervisor: &Supervisor, text: &str) -> Result<Spec, Refused> {
    let mut spec = Spec::parse(text).map_err(|error| Refused::new(Code::Usage, error.to_string()))?;
    match &mut spec {
        Spec::Train(spec) => check_data(&spec.data.path)?,
        Spec::Gan(spec) => check_data(&spec.data.path)?,
        Spec::Dissect(spec) => fix_references(supervisor, spec)?,
        Spec::Imported(_) => {
            let found = "kind: found \"imported\", expected train, gan or dissect";
            return Err(Refused::new(
                Code::Usage,
                format!("{found}; `dissect run import` brings foreign runs"),
            ));
        }
    }
    Ok(spec)
}

fn check_data(path: &str) -> Result<(), Refused> {
    if path.is_empty() { Ok(()) } else { check_path("data.path", Path::new(path)) }
}
