//! `start`: a spec becomes a queued run. Nothing that cannot work comes into the queue.

use std::path::Path;

use dissect_runs::protocol::{Code, Done};
use dissect_runs::spec::Spec;

use crate::hooks::{Notice, Topic};
use crate::supervisor::{Refused, Supervisor, check_path, fix_references};

pub(crate) fn start(supervisor: &mut Supervisor, spec: &str) -> Result<Done, Refused> {
    let mut spec = Spec::parse(spec).map_err(|error| Refused::new(Code::Usage, error.to_string()))?;
    match &mut spec {
        Spec::Train(spec) => check_data(&spec.data.path)?,
        Spec::Gan(spec) => check_data(&spec.data.path)?,
        Spec::Dissect(spec) => fix_references(supervisor, spec)?,
    }
    let run = supervisor.home().create_run(&spec)?;
    tracing::info!(run = %run.id(), "queued");
    let state = run.state()?;
    supervisor.notify(Notice::new(Topic::Queued, run.id(), &state));
    supervisor.learn(run.id(), state);
    supervisor.read_needs(run.id());
    Ok(supervisor.done(run.id()))
}

fn check_data(path: &str) -> Result<(), Refused> {
    if path.is_empty() { Ok(()) } else { check_path("data.path", Path::new(path)) }
}
