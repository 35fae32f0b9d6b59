//! What a dissection leaves in a folder: the report, the figures and the arrays.

use std::io::{BufWriter, Write};
use std::path::Path;

use super::compare::{End, Outcome};
use super::generator::Images;
use super::report::{Pair, Report};
use super::{DissectError, Latents};
use crate::figures::{Bar, Bars, DistanceTable, Group, Row, Sheet, png};
use crate::npy;

/// Columns of `patterns.png`; more starts than these are in `patterns.npy` only.
const COLUMNS: usize = 20;

impl Outcome {
    /// Writes `report.json`, `distances.svg`, `distances.png`, `patterns.png` and, all float32,
    /// - `starts.npy` (z) and `latents.npy` (z*), both `[classes, starts, latent]`,
    /// - `before.npy` (G(z)), `[1, starts, channels, height, width]` where all classes share their starts, else
    ///   `[classes, ...]`, and `patterns.npy` (x*), `[classes, ...]`,
    /// - `answers.npy`, the logits `[2, models, classes, starts, outputs]` of all models, in the report's order, on
    ///   G(z) (0) and on x* (1), unless they are more than 256 MiB.
    ///
    /// Further turns of `all_pairs` leave `latents-2.npy` and so on, numbered as the models, and all of them together
    /// `matrix.svg` and `matrix.png`. Each file is whole before its name appears, and the report comes last.
    ///
    /// # Errors
    /// [`DissectError::Write`] names the file.
    pub fn write(&self, folder: &Path) -> Result<(), DissectError> {
        std::fs::create_dir_all(folder).map_err(|source| failure(folder, source))?;
        save(&folder.join("starts.npy"), &latents_npy(&self.starts)?)?;
        save(&folder.join("before.npy"), &self.before_npy()?)?;
        for (index, end) in self.ends.iter().enumerate() {
            let suffix = if index == 0 { String::new() } else { format!("-{}", index + 1) };
            save(&folder.join(format!("latents{suffix}.npy")), &latents_npy(&end.latents)?)?;
            let patterns = patterns_npy(&end.patterns, self.starts.classes)?;
            save(&folder.join(format!("patterns{suffix}.npy")), &patterns)?;
            if let Some(answers) = &end.answers {
                save(&folder.join(format!("answers{suffix}.npy")), &npy(&answers.shape(), &answers.values)?)?;
            }
            let sheet = self.sheet(end)?;
            save(&folder.join(format!("patterns{suffix}.png")), &sheet)?;
        }
        save_figure(folder, ["distances.svg", "distances.png"], &distances_svg(&[("", &self.report)]))?;
        if let Some(svg) = matrix_svg(&self.report) {
            save_figure(folder, ["matrix.svg", "matrix.png"], &svg)?;
        }
        let report = serde_json::to_vec_pretty(&self.report).expect("a report has a JSON form");
        save(&folder.join("report.json"), &report)
    }

    /// G(z): once where the classes share their starts.
    fn before_npy(&self) -> Result<Vec<u8>, DissectError> {
        if !self.starts.shared() {
            return patterns_npy(&self.before, self.starts.classes);
        }
        let size = self.before.values.len() / self.starts.classes;
        let once = Images { shape: self.before.shape, values: self.before.values[..size].to_vec() };
        patterns_npy(&once, 1)
    }

    /// Figure 3: G(z) above, then a row for each class; a column is a start. Where the classes have starts of their
    /// own, each class has its G(z) above it.
    fn sheet(&self, end: &End) -> Result<Vec<u8>, DissectError> {
        let starts = self.starts.starts;
        let [_, height, width] = end.patterns.shape;
        // A sheet is in colour.
        let [before, patterns] =
            [&self.before, &end.patterns].map(|images| images.in_shape([3, height, width]));
        let row = |label: &str, images, class: usize| {
            let images: &Images = images;
            let images = (0..starts.min(COLUMNS)).map(|start| images.get(class * starts + start)).collect();
            Row { label: label.to_owned(), images }
        };
        let shared = self.starts.shared();
        let mut rows = Vec::new();
        for (class, name) in self.report.classes.iter().enumerate() {
            if !shared || class == 0 {
                rows.push(row("G(z)", &before, class));
            }
            rows.push(row(name, &patterns, class));
        }
        let sheet = Sheet { height, width, rows, scale: 2 };
        sheet.to_png().map_err(|source| DissectError::Figure { name: "patterns.png", source })
    }
}

/// Figure 2: the distances of one or several dissections side by side, a colour for each, named for the legend
/// (an empty name stands for f1's).
pub fn distances_svg(reports: &[(&str, &Report)]) -> String {
    let mut groups: Vec<Group> = Vec::new();
    for (name, report) in reports {
        let own = |f1: &str| if name.is_empty() { format!("f1 = {f1}") } else { (*name).to_owned() };
        for pair in &report.pairs {
            let name = own(&pair.f1);
            if groups.last().is_none_or(|group| group.name != name) {
                groups.push(Group { name, bars: Vec::new() });
            }
            let bar = Bar {
                label: pair.f2.clone(),
                value: pair.dist,
                variance: pair.variance,
                interval: interval(pair),
            };
            groups.last_mut().expect("just added").bars.push(bar);
        }
    }
    let note = reports.first().map_or_else(String::new, |(_, report)| note(report));
    Bars { groups, note }.to_svg()
}

/// The distances of all pairs as a table, where every model took its turn as f1.
pub fn matrix_svg(report: &Report) -> Option<String> {
    let matrix = report.matrix.as_ref()?;
    let note = format!("Dist(f1, f2) in nats on patterns made for f1, {}", settings_told(report));
    Some(DistanceTable { names: matrix.models.clone(), values: matrix.dist.clone(), note }.to_svg())
}

fn save_figure(
    folder: &Path,
    [svg_name, png_name]: [&'static str; 2],
    svg: &str,
) -> Result<(), DissectError> {
    let picture = png(svg, 2.0).map_err(|source| DissectError::Figure { name: png_name, source })?;
    save(&folder.join(svg_name), svg.as_bytes())?;
    save(&folder.join(png_name), &picture)
}

fn settings_told(report: &Report) -> String {
    let settings = &report.settings;
    format!(
        "after {} steps of {} on the {} ({}), {} starts a class",
        settings.steps, settings.learning_rate, settings.objective, settings.optimizer, settings.seeds
    )
}

fn note(report: &Report) -> String {
    let intervals = report.pairs.iter().any(|pair| interval(pair).is_some());
    let strokes = if intervals { ", strokes across them: 95 % bootstrap interval of the mean" } else { "" };
    let told = settings_told(report);
    format!("Dist(f1, f2) in nats {told}; lines: variance over the starts{strokes}")
}

fn interval(pair: &Pair) -> Option<[f64; 2]> {
    pair.on_patterns.as_ref()?.interval
}

fn latents_npy(latents: &Latents) -> Result<Vec<u8>, DissectError> {
    npy(&[latents.classes, latents.starts, latents.latent], &latents.values)
}

fn patterns_npy(images: &Images, classes: usize) -> Result<Vec<u8>, DissectError> {
    let [channels, height, width] = images.shape;
    npy(&[classes, images.count() / classes, channels, height, width], &images.values)
}

fn npy(shape: &[usize], values: &[f32]) -> Result<Vec<u8>, DissectError> {
    npy::written(shape, values).map_err(|source| failure(Path::new("an array"), source))
}

fn save(path: &Path, bytes: &[u8]) -> Result<(), DissectError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let write = || {
        let mut file = tempfile::Builder::new().prefix(".writing-").tempfile_in(folder)?;
        let mut writer = BufWriter::new(file.as_file_mut());
        writer.write_all(bytes)?;
        writer.flush()?;
        drop(writer);
        file.as_file().sync_all()?;
        set_readable(file.path())?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write().map_err(|source| failure(path, source))
}

/// Temporary files are their owner's alone; results are as readable as any file made here.
fn set_readable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o644))
}

fn failure(path: &Path, source: std::io::Error) -> DissectError {
    DissectError::Write { path: path.display().to_string(), source }
}
