//! Which charts there are for the runs in view, and their curves as numbers. It knows no terminal.

use std::collections::BTreeSet;

use dissect_runs::records::Kind;

use super::history::XAxis;
use super::run::Run;
use crate::dashboard::format;

/// How the curves are shown.
#[derive(Debug, Clone, Default)]
pub struct View {
    /// What x is.
    pub axis: XAxis,
    /// Whether y is logarithmic.
    pub logarithmic: bool,
    /// Weight of what came before in the moving average; 0 for none.
    pub smoothing: f64,
    /// The chart with the keys.
    pub at: usize,
    /// Whether that chart fills the screen.
    pub full: bool,
}

/// The steps of [`View::smoothing`].
const SMOOTHINGS: [f64; 4] = [0.0, 0.6, 0.9, 0.97];

impl View {
    /// More smoothing, then none.
    pub fn smooth(&mut self) {
        let now = SMOOTHINGS.iter().position(|weight| *weight == self.smoothing).unwrap_or(0);
        self.smoothing = SMOOTHINGS[(now + 1) % SMOOTHINGS.len()];
    }
}

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

/// One curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The run, by its place among those in view.
    pub run: usize,
    /// The metric.
    pub metric: String,
    /// Whether it is drawn dotted.
    pub dotted: bool,
    /// Whether it is the raw curve behind a smoothed one.
    pub behind: bool,
    /// x and y.
    pub points: Vec<(f64, f64)>,
}

impl Chart {
    /// The names of its metrics.
    pub fn metrics(&self) -> impl Iterator<Item = &str> {
        self.metrics.iter().map(|(_, name)| name.as_str())
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
    let points = |run: &&Run| {
        chart.metrics.iter().find_map(|(kind, metric)| run.history.points(*kind, metric)?.first()?.epoch)
    };
    match axis {
        XAxis::Epoch if runs.iter().find_map(points).is_none() => XAxis::Step.name(),
        axis => axis.name(),
    }
}

/// The curves of a chart, in the order they are drawn.
pub fn curves(chart: &Chart, runs: &[&Run], view: &View) -> Vec<Curve> {
    let mut behind = Vec::new();
    let mut front = Vec::new();
    for (place, run) in runs.iter().enumerate() {
        for (nth, (kind, metric)) in chart.metrics.iter().enumerate() {
            let points = run.history.curve(*kind, metric, view.axis);
            if points.is_empty() {
                continue;
            }
            let curve = |points, behind| Curve {
                run: place,
                metric: metric.clone(),
                dotted: nth > 0,
                behind,
                points,
            };
            if view.smoothing > 0.0 {
                let smoothed = smooth(&points, view.smoothing);
                behind.push(curve(thinned(points), true));
                front.push(curve(thinned(smoothed), false));
            } else {
                front.push(curve(thinned(points), false));
            }
        }
    }
    // Dotted curves last: a solid one would hide them.
    front.sort_by_key(|curve| curve.dotted);
    behind.append(&mut front);
    behind
}

/// Stretches that a long curve is thinned to: more than any terminal has columns of dots.
const STRETCHES: usize = 2_000;

/// A curve that looks the same in a terminal and is never much longer than it is wide: of every stretch its lowest
/// and highest points and its ends stay, in their order. A stretch with a gap stays whole.
fn thinned(points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    if points.len() <= 4 * STRETCHES {
        return points;
    }
    let mut kept = Vec::with_capacity(4 * STRETCHES);
    for stretch in points.chunks(points.len().div_ceil(STRETCHES)) {
        if stretch.iter().any(|(_, y)| !y.is_finite()) {
            kept.extend_from_slice(stretch);
            continue;
        }
        let (mut low, mut high) = (0, 0);
        for (at, (_, y)) in stretch.iter().enumerate() {
            if *y < stretch[low].1 {
                low = at;
            }
            if *y > stretch[high].1 {
                high = at;
            }
        }
        let mut stay = [0, low.min(high), low.max(high), stretch.len() - 1].to_vec();
        stay.dedup();
        kept.extend(stay.into_iter().map(|at| stretch[at]));
    }
    kept
}

/// An exponential moving average without the bias towards its start: a mean of what came before, weighted by age.
/// A gap stays a gap.
fn smooth(points: &[(f64, f64)], weight: f64) -> Vec<(f64, f64)> {
    let (mut sum, mut mass) = (0.0, 0.0);
    let average = |(x, y): &(f64, f64)| {
        if !y.is_finite() {
            return (*x, f64::NAN);
        }
        sum = sum * weight + y * (1.0 - weight);
        mass = mass * weight + (1.0 - weight);
        (*x, sum / mass)
    };
    points.iter().map(average).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_curve_keeps_its_spikes_ends_and_gaps() {
        let mut points: Vec<(f64, f64)> = (0..100_000).map(|i| (f64::from(i), f64::from(i % 3))).collect();
        points[54_321].1 = 9.0;
        points[70_001].1 = -9.0;
        points[80_000].1 = f64::NAN;
        let kept = thinned(points.clone());
        assert!(kept.len() <= 5 * STRETCHES, "{}", kept.len());
        for there in [points[0], points[54_321], points[70_001], points[99_999]] {
            assert!(kept.contains(&there), "{there:?}");
        }
        assert!(kept.iter().any(|(x, y)| *x == 80_000.0 && y.is_nan()));
        assert!(kept.is_sorted_by_key(|point| point.0));
        assert_eq!(thinned(points[..100].to_vec()).len(), 100);
    }

    #[test]
    fn smoothing_starts_unbiased_and_keeps_gaps() {
        let smoothed = smooth(&[(0.0, 4.0), (1.0, 4.0), (2.0, f64::NAN), (3.0, 4.0)], 0.97);
        assert!(smoothed[2].1.is_nan());
        assert!([0, 1, 3].iter().all(|i| (smoothed[*i].1 - 4.0).abs() < 1e-12), "{smoothed:?}");
        let falling = smooth(&[(0.0, 1.0), (1.0, 0.0)], 0.5);
        assert!((falling[1].1 - 1.0 / 3.0).abs() < 1e-12);
    }
}
