//! Which charts there are for the runs in view. It knows no terminal.

use std::collections::BTreeSet;

use dissect_runs::records::Kind;

use crate::dashboard::format;
use crate::dashboard::state::Run;
use crate::dashboard::state::line::XAxis;

/// A chart: what its curves show.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// Whether y is a share of one.
    pub share: bool,
    /// The metrics, the first drawn solid and the others dotted.
    metrics: Vec<(Kind, String)>,
    /// What the metrics are called in a legend; none where the title says it.
    labels: Vec<&'static str>,
}

impl Chart {
    /// The names of its metrics.
    pub fn metrics(&self) -> impl Iterator<Item = &str> {
        self.metrics.iter().map(|(_, name)| name.as_str())
    }

    /// Its metrics with the kind of their records.
    pub fn columns(&self) -> impl Iterator<Item = (Kind, &str)> {
        self.metrics.iter().map(|(kind, name)| (*kind, name.as_str()))
    }

    /// Which line is what, where there are several: `── train ╌╌ test`.
    pub fn legend(&self) -> String {
        let mut strokes = ["──", "╌╌"].into_iter();
        let lines = self.labels.iter().map(|label| format!("{} {label}", strokes.next().unwrap_or("╌╌")));
        lines.collect::<Vec<_>>().join(" ")
    }

    /// A value as a word.
    pub fn word(&self, value: f64) -> String {
        if self.share { format::percent(value) } else { format::number(value) }
    }

    /// The last value of each of its metrics, with the metric's name.
    pub fn last_values<'c>(&'c self, run: &'c Run) -> impl Iterator<Item = (&'c str, String)> {
        let last = |(kind, name): &'c (Kind, String)| {
            let point = run.history.points(*kind, name)?.last()?;
            Some((name.as_str(), self.word(point.value)))
        };
        self.metrics.iter().filter_map(last)
    }
}

/// A chart that is known by name: title, whether a share, and its metrics, each with its word for the legend.
type Known = (&'static str, bool, Kind, &'static [(&'static str, &'static str)]);

const KNOWN: [Known; 11] = [
    ("Loss", false, Kind::Epoch, &[("train_loss", "train"), ("test_loss", "test")]),
    ("Accuracy", true, Kind::Epoch, &[("train_accuracy", "train"), ("test_accuracy", "test")]),
    ("Gradient magnitude", false, Kind::Epoch, &[("gradient_magnitude", "")]),
    ("Loss by step", false, Kind::Step, &[("loss", "")]),
    ("By label", true, Kind::Epoch, &[("clean_accuracy", "kept"), ("noisy_accuracy", "replaced")]),
    ("Recovered true labels", true, Kind::Epoch, &[("recovered_accuracy", "")]),
    ("GAN loss", false, Kind::Epoch, &[("d_loss", "D"), ("g_loss", "G")]),
    ("D's verdict", true, Kind::Epoch, &[("d_real", "real"), ("d_fake", "fake")]),
    ("GAN loss by step", false, Kind::Step, &[("d_loss", "D"), ("g_loss", "G")]),
    ("Activation of f1", false, Kind::Step, &[("activation", "")]),
    ("Images a second", false, Kind::Step, &[("images_per_second", "")]),
];

/// The charts for which any of these runs has something to show: the known ones first, then every other metric.
pub fn charts(runs: &[&Run]) -> Vec<Chart> {
    let names = |kind| -> BTreeSet<&str> { runs.iter().flat_map(|run| run.history.metrics(kind)).collect() };
    let (by_epoch, by_step) = (names(Kind::Epoch), names(Kind::Step));
    let has = |kind: Kind, name: &str| match kind {
        Kind::Epoch => by_epoch.contains(name),
        Kind::Step => by_step.contains(name),
    };
    let chart = |title: &str, share: bool, metrics: Vec<(Kind, String)>| Chart {
        title: title.to_owned(),
        share,
        metrics,
        labels: Vec::new(),
    };
    let mut charts = Vec::new();
    for (title, share, kind, metrics) in KNOWN {
        let there: Vec<_> = metrics.iter().filter(|(name, _)| has(kind, name)).collect();
        if !there.is_empty() {
            let named = there.iter().map(|(name, _)| (kind, (*name).to_owned())).collect();
            let labels = there.iter().map(|(_, label)| *label).filter(|label| !label.is_empty()).collect();
            charts.push(Chart { labels, ..chart(title, share, named) });
        }
    }
    let distances: Vec<_> = by_step
        .iter()
        .filter(|name| name.starts_with("dist."))
        .map(|name| (Kind::Step, (*name).to_owned()))
        .collect();
    if !distances.is_empty() {
        charts.push(chart("Distance", false, distances));
    }
    let charted = |kind: Kind, name: &str| {
        name.starts_with("dist.")
            || KNOWN
                .iter()
                .any(|(_, _, k, metrics)| *k == kind && metrics.iter().any(|(metric, _)| *metric == name))
    };
    for name in by_epoch.iter().filter(|name| !charted(Kind::Epoch, name)) {
        // Known by step already: the epochs' means add nothing.
        if !by_step.contains(name) {
            charts.push(chart(
                &name.replace('_', " "),
                name.ends_with("accuracy"),
                vec![(Kind::Epoch, (*name).to_owned())],
            ));
        }
    }
    for name in by_step.iter().filter(|name| !charted(Kind::Step, name)) {
        charts.push(chart(
            &name.replace('_', " "),
            name.ends_with("accuracy"),
            vec![(Kind::Step, (*name).to_owned())],
        ));
    }
    charts
}

/// What stands below the x axis of a chart: steps where none of its curves has epochs.
pub fn x_name(chart: &Chart, runs: &[&Run], axis: XAxis) -> &'static str {
    let epoch = |run: &&Run| {
        chart.metrics.iter().find_map(|(kind, metric)| run.history.points(*kind, metric)?.first()?.epoch)
    };
    match axis {
        XAxis::Epoch if runs.iter().find_map(epoch).is_none() => XAxis::Step.name(),
        axis => axis.name(),
    }
}
