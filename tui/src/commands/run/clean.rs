//! `dissect run clean`: shows what would go and how much that is, asks, and has it deleted: by the daemon where one
//! answers, as it owns the states; else here.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::{Context as _, anyhow};
use dissect_runs::clean::{Doomed, Filter, Plan, Spared, plan};
use dissect_runs::client::{Client, ClientError};
use dissect_runs::folder::FolderError;
use dissect_runs::home::{Home, RunId};
use dissect_runs::protocol::{Code, Extent, Refusal};
use dissect_runs::state::Status;
use dissect_runs::{clock, durable};
use serde::Serialize;

use super::times;
use crate::failure::{Failure, Outcome};
use crate::output::{self, Align, Table, bytes, duration};

/// What `dissect run clean` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without --all a run stays in the list and keeps its spec, state, measurements, events, results and its last model. Its \
checkpoints, its log, older models and older sheets of samples go: a stopped run begins anew when it is resumed. With --all \
nothing of it stays.

Runs that others need are left as they are: those whose models a dissection waits for, those that a run was queued after, \
and those of a group of which a run has not ended.

JSON: {dry_run, all, bytes (in all), runs (each {id, status, ended, bytes}), spared (each {id, why})}.")]
pub struct Args {
    /// Runs that ended longer ago than this, such as 30d, 2w or 12h
    #[arg(long, value_name = "TIME", value_parser = times::age)]
    pub older_than: f64,

    /// Delete all of them, not only what they can be without
    #[arg(long)]
    pub all: bool,

    /// Only runs that ended so: finished, stopped, failed or lost; several with commas between them
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = ended_status)]
    pub state: Vec<Status>,

    /// Only runs of this group
    #[arg(long, short, value_name = "NAME")]
    pub group: Option<String>,

    /// Say what would go, and delete nothing
    #[arg(long)]
    pub dry_run: bool,

    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What was, or would be, deleted.
#[derive(Debug, Serialize)]
struct Report {
    dry_run: bool,
    all: bool,
    bytes: u64,
    runs: Vec<Line>,
    spared: Vec<Left>,
}

#[derive(Debug, Serialize)]
struct Line {
    id: RunId,
    status: Status,
    ended: f64,
    bytes: u64,
}

#[derive(Debug, Serialize)]
struct Left {
    id: RunId,
    why: String,
}

/// Cleans, and prints what was freed.
pub fn run(args: Args) -> Outcome {
    let home = Home::from_env()?;
    let extent = if args.all { Extent::All } else { Extent::Parts };
    let now = clock::now();
    let (statuses, group) = (args.state.clone(), args.group.clone());
    let Plan { doomed, mut spared } =
        plan(&home, &Filter { ended_before: now - args.older_than, statuses, group, extent })?;
    if !args.json {
        for Spared { id, why } in &spared {
            eprintln!("left as it is: {id}: {why}");
        }
        if doomed.is_empty() {
            eprintln!("there is nothing to clean");
            return Ok(());
        }
        output::print(&table(&doomed, now))?;
    }
    let mut cleaned = doomed;
    if !args.dry_run && !cleaned.is_empty() {
        if !args.yes && !agreed(&cleaned, extent)? {
            eprintln!("nothing was deleted");
            return Ok(());
        }
        let changed = clean(&home, &mut cleaned, extent)?;
        if !args.json {
            for Spared { id, why } in &changed {
                eprintln!("left as it is: {id}: {why}");
            }
            output::print(&format!("freed {} of {}\n", bytes(sum(&cleaned)), runs(cleaned.len())))?;
        }
        spared.extend(changed);
    }
    if args.json {
        let bytes = sum(&cleaned);
        let line = |Doomed { id, status, ended, bytes }| Line { id, status, ended, bytes };
        let left = |Spared { id, why }| Left { id, why };
        output::print_json(&Report {
            dry_run: args.dry_run,
            all: args.all,
            bytes,
            runs: cleaned.into_iter().map(line).collect(),
            spared: spared.into_iter().map(left).collect(),
        })?;
    }
    Ok(())
}

/// Deletes, and keeps in `doomed` what was deleted; what cannot be any more is given back. What was done before a failure
/// is done.
fn clean(home: &Home, doomed: &mut Vec<Doomed>, extent: Extent) -> Result<Vec<Spared>, Failure> {
    let mut client = match Client::connect(home) {
        Ok(client) => Some(client),
        Err(error) if error.is_unreachable() => None,
        Err(error) => return Err(error.into()),
    };
    let (mut done, mut spared) = (Vec::new(), Vec::new());
    for run in doomed.drain(..) {
        let refused = match &mut client {
            Some(client) => match client.clean(&run.id, run.ended, extent) {
                Ok(_) => None,
                Err(ClientError::Refused(Refusal { code: Code::Conflict | Code::NotFound, message })) => {
                    Some(message)
                }
                Err(error) => return Err(error.into()),
            },
            None => alone(home, &run, extent)?,
        };
        match refused {
            None => done.push(run),
            Some(why) => spared.push(Spared { id: run.id, why }),
        }
    }
    *doomed = done;
    Ok(spared)
}

/// The same without a daemon; why not, where it is not done.
fn alone(home: &Home, run: &Doomed, extent: Extent) -> Result<Option<String>, Failure> {
    let aside = match home.run(&run.id).take_away(run.ended, extent) {
        Ok(aside) => aside,
        Err(error @ FolderError::NotEnded { .. }) => return Ok(Some(error.to_string())),
        Err(_) if !home.run(&run.id).path().exists() => return Ok(Some("it is gone already".to_owned())),
        Err(error) => return Err(error.into()),
    };
    for path in aside {
        let delete = |path: &Path| durable::delete(path);
        delete(&path).with_context(|| format!("cannot delete {}", path.display()))?;
    }
    Ok(None)
}

/// Whether somebody at the terminal says yes.
fn agreed(doomed: &[Doomed], extent: Extent) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        let message = "stdin is no terminal to ask at: --yes deletes without asking, --dry-run only looks";
        return Err(Failure::Usage(anyhow!(message)));
    }
    let what = match extent {
        Extent::Parts => "all but the last models and measurements",
        Extent::All => "everything",
    };
    eprint!("delete {what} of {}, {}? [y/N] ", runs(doomed.len()), bytes(sum(doomed)));
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).context("cannot read the answer")?;
    Ok(["y", "yes"].contains(&answer.trim().to_lowercase().as_str()))
}

fn table(doomed: &[Doomed], now: f64) -> String {
    let mut table = Table::new(&[
        ("id", Align::Left),
        ("status", Align::Left),
        ("ended", Align::Right),
        ("size", Align::Right),
    ]);
    for run in doomed {
        let ago = format!("{} ago", duration(now - run.ended));
        table.row([run.id.to_string(), run.status.to_string(), ago, bytes(run.bytes)]);
    }
    table.row([runs(doomed.len()), String::new(), String::new(), bytes(sum(doomed))]);
    table.render()
}

fn sum(doomed: &[Doomed]) -> u64 {
    doomed.iter().map(|run| run.bytes).sum()
}

fn runs(count: usize) -> String {
    if count == 1 { "1 run".to_owned() } else { format!("{count} runs") }
}

/// A state in which runs end.
fn ended_status(text: &str) -> Result<Status, String> {
    let mut ended = Status::ALL.into_iter().filter(|status| status.is_ended());
    ended
        .find(|status| status.as_str() == text)
        .ok_or_else(|| format!("found {text:?}, expected finished, stopped, failed or lost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sum_stands_below() {
        let doomed = |id: &str, bytes| Doomed {
            id: RunId::parse(id).unwrap(),
            status: Status::Lost,
            ended: 1000.0,
            bytes,
        };
        let doomed = [doomed("20261123-101502-a", 1 << 20), doomed("20261123-101502-vgg11", 1 << 30)];
        let expected = "\
id                     status       ended     size
20261123-101502-a      lost    11d13h ago  1.0 MiB
20261123-101502-vgg11  lost    11d13h ago  1.0 GiB
2 runs                                     1.0 GiB
";
        assert_eq!(table(&doomed, 1_001_000.0), expected);
    }

    #[test]
    fn only_ends_can_be_asked_for() {
        assert_eq!(ended_status("lost"), Ok(Status::Lost));
        for text in ["running", "Lost", ""] {
            assert!(ended_status(text).unwrap_err().contains(&format!("found {text:?}")));
        }
    }
}
