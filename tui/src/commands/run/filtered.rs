//! `--filter` of `dissect run list`: the dashboard's language, asked of run folders.

use anyhow::anyhow;
use dissect_runs::clock;
use dissect_runs::folder::RunFolder;
use dissect_runs::records::{Kind as RecordKind, Record};
use dissect_runs::spec::Spec;

use crate::failure::{Failure, Outcome};
use crate::filter::{Datum, SpecKeys, Subject, parse, vocabulary};
use crate::summary::Summary;

/// Keeps the runs that a filter keeps. One that cannot be read is a usage error with a caret at the column.
pub(super) fn retain(summaries: &mut Vec<Summary>, text: &str) -> Outcome {
    let listed: Vec<Listed> = summaries.iter().map(Listed::of).collect();
    let records = || listed.iter().flat_map(|run| [run.epoch.as_ref(), run.step.as_ref()]).flatten();
    let vocabulary = vocabulary(
        listed.iter().filter_map(|run| run.spec.as_ref()),
        summaries.iter().filter_map(|summary| summary.group.as_deref()),
        records().flat_map(|record| record.values.keys().map(String::as_str)),
    );
    let filter = parse(text, &vocabulary).map_err(|problem| {
        let caret = format!("{}{}", " ".repeat(problem.at), "^".repeat(problem.length));
        Failure::Usage(anyhow!("--filter: {problem}\n  {text}\n  {caret}"))
    })?;
    let mut kept = summaries.iter().zip(&listed).map(|(summary, run)| filter.keeps(&(summary, run)));
    let kept: Vec<bool> = kept.by_ref().collect();
    let mut kept = kept.into_iter();
    summaries.retain(|_| kept.next().unwrap_or(false));
    Ok(())
}

/// What a summary does not say of a run.
struct Listed {
    spec: Option<Spec>,
    keys: SpecKeys,
    epoch: Option<Record>,
    step: Option<Record>,
}

impl Listed {
    fn of(summary: &Summary) -> Self {
        let folder = RunFolder::open(&summary.folder).ok();
        let spec = folder.as_ref().and_then(|folder| folder.spec().ok());
        let last = |kind| folder.as_ref().and_then(|folder| folder.last_record(kind));
        let keys = spec.as_ref().map(SpecKeys::of).unwrap_or_default();
        Self { spec, keys, epoch: last(RecordKind::Epoch), step: last(RecordKind::Step) }
    }
}

impl Subject for (&Summary, &Listed) {
    fn has_word(&self, test: &dyn Fn(&str) -> bool) -> bool {
        let (summary, run) = self;
        let known = [Some(summary.id.as_str()), Some(summary.status.as_str()), summary.group.as_deref()];
        let kind = summary.kind.map(|kind| kind.as_str());
        let of_spec = ["arch", "dataset"].into_iter().filter_map(|key| run.keys.get(key));
        known.into_iter().flatten().chain(kind).any(test)
            || of_spec.into_iter().any(|datum| matches!(datum, Datum::Text(text) if test(text)))
    }

    fn field(&self, name: &str) -> Option<Datum<'_>> {
        let (summary, run) = self;
        let text = |text: &str| Some(Datum::text(text.to_owned()));
        let number = |number: Option<f64>| number.map(Datum::Number);
        match name {
            "state" => text(summary.status.as_str()),
            "kind" => text(summary.kind?.as_str()),
            "name" => text(&summary.name),
            "id" => text(summary.id.as_str()),
            "group" => text(summary.group.as_deref()?),
            "finding" => {
                let rules = summary.findings.iter().map(|finding| finding.rule.as_str().into());
                Some(Datum::Texts(rules.collect()))
            }
            "data" => run.keys.get("dataset").cloned(),
            "done" => number(Some(summary.position as f64)),
            "progress" => number(Some(summary.progress)),
            "priority" => number(Some(f64::from(summary.priority))),
            "age" => number(Some(clock::now() - summary.created)),
            "took" => number(summary.started.map(|from| summary.ended.unwrap_or_else(clock::now) - from)),
            "left" => number(left(summary)),
            _ => {
                let of = |record: &Option<Record>| record.as_ref().and_then(|record| record.value(name));
                let metric = of(&run.epoch).or_else(|| of(&run.step)).map(Datum::Number);
                metric.or_else(|| run.keys.get(name).cloned())
            }
        }
    }
}

/// Seconds until it is done, if it goes on as it did.
fn left(summary: &Summary) -> Option<f64> {
    let works = summary.started.filter(|_| summary.ended.is_none() && summary.progress > 0.0)?;
    Some((clock::now() - works) * (1.0 - summary.progress) / summary.progress)
}
