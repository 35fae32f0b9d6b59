//! What the demo's runs left: numbers out of their folders, and the figure that sets both pairs side by side.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use dissect_onnx::figures::{Bar, Bars, Group, png};
use dissect_runs::folder::RunFolder;
use dissect_runs::home::Home;
use serde::{Deserialize, Serialize};

use super::verdict::{Dissected, Trained};
use crate::summary::Summary;

/// Pixels a unit of the figure.
const SCALE: f32 = 2.0;

/// The part of `report.json` that the demo tells.
#[derive(Debug, Deserialize)]
struct Report {
    pairs: Vec<Pair>,
}

#[derive(Debug, Deserialize)]
struct Pair {
    dist: f64,
    variance: f64,
    std: f64,
    before: f64,
    agreement: f64,
}

/// The files that show it.
#[derive(Debug, Serialize)]
pub(super) struct Pictures {
    pub(super) distances: PathBuf,
    pub(super) patterns_true: PathBuf,
    pub(super) patterns_random: PathBuf,
}

/// A classifier's last numbers.
pub(super) fn trained(run: &RunFolder) -> anyhow::Result<Trained> {
    let summary = Summary::of(run);
    let missing = |what| anyhow!("{} has no {what} in {}", run.id(), run.metrics_path().display());
    Ok(Trained {
        name: summary.name.clone(),
        epochs: summary.position,
        train_accuracy: summary.train_accuracy.ok_or_else(|| missing("training accuracy"))?,
        test_accuracy: summary.accuracy.ok_or_else(|| missing("test accuracy"))?,
        seconds: summary.ended.unwrap_or_default() - summary.started.unwrap_or_default(),
    })
}

/// The numbers of a dissection of two models.
pub(super) fn dissected(run: &RunFolder) -> anyhow::Result<Dissected> {
    let path = run.results().join("report.json");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let report: Report = serde_json::from_str(&text).with_context(|| format!("{}", path.display()))?;
    let pair = report.pairs.first().ok_or_else(|| anyhow!("{} has no pairs", path.display()))?;
    let Pair { dist, variance, std, before, agreement } = *pair;
    Ok(Dissected { dist, variance, std, before, agreement })
}

/// Draws figure 2 of the two pairs and names every picture.
pub(super) fn draw(
    home: &Home,
    (true_labels, learned): (&RunFolder, Dissected),
    (random_labels, memorised): (&RunFolder, Dissected),
) -> anyhow::Result<Pictures> {
    let group = |name: &str, pair: Dissected| Group {
        name: name.to_owned(),
        bars: vec![Bar {
            label: "VGG11(s1), VGG11(s2)".to_owned(),
            value: pair.dist,
            variance: pair.variance,
            interval: None,
        }],
    };
    let bars = Bars {
        groups: vec![group("true labels", learned), group("random labels", memorised)],
        note: "Distance in nats on patterns that excite the first model".to_owned(),
    };
    let svg = bars.to_svg();
    let folder = home.root().join("figures");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    write(&folder.join("distances.svg"), svg.as_bytes())?;
    let distances = folder.join("distances.png");
    write(&distances, &png(&svg, SCALE)?)?;
    let patterns = |run: &RunFolder| run.results().join("patterns.png");
    Ok(Pictures { distances, patterns_true: patterns(true_labels), patterns_random: patterns(random_labels) })
}

fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}
