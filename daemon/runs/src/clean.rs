//! Frees the disk of runs that ended long ago: which ones, what of them can go, and the taking away itself, which is
//! safe against a resume at the same moment. Knows nothing of questions and screens.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::durable;
use crate::folder::{FolderError, RunFolder};
use crate::home::{Home, HomeError, RunId, resolve};
use crate::place::Place;
use crate::protocol::Extent;
use crate::records::Happening;
use crate::spec::{ModelRef, Spec};
use crate::state::{State, Status};

/// Which runs are to be cleaned.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// Those that ended before this time, in seconds since 1970.
    pub ended_before: f64,
    /// Those that ended so; in any way where empty.
    pub statuses: Vec<Status>,
    /// Those of this group.
    pub group: Option<String>,
    /// How much of them goes.
    pub extent: Extent,
}

/// A run that is to be cleaned.
#[derive(Debug, Clone, PartialEq)]
pub struct Doomed {
    /// Which.
    pub id: RunId,
    /// How it ended.
    pub status: Status,
    /// When it ended, in seconds since 1970.
    pub ended: f64,
    /// How much is freed.
    pub bytes: u64,
}

/// A run that is left as it is although it is old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spared {
    /// Which.
    pub id: RunId,
    /// Why.
    pub why: String,
}

/// What there is to clean, oldest first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// What goes.
    pub doomed: Vec<Doomed>,
    /// What stays because others need it.
    pub spared: Vec<Spared>,
}

/// Looks what there is to clean; changes nothing. Runs that cannot be read are left out.
pub fn plan(home: &Home, filter: &Filter) -> Result<Plan, HomeError> {
    let ids = home.ids()?;
    let runs: Vec<(RunFolder, State, Place)> = ids
        .iter()
        .filter_map(|id| {
            let run = home.run(id);
            let state = run.state().ok()?;
            let place = run.place().unwrap_or_default();
            Some((run, state, place))
        })
        .collect();
    let needed = needed(&ids, &runs);
    let mut plan = Plan::default();
    for (run, state, place) in &runs {
        let Some(ended) = state.ended().filter(|ended| *ended < filter.ended_before) else { continue };
        let status = state.status();
        let asked = filter.statuses.is_empty() || filter.statuses.contains(&status);
        if !asked || filter.group.is_some() && filter.group != place.group {
            continue;
        }
        let bytes = match filter.extent {
            Extent::All => size(run.path()),
            Extent::Parts => parts(run).iter().map(|part| size(part)).sum(),
        };
        if filter.extent == Extent::Parts && bytes == 0 {
            continue;
        }
        let of_group = || place.group.as_ref().and_then(|group| needed.groups.get(group));
        let why = needed.runs.get(run.id()).cloned().or_else(|| {
            let (group, other) = (place.group.as_ref()?, of_group()?);
            Some(format!("run {other} of its group {group} has not ended"))
        });
        let id = run.id().clone();
        match why {
            Some(why) => plan.spared.push(Spared { id, why }),
            None => plan.doomed.push(Doomed { id, status, ended, bytes }),
        }
    }
    Ok(plan)
}

/// What runs that have not ended need.
struct Needed {
    /// These runs, and why.
    runs: BTreeMap<RunId, String>,
    /// The groups they are of, each with one of them.
    groups: BTreeMap<String, RunId>,
}

fn needed(ids: &[RunId], runs: &[(RunFolder, State, Place)]) -> Needed {
    let mut needed = Needed { runs: BTreeMap::new(), groups: BTreeMap::new() };
    for (run, _, place) in runs.iter().filter(|(_, state, _)| !state.is_ended()) {
        let other = run.id();
        if let Ok(Spec::Dissect(spec)) = run.spec() {
            for reference in spec.references() {
                if let ModelRef::Run { run, .. } = reference
                    && let Ok(id) = resolve(run, ids.iter())
                {
                    needed.runs.insert(id.clone(), format!("run {other} needs its models"));
                }
            }
        }
        for after in &place.after {
            needed.runs.entry(after.clone()).or_insert_with(|| format!("run {other} waits for it"));
        }
        if let Some(group) = &place.group {
            needed.groups.insert(group.clone(), other.clone());
        }
    }
    needed
}

impl RunFolder {
    /// Takes away what an ended run can be without, or all of it, by renaming: the paths of what is then to be deleted,
    /// none of which has a run's name. The run must have ended at `ended`: one that was resumed since is left as it is.
    ///
    /// # Errors
    /// [`FolderError::NotEnded`] where it is another end, or none.
    pub fn take_away(&self, ended: f64, extent: Extent) -> Result<Vec<PathBuf>, FolderError> {
        // A resume needs this lock as well: it comes before, and the run is queued; or after, and finds the run as it is
        // then.
        let _lock = self.lock()?;
        let state = self.state()?;
        // Times go through JSON, which may cost the last digit.
        if state.ended().is_none_or(|found| (found - ended).abs() > 1e-3) {
            return Err(FolderError::NotEnded { id: self.id().clone(), status: state.status() });
        }
        let runs = self.path().parent().unwrap_or(self.path());
        let stamp = (crate::clock::now() * 1e6) as u64;
        let parts = match extent {
            Extent::All => vec![self.path().to_owned()],
            Extent::Parts => parts(self),
        };
        let bytes = parts.iter().map(|part| size(part)).sum();
        let mut aside = Vec::new();
        for (nth, part) in parts.iter().enumerate() {
            // No folder is made for them: a full disk has no room for one.
            let to = runs.join(format!(".removed-{}.{stamp}.{nth}", self.id()));
            let moved = fs::rename(part, &to);
            moved.map_err(|source| FolderError::Io { action: "remove", path: part.clone(), source })?;
            aside.push(to);
        }
        if extent == Extent::Parts && !aside.is_empty() {
            // A full disk may refuse it; the room is freed all the same.
            let _ = self.append_event(&Happening::Cleaned { bytes }.now());
        }
        let synced = durable::sync_folder(runs);
        synced.map_err(|source| FolderError::Io { action: "sync", path: runs.to_owned(), source })?;
        Ok(aside)
    }
}

/// What an ended run can be without: its checkpoints, its log, every model but the last one, every sheet of samples but
/// the last one.
fn parts(run: &RunFolder) -> Vec<PathBuf> {
    let mut parts: Vec<PathBuf> = [run.checkpoints(), run.log_path()].into();
    parts.retain(|part| size(part) > 0);
    let is_model = |name: &str| name.starts_with("epoch-") || name == "final.onnx";
    parts.extend(all_but_last(&run.snapshots(), is_model));
    parts.extend(all_but_last(&run.results(), |name| name.starts_with("samples-")));
    parts
}

/// The files of a folder that are called so, but the last of them by name: numbers are padded, and `final` comes last.
fn all_but_last(folder: &Path, is: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let name = |entry: io::Result<fs::DirEntry>| entry.ok()?.file_name().into_string().ok();
    let mut names: Vec<_> = fs::read_dir(folder).into_iter().flatten().filter_map(name).collect();
    names.retain(|name| is(name));
    // `epoch-10000` is longer than `epoch-9999`.
    names.sort_by_key(|name| (name.starts_with("final"), name.len(), name.clone()));
    names.pop();
    names.into_iter().map(|name| folder.join(name)).collect()
}

/// How many bytes a file, or all files in a folder, hold; links are not followed.
fn size(path: &Path) -> u64 {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => {
            fs::read_dir(path).into_iter().flatten().flatten().map(|entry| size(&entry.path())).sum()
        }
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run that stopped at `ended`, with a little of everything.
    fn ended(home: &Home, name: &str, group: Option<&str>, ended: f64) -> RunFolder {
        let spec = Spec::parse(&format!("kind = 'train'\nname = '{name}'")).unwrap();
        let place = Place { group: group.map(str::to_owned), ..Place::default() };
        let run = home.create_run_at(&spec, &place).unwrap();
        for (folder, name) in [
            (run.checkpoints(), "a.safetensors"),
            (run.snapshots(), "epoch-0010.onnx"),
            (run.snapshots(), "epoch-9999.onnx"),
            (run.snapshots(), "epoch-10000.onnx"),
            (run.results(), "samples-epoch-0001.png"),
            (run.results(), "samples-epoch-0002.png"),
            (run.results(), "report.json"),
        ] {
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join(name), "12345").unwrap();
        }
        for path in [run.log_path(), run.metrics_path(), run.events_path()] {
            fs::write(path, "").unwrap();
        }
        fs::write(run.log_path(), "1").unwrap();
        run.transition(|_| Ok::<_, FolderError>(State::Stopped { started: None, ended, reason: None }))
            .unwrap();
        run
    }

    fn files(run: &RunFolder) -> Vec<String> {
        fn walk(folder: &Path, root: &Path, into: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                match entry.path().is_dir() {
                    true => walk(&entry.path(), root, into),
                    false => into.push(entry.path().strip_prefix(root).unwrap().display().to_string()),
                }
            }
        }
        let mut files = Vec::new();
        walk(run.path(), run.path(), &mut files);
        files.sort_unstable();
        files
    }

    fn filter(extent: Extent) -> Filter {
        Filter { ended_before: 1000.0, statuses: Vec::new(), group: None, extent }
    }

    #[test]
    fn the_last_of_everything_stays() {
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(root.path());
        let run = ended(&home, "a", None, 500.0);
        let found = plan(&home, &filter(Extent::Parts)).unwrap();
        let expected = Doomed { id: run.id().clone(), status: Status::Stopped, ended: 500.0, bytes: 21 };
        assert_eq!(found, Plan { doomed: vec![expected], spared: Vec::new() });
        let aside = run.take_away(500.0, Extent::Parts).unwrap();
        assert_eq!(aside.len(), 5);
        assert!(aside.iter().all(|path| path.exists()));
        let stay = [
            ".lock",
            "events.jsonl",
            "metrics.jsonl",
            "results/report.json",
            "results/samples-epoch-0002.png",
            "snapshots/epoch-10000.onnx",
            "spec.toml",
            "state.json",
        ];
        assert_eq!(files(&run), stay);
        assert!(fs::read_to_string(run.events_path()).unwrap().contains(r#""kind":"cleaned","bytes":21"#));
        assert_eq!(plan(&home, &filter(Extent::Parts)).unwrap(), Plan::default(), "there is nothing more");
        assert_eq!(plan(&home, &filter(Extent::All)).unwrap().doomed.len(), 1);
        let aside = run.take_away(500.0, Extent::All).unwrap();
        assert!(!run.path().exists() && aside[0].join("spec.toml").exists());
        assert_eq!(home.ids().unwrap(), []);
    }

    #[test]
    fn what_was_resumed_since_is_left_as_it_is() {
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(root.path());
        let run = ended(&home, "a", None, 500.0);
        let before = files(&run);
        let refused = |expected: &str| {
            for extent in [Extent::Parts, Extent::All] {
                let error = run.take_away(500.0, extent).unwrap_err().to_string();
                assert!(error.contains(expected), "{error}");
            }
            assert_eq!(files(&run), before);
        };
        run.transition(|_| Ok::<_, FolderError>(State::Queued { since: 600.0 })).unwrap();
        refused("is queued now");
        let stopped = State::Stopped { started: None, ended: 700.0, reason: None };
        run.transition(|_| Ok::<_, FolderError>(stopped)).unwrap();
        refused("is stopped now");
    }

    #[test]
    fn only_what_is_asked_for_goes_and_nothing_that_others_need() {
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(root.path());
        let model = ended(&home, "model", None, 500.0);
        let before = ended(&home, "before", None, 500.0);
        let live = ended(&home, "live", Some("live"), 500.0);
        let over = ended(&home, "over", Some("over"), 500.0);
        let alone = ended(&home, "alone", None, 500.0);
        ended(&home, "young", None, 1500.0);
        let spec = "kind = 'dissect'\nname = 'd'\nmodels = ['run:model', '/b.onnx']\ngenerator = '/g.onnx'";
        let place =
            Place { group: Some("live".into()), after: vec![before.id().clone()], ..Place::default() };
        home.create_run_at(&Spec::parse(spec).unwrap(), &place).unwrap();
        let doomed = |filter: &Filter| -> Vec<RunId> {
            plan(&home, filter).unwrap().doomed.into_iter().map(|doomed| doomed.id).collect()
        };
        let mut expected = vec![over.id().clone(), alone.id().clone()];
        expected.sort();
        assert_eq!(doomed(&filter(Extent::All)), expected);
        let spared = plan(&home, &filter(Extent::All)).unwrap().spared;
        let why = |run: &RunFolder| {
            let found = spared.iter().find(|spared| spared.id == *run.id());
            found.unwrap_or_else(|| panic!("{} is not spared", run.id())).why.clone()
        };
        assert!(why(&model).ends_with("-d needs its models"), "{}", why(&model));
        assert!(why(&before).ends_with("-d waits for it"), "{}", why(&before));
        assert!(why(&live).ends_with("-d of its group live has not ended"), "{}", why(&live));
        let only = Filter { group: Some("over".into()), ..filter(Extent::All) };
        assert_eq!(doomed(&only), [over.id().clone()]);
        let only = Filter { statuses: vec![Status::Failed, Status::Lost], ..filter(Extent::All) };
        assert_eq!(doomed(&only), []);
    }

    #[test]
    fn of_a_resume_and_a_cleaning_at_once_one_finds_what_the_other_left() {
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(root.path());
        for turn in 0..40 {
            let run = ended(&home, "a", None, 500.0);
            let before = files(&run);
            let extent = if turn % 2 == 0 { Extent::All } else { Extent::Parts };
            let (resumed, cleaned) = std::thread::scope(|scope| {
                let queue = || run.transition(|_| Ok::<_, FolderError>(State::Queued { since: 600.0 }));
                let resumed = scope.spawn(queue);
                let cleaned = scope.spawn(|| run.take_away(500.0, extent));
                (resumed.join().unwrap(), cleaned.join().unwrap())
            });
            match (resumed.is_ok(), cleaned.is_ok(), extent) {
                (true, false, _) => assert_eq!(files(&run), before),
                (true, true, Extent::Parts) => assert!(run.spec().is_ok() && !run.checkpoints().exists()),
                (false, true, Extent::All) => assert!(!run.path().exists()),
                other => panic!("{other:?}: {resumed:?}, {cleaned:?}"),
            }
        }
    }
}
