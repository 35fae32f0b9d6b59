//! `dissect run edit`.

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, anyhow};
use dissect_runs::client::Client;
use dissect_runs::home::Home;
use dissect_runs::protocol::Change;
use dissect_runs::spec::Spec;

use super::start::problems;
use super::{Touched, tell, times};
use crate::failure::{Failure, Outcome};

/// What `dissect run edit` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = concat!("Without options the spec is opened in $VISUAL, else $EDITOR. What cannot be taken is refused, \
as at the start of a run, and the run keeps its spec; the name and the kind cannot be changed. The time limit and the retries \
can be changed of a run that works as well.\n\n", super::id_shape!()))]
pub struct Args {
    /// A queued run: its id, its name (the newest of it), or a unique beginning of either
    pub id: String,

    /// Set a key over the spec's own value, such as training.epochs=5, and open no editor
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,

    /// Start it before queued runs of lower priority; may be negative
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub priority: Option<i32>,

    /// Start it only when this run has ended, in place of those said before; may be given several times; none takes all
    /// away
    #[arg(long, value_name = "ID")]
    pub after: Vec<String>,

    /// Make it one of this group; none takes it out of its group
    #[arg(long, value_name = "NAME")]
    pub group: Option<String>,

    /// Try it again up to N times where it is lost to a fault
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,

    /// Stop it when it has worked this long, what it has worked already included, such as 8h or 1h30m; or none
    #[arg(long, value_name = "TIME", value_parser = times::limit_or_none)]
    pub time_limit: Option<String>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Edits the run and prints its id.
pub fn run(args: Args) -> Outcome {
    let home = Home::from_env()?;
    let mut client = Client::connect(&home)?;
    let run = home.find(&args.id)?;
    let path = run.spec_path();
    let before =
        fs::read_to_string(&path).with_context(|| format!("cannot read the spec {}", path.display()))?;
    let change = args.change();
    if !change.is_default() && args.set.is_empty() {
        let id = client.place(run.id().as_str(), change)?;
        return tell(&[Touched { id }], args.json);
    }
    // The run that was meant is edited, whatever has been queued under its name meanwhile.
    let mut send = |text: &str, settings: &[String], named: &str| -> Outcome {
        let spec = if settings.is_empty() { Spec::parse(text) } else { Spec::with_overrides(text, settings) };
        let spec = spec.map_err(|error| Failure::Usage(anyhow!("{}", problems(named, &error))))?;
        let folder = env::current_dir().context("cannot tell the current folder")?;
        let id = client.edit(run.id().as_str(), &spec.anchored_at(&folder).to_toml())?;
        if !change.is_default() {
            client.place(id.as_str(), change.clone()).map_err(|error| {
                Failure::Failed(anyhow!("the spec was edited, and the rest was not: {error}"))
            })?;
        }
        tell(&[Touched { id }], args.json)
    };
    if !args.set.is_empty() {
        return send(&before, &args.set, &args.id);
    }
    let mut draft = tempfile::Builder::new()
        .prefix("dissect-")
        .suffix(".toml")
        .tempfile()
        .context("cannot make a file to edit")?;
    draft.write_all(before.as_bytes()).context("cannot write the file to edit")?;
    open_editor(draft.path())?;
    let after = fs::read_to_string(draft.path()).context("cannot read the edited spec")?;
    if after == before {
        eprintln!("nothing was changed");
        return Ok(());
    }
    let sent = send(&after, &[], &args.id);
    if sent.is_err()
        && let Ok((_, path)) = draft.keep()
    {
        eprintln!("the run keeps its spec; what was edited is kept in {}", path.display());
    }
    sent
}

impl Args {
    /// What is to be different about its place.
    fn change(&self) -> Change {
        let none = |name: &String| name == "none";
        let after = if self.after.iter().all(none) { Vec::new() } else { self.after.clone() };
        Change {
            priority: self.priority,
            after: (!self.after.is_empty()).then_some(after),
            group: self.group.clone().map(|group| if none(&group) { String::new() } else { group }),
            retries: self.retries,
            time_limit: self.time_limit.clone(),
        }
    }
}

fn open_editor(path: &Path) -> Outcome {
    let named = |name| env::var_os(name).filter(|value| !value.is_empty());
    let Some(editor) = named("VISUAL").or_else(|| named("EDITOR")) else {
        return Err(Failure::Usage(anyhow!("no editor: set $EDITOR, or set keys with --set KEY=VALUE")));
    };
    // An editor may be a command with arguments, as `code --wait`.
    let mut command = Command::new("sh");
    command.args(["-c", "exec $DISSECT_EDITOR \"$1\"", "sh"]).arg(path).env("DISSECT_EDITOR", &editor);
    let status = command.status().context("cannot start the editor")?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::Failed(anyhow!(
            "the editor {}: {status}; nothing was changed",
            editor.to_string_lossy()
        )))
    }
}
