//! Lists the ONNX files of a home: snapshots of its runs, and files that people put into its inbox.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::time::{SystemTime, UNIX_EPOCH};

use dissect_onnx::model::{Dim, Model as OnnxModel, ValueInfo};
use dissect_runs::folder::RunFolder;
use dissect_runs::home::Home;
use dissect_runs::spec::{Kind, Spec};

use super::spawn::{Events, spawn};
use crate::dashboard::state::{Event, Model, Origin, Role};

/// What was found in a file of the inbox, as long as it is the same file.
pub(super) type Known = HashMap<PathBuf, (SystemTime, u64, Role, String)>;

/// Lists the models whenever somebody says that there may be others.
pub(super) fn list_on_demand(home: Home, pokes: Receiver<()>, events: &Events) {
    spawn("model", events, move |events| {
        let mut known = Known::new();
        let mut told = None;
        while pokes.recv().is_ok() {
            // One look answers all who asked before it.
            while pokes.try_recv().is_ok() {}
            let models = list(&home, &mut known);
            if told.as_ref() != Some(&models) {
                told = Some(models.clone());
                if events.send(Event::Models(models)).is_err() {
                    return;
                }
            }
        }
    });
}

pub(super) fn list(home: &Home, known: &mut Known) -> Vec<Model> {
    let runs = home.list().unwrap_or_default();
    let mut models: Vec<Model> = runs.iter().rev().flat_map(snapshots).collect();
    let inbox = onnx_files(&home.inbox());
    known.retain(|path, _| inbox.iter().any(|(there, _)| there == path));
    models.extend(inbox.into_iter().map(|(path, metadata)| {
        let (role, about) = look(&path, &metadata, known);
        model(path.display().to_string(), path, &metadata, None, role, about)
    }));
    models
}

fn snapshots(run: &RunFolder) -> Vec<Model> {
    let (role, about) = match run.spec() {
        Ok(Spec::Train(spec)) => {
            let width =
                if spec.model.width == 1.0 { String::new() } else { format!(" ×{}", spec.model.width) };
            (
                Role::Classifier,
                format!("{}{width}, {}, noise {}", spec.model.arch, spec.data.dataset, spec.data.noise),
            )
        }
        Ok(Spec::Gan(spec)) => {
            (Role::Generator, format!("{}, latent {}", spec.data.dataset, spec.gan.latent))
        }
        Ok(spec) if matches!(spec.kind(), Kind::Dissect | Kind::Imported) => return Vec::new(),
        _ => (Role::Unknown, "its run's spec cannot be read".to_owned()),
    };
    let mut files = onnx_files(&run.snapshots());
    // The final model first, then the newest snapshot.
    files.reverse();
    files.sort_by_key(|(path, _)| path.file_stem().is_none_or(|stem| stem != "final"));
    let id = run.id().as_str();
    let mut models = Vec::new();
    for (path, metadata) in files {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let epoch = stem.strip_prefix("epoch-").and_then(|digits| digits.parse::<u64>().ok());
        // What is neither a snapshot nor final has no reference by run.
        let reference = match (stem.as_str(), epoch) {
            ("final", _) => format!("run:{id}"),
            (_, Some(epoch)) => format!("run:{id}@{epoch}"),
            _ => path.display().to_string(),
        };
        let origin = Some(Origin { run: id.to_owned(), epoch });
        models.push(model(reference, path, &metadata, origin, role, about.clone()));
    }
    models
}

fn model(
    reference: String,
    path: PathBuf,
    metadata: &fs::Metadata,
    origin: Option<Origin>,
    role: Role,
    about: String,
) -> Model {
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified = modified.map_or(0.0, |since| since.as_secs_f64());
    Model { reference, path, origin, role, about, bytes: metadata.len(), modified }
}

fn onnx_files(folder: &Path) -> Vec<(PathBuf, fs::Metadata)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(metadata) = fs::metadata(&path) else { continue };
            if metadata.is_file() && path.extension().is_some_and(|ending| ending == "onnx") {
                files.push((path, metadata));
            } else if metadata.is_dir()
                && folders.len() < 64
                && !entry.file_type().is_ok_and(|kind| kind.is_symlink())
            {
                folders.push(path);
            }
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files
}

/// What somebody's file can be, by its inputs and outputs.
fn look(path: &Path, metadata: &fs::Metadata, known: &mut Known) -> (Role, String) {
    let (modified, size) = (metadata.modified().unwrap_or(UNIX_EPOCH), metadata.len());
    let same = known.get(path).filter(|(at, bytes, ..)| (*at, *bytes) == (modified, size));
    if let Some((.., role, about)) = same {
        return (*role, about.clone());
    }
    let (role, about) = read(path).unwrap_or_else(|message| (Role::Unknown, message));
    known.insert(path.to_owned(), (modified, size, role, about.clone()));
    (role, about)
}

fn read(path: &Path) -> Result<(Role, String), String> {
    let model = OnnxModel::load(path).map_err(|error| error.to_string())?;
    let inputs = model.inputs().map_err(|error| error.to_string())?;
    let outputs = model.outputs().map_err(|error| error.to_string())?;
    let rank = |values: &[ValueInfo]| values.first().and_then(|value| value.dims.as_ref().map(Vec::len));
    let role = match (rank(&inputs), rank(&outputs)) {
        (Some(4), Some(2)) => Role::Classifier,
        (Some(2), Some(4)) => Role::Generator,
        _ => Role::Unknown,
    };
    let shape = |values: &[ValueInfo]| match values.first().and_then(|value| value.dims.as_ref()) {
        Some(dims) => {
            let dims: Vec<String> = dims
                .iter()
                .map(|dim| match dim {
                    Dim::Fixed(size) => size.to_string(),
                    _ => "n".to_owned(),
                })
                .collect();
            dims.join("×")
        }
        None => "?".to_owned(),
    };
    Ok((role, format!("{} → {}, {} nodes", shape(&inputs), shape(&outputs), model.graph().node.len())))
}
