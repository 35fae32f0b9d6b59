//! `dissect run list`.

use dissect_runs::clock;
use dissect_runs::home::Home;
use dissect_runs::spec::Kind;
use dissect_runs::state::Status;

use crate::failure::Outcome;
use crate::output::{self, Align, Table, duration, percent};
use crate::summary::Summary;

/// What `dissect run list` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = concat!("The list is a JSON array.\n", super::summary_shape!()))]
pub struct Args {
    /// Only runs that have not ended
    #[arg(long, short)]
    pub active: bool,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Prints the list.
pub fn run(args: Args) -> Outcome {
    let runs = Home::from_env()?.list()?;
    let mut summaries: Vec<Summary> = runs.iter().map(Summary::of).collect();
    if args.active {
        summaries.retain(|summary| !summary.status.is_ended());
    }
    if args.json {
        output::print_json(&summaries)?;
    } else if summaries.is_empty() {
        eprintln!("no runs; `dissect run start SPEC.toml` starts one");
    } else {
        output::print(&table(&summaries, clock::now()))?;
    }
    Ok(())
}

fn table(summaries: &[Summary], now: f64) -> String {
    let mut table = Table::new(&[
        ("id", Align::Left),
        ("kind", Align::Left),
        ("status", Align::Left),
        ("progress", Align::Right),
        ("accuracy", Align::Right),
        ("age", Align::Right),
    ]);
    for summary in summaries {
        table.row([
            summary.id.to_string(),
            summary.kind.map_or("?", Kind::as_str).to_owned(),
            status(summary),
            progress(summary),
            summary.accuracy.map_or_else(|| "-".to_owned(), percent),
            duration(now - summary.created),
        ]);
    }
    table.render()
}

/// How it stands, marked with the rules that have found something.
pub(super) fn status(summary: &Summary) -> String {
    match summary.findings.as_slice() {
        [] => summary.status.to_string(),
        findings => {
            let rules: Vec<_> = findings.iter().map(|finding| finding.rule.as_str()).collect();
            format!("{} ! {}", summary.status, rules.join(", "))
        }
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
            findings: Vec::new(),
            progress: 0.25,
            position: 5,
            length: 20,
            accuracy: Some(0.1034),
            train_accuracy: None,
            created: 1000.0,
            started: None,
            ended: None,
            folder: "runs".into(),
        };
        let queued = Summary { status: Status::Queued, position: 0, accuracy: None, ..summary.clone() };
        assert_eq!(
            table(&[summary.clone(), queued], 1192.0),
            "id                               kind   status   progress  accuracy    age\n\
             20261123-101502-vgg11-random-s1  train  running      5/20     10.3%  3m12s\n\
             20261123-101502-vgg11-random-s1  train  queued          -         -  3m12s\n"
        );
        let finding = |rule| Finding { rule, reason: "it is so".to_owned(), since: 1100.0 };
        let marked = Summary { findings: vec![finding(Rule::Stall), finding(Rule::Plateau)], ..summary };
        assert_eq!(status(&marked), "running ! stall, plateau");
    }
}
