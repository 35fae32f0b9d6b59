//! `dissect run start`.

use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

use anyhow::{Context as _, anyhow};
use dissect_runs::client::Client;
use dissect_runs::home::Home;
use dissect_runs::protocol::Wanted;
use dissect_runs::spec::{Spec, SpecError};

use super::{Touched, tell};
use crate::failure::{Failure, Outcome};

/// What `dissect run start` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = super::id_shape!())]
pub struct Args {
    /// The spec, a TOML file; - reads stdin
    #[arg(value_name = "SPEC.toml")]
    pub spec: String,

    /// Set a key over the spec's own value, such as training.epochs=5
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Set the run's name
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,

    /// Start it before queued runs of lower priority; may be negative
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    pub priority: i32,

    /// Start it only when this run has ended, in whatever way; may be given several times
    #[arg(long, value_name = "ID")]
    pub after: Vec<String>,

    /// Make it one of this group, that can be listed, stopped, resumed and removed as one
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,

    /// Try the run again up to N times where it is lost to a fault, from its last checkpoint
    /// [default: the daemon's retries.limit]
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,

    /// Stop the run when it has worked this long, such as 8h or 1h30m; waiting does not count
    #[arg(long, value_name = "TIME", value_parser = super::times::limit)]
    pub time_limit: Option<String>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Queues the run and prints its id.
pub fn run(args: Args) -> Outcome {
    let spec = read(&args)?;
    let place = Wanted {
        priority: args.priority,
        after: args.after,
        group: args.group,
        retries: args.retries,
        time_limit: args.time_limit,
    };
    let id = Client::connect(&Home::from_env()?)?.start_at(&spec.to_toml(), place)?;
    tell(&[Touched { id }], args.json)
}

/// The spec with its overrides, its paths absolute: those in a file are as seen from the file.
fn read(args: &Args) -> Result<Spec, Failure> {
    let current = std::env::current_dir().context("cannot tell the current folder")?;
    let (text, folder) = if args.spec == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).context("cannot read a spec from stdin")?;
        (text, current)
    } else {
        let path = Path::new(&args.spec);
        let text = fs::read_to_string(path).map_err(|error| {
            let missing = error.kind() == io::ErrorKind::NotFound;
            let error = anyhow!("cannot read the spec {}: {error}", path.display());
            if missing { Failure::NotFound(error) } else { Failure::Failed(error) }
        })?;
        (text, current.join(path.parent().unwrap_or(Path::new(""))))
    };
    let mut settings = args.set.clone();
    settings.extend(args.name.as_ref().map(|name| format!("name={}", toml::Value::from(name.as_str()))));
    let spec = if settings.is_empty() { Spec::parse(&text) } else { Spec::with_overrides(&text, &settings) };
    let spec = spec.map_err(|error| Failure::Usage(anyhow!("{}", problems(&args.spec, &error))))?;
    Ok(spec.anchored_at(&folder))
}

/// What is wrong with a spec: one problem in a line, several below each other.
pub(super) fn problems(spec: &str, error: &SpecError) -> String {
    match error.problems.as_slice() {
        [problem] => format!("{spec}: {problem}"),
        problems => {
            let lines: String = problems.iter().map(|problem| format!("\n  {problem}")).collect();
            format!("{spec}: {} problems{lines}", problems.len())
        }
    }
}
