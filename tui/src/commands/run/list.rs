//! `dissect run list`.

use dissect_runs::clock;
use dissect_runs::folder::RunFolder;
use dissect_runs::home::Home;
use dissect_runs::place::by_turn;
use dissect_runs::spec::Kind;
use dissect_runs::state::{State, Status};

use super::filtered;
use crate::failure::Outcome;
use crate::output::{self, Align, Table, duration, percent};
use crate::summary::Summary;

/// What `dissect run list` takes.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = concat!("The list is a JSON array.\n", super::summary_shape!()))]
pub struct Args {
    /// Only runs that have not ended
    #[arg(long, short)]
    pub active: bool,

    /// Only queued runs, in the order in which they start
    #[arg(long, short)]
    pub queue: bool,

    /// Only runs of this group
    #[arg(long, short, value_name = "NAME")]
    pub group: Option<String>,

    /// Only runs that this keeps, such as 'state:running noise>0.5 arch:vgg* -kind:gan'
    #[arg(long, short, value_name = "FILTER", allow_hyphen_values = true)]
    pub filter: Option<String>,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Prints the list.
pub fn run(args: Args) -> Outcome {
    let home = Home::from_env()?;
    let mut runs = home.list()?;
    if args.queue {
        runs = in_turn(runs);
    }
    let mut summaries: Vec<Summary> = runs.iter().map(Summary::of).collect();
    if args.active {
        summaries.retain(|summary| !summary.status.is_ended());
    }
    if args.group.is_some() {
        summaries.retain(|summary| summary.group == args.group);
    }
    if let Some(filter) = &args.filter {
        filtered::retain(&mut summaries, filter)?;
    }
    if home.paused().is_some() {
        eprintln!("the queue is paused; `dissect run unpause` lets it go on");
    }
    if args.json {
        output::print_json(&summaries)?;
    } else if summaries.is_empty() {
        let asked = args.active || args.queue || args.group.is_some() || args.filter.is_some();
        eprintln!("no {}runs; `dissect run start SPEC.toml` starts one", if asked { "such " } else { "" });
    } else {
        output::print(&table(&summaries, clock::now()))?;
    }
    Ok(())
}

/// The queued ones, the next to start first.
fn in_turn(runs: Vec<RunFolder>) -> Vec<RunFolder> {
    let queued = |run: RunFolder| match run.state() {
        Ok(State::Queued { since }) => Some((run.place().unwrap_or_default(), since, run)),
        _ => None,
    };
    let mut queue: Vec<_> = runs.into_iter().filter_map(queued).collect();
    queue.sort_by(|a, b| by_turn((&a.0, a.1, a.2.id()), (&b.0, b.1, b.2.id())));
    queue.into_iter().map(|(_, _, run)| run).collect()
}

/// Priorities and groups have columns where there are any.
fn table(summaries: &[Summary], now: f64) -> String {
    let has_priority = summaries.iter().any(|summary| summary.priority != 0);
    let has_group = summaries.iter().any(|summary| summary.group.is_some());
    let mut head =
        vec![("id", Align::Left), ("kind", Align::Left), ("status", Align::Left), ("progress", Align::Right)];
    head.extend([("accuracy", Align::Right), ("age", Align::Right)]);
    head.extend(has_priority.then_some(("priority", Align::Right)));
    head.extend(has_group.then_some(("group", Align::Left)));
    let mut table = Table::new(&head);
    for summary in summaries {
        let mut line = vec![
            summary.id.to_string(),
            summary.kind.map_or("?", Kind::as_str).to_owned(),
            status(summary),
            progress(summary),
            summary.accuracy.map_or_else(|| "-".to_owned(), percent),
            duration(now - summary.created),
        ];
        line.extend(has_priority.then(|| summary.priority.to_string()));
        line.extend(has_group.then(|| summary.group.clone().unwrap_or_else(|| "-".to_owned())));
        table.line(line);
    }
    table.render()
}

/// How it stands, marked with the rules that have found something.
pub(super) fn status(summary: &Summary) -> String {
    match summary.findings.as_slice() {
        _ if summary.retry.is_some() => {
            format!("{}, {}", summary.status, summary.retry.as_deref().unwrap_or_default())
        }
        [] => {
            summary.status.to_string() + &aside(summary).map(|words| format!(", {words}")).unwrap_or_default()
        }
        findings => {
            let rules: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
            format!("{} ! {}", summary.status, rules.join(", "))
        }
    }
}

/// Why it was stopped where nobody asked for it, or how long it may still work.
fn aside(summary: &Summary) -> Option<String> {
    match summary.status {
        Status::Stopping | Status::Stopped => summary.reason.clone(),
        Status::Running => summary.time_left.map(|left| format!("{} left", duration(left))),
        _ => None,
    }
}

/// Epochs or steps done of those asked for.
pub(super) fn progress(summary: &Summary) -> String {
    match summary.status {
        Status::Queued if summary.position == 0 => "-".to_owned(),
        _ => format!("{}/{}", summary.position, summary.length),
    }
}

#[cfg(test)]
mod tests {
    use dissect_runs::finding::{Finding, Rule};
    use dissect_runs::home::RunId;

    use super::*;

    #[test]
    fn a_line_for_each_run() {
        let summary = Summary {
            id: RunId::parse("20261123-101502-vgg11-random-s1").unwrap(),
            name: "vgg11-random-s1".into(),
            kind: Some(Kind::Train),
            status: Status::Running,
            reason: None,
            retry: None,
            findings: Vec::new(),
            progress: 0.25,
            position: 5,
            length: 20,
            accuracy: Some(0.1034),
            train_accuracy: None,
            created: 1000.0,
            started: None,
            ended: None,
            time_limit: None,
            time_used: None,
            time_left: None,
            priority: 0,
            group: None,
            after: Vec::new(),
            folder: "runs".into(),
        };
        let queued = Summary { status: Status::Queued, position: 0, accuracy: None, ..summary.clone() };
        assert_eq!(
            table(&[summary.clone(), queued.clone()], 1192.0),
            "id                               kind   status   progress  accuracy    age\n\
             20261123-101502-vgg11-random-s1  train  running      5/20     10.3%  3m12s\n\
             20261123-101502-vgg11-random-s1  train  queued          -         -  3m12s\n"
        );
        let finding = |rule| Finding { rule, reason: "it is so".to_owned(), since: 1100.0 };
        let marked =
            Summary { findings: vec![finding(Rule::Stall), finding(Rule::Plateau)], ..summary.clone() };
        assert_eq!(status(&marked), "running ! stall, plateau");
        let limited = Summary { time_left: Some(5400.0), ..summary.clone() };
        assert_eq!(status(&limited), "running, 1h30m left");
        let reached = Summary {
            status: Status::Stopped,
            reason: Some("time limit of 8h reached".into()),
            time_left: Some(0.0),
            ..summary.clone()
        };
        assert_eq!(status(&reached), "stopped, time limit of 8h reached");
        let queued = Summary { priority: -3, group: Some("study".into()), ..queued };
        assert_eq!(
            table(&[summary, queued], 1192.0),
            "id                               kind   status   progress  accuracy    age  priority  group\n\
             20261123-101502-vgg11-random-s1  train  running      5/20     10.3%  3m12s         0  -\n\
             20261123-101502-vgg11-random-s1  train  queued          -         -  3m12s        -3  study\n"
        );
    }
}
