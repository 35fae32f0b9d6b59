//! How far the demo's runs are, on stderr: a bar a run on a terminal, else a line at each change and now and then.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};
use std::time::{Duration, Instant};

use dissect_runs::spec::Kind;
use dissect_runs::state::Status;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::output::{duration, percent};
use crate::summary::Summary;

/// How often a run that goes on writes a line where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// The progress of the demo's runs.
#[derive(Debug)]
pub(super) enum Progress {
    Bars { all: MultiProgress, bars: BTreeMap<String, ProgressBar> },
    Lines { said: BTreeMap<String, (Status, Instant)> },
}

impl Progress {
    /// Bars if stderr is a terminal.
    pub(super) fn new() -> Self {
        if io::stderr().is_terminal() {
            Self::Bars { all: MultiProgress::new(), bars: BTreeMap::new() }
        } else {
            Self::Lines { said: BTreeMap::new() }
        }
    }

    /// Shows how the runs stand.
    pub(super) fn show(&mut self, summaries: &[Summary]) {
        match self {
            Self::Bars { all, bars } => {
                for summary in summaries {
                    let bar = bars.entry(summary.name.clone()).or_insert_with(|| new_bar(all, summary));
                    bar.set_position((summary.progress * 1000.0) as u64);
                    bar.set_message(describe(summary));
                }
            }
            Self::Lines { said } => {
                for summary in summaries.iter().filter(|summary| summary.status != Status::Queued) {
                    let due = match said.get(&summary.name) {
                        None => true,
                        Some((status, _)) if *status != summary.status => true,
                        Some((_, when)) => !summary.status.is_ended() && when.elapsed() >= LINE_EVERY,
                    };
                    if due {
                        eprintln!("{:<15} {}", summary.name, describe(summary));
                        said.insert(summary.name.clone(), (summary.status, Instant::now()));
                    }
                }
            }
        }
    }

    /// Takes the bars away; lines stay.
    pub(super) fn end(&mut self) {
        if let Self::Bars { all, bars } = self {
            for bar in bars.values() {
                bar.finish_and_clear();
            }
            let _ = all.clear();
        }
    }
}

fn new_bar(all: &MultiProgress, summary: &Summary) -> ProgressBar {
    // Among the others from the first: a bar by itself draws by itself.
    let bar = all.add(ProgressBar::new(1000));
    let style = ProgressStyle::with_template("{prefix:<15} {bar:30} {msg}").expect("the template holds");
    bar.set_style(style);
    bar.set_prefix(summary.name.clone());
    bar
}

/// A run in words: status, how far, and what is seen.
fn describe(summary: &Summary) -> String {
    let mut words = vec![summary.status.to_string()];
    if summary.position > 0 {
        let unit = if summary.kind == Some(Kind::Dissect) { "step" } else { "epoch" };
        words.push(format!("{unit} {}/{}", summary.position, summary.length));
    }
    for (name, value) in [("training", summary.train_accuracy), ("test", summary.accuracy)] {
        words.extend(value.map(|value| format!("{name} {}", percent(value))));
    }
    if let (Some(started), Some(ended)) = (summary.started, summary.ended) {
        words.push(duration(ended - started));
    }
    words.join(", ")
}
