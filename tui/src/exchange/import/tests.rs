//! Logs that other programs wrote, whole and in every way cut and damaged.

use std::fs;
use std::path::{Path, PathBuf};

use dissect_runs::home::Home;
use dissect_runs::imported::Written;
use dissect_runs::records::{Kind, Record};
use dissect_runs::series::Series;
use dissect_runs::spec::Spec;
use dissect_runs::state::State;

use super::*;

/// Logs that other programs wrote; README.md beside them says which.
fn logs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs")
}

fn wandb() -> Training {
    read(&Log::Wandb(logs().join("toy.wandb")))
}

fn event_files() -> Training {
    let found = find(&logs().join("tensorboard")).unwrap();
    assert_eq!(found.len(), 1);
    read(&found[0])
}

/// Steps and values of a column.
fn column(records: &[Record], name: &str) -> Vec<(u64, f64)> {
    let mut series = Series::new();
    records.iter().for_each(|record| series.push(record));
    series.column(Kind::Step, name).iter().map(|point| (point.step, point.value)).collect()
}

fn left(training: &Training) -> Vec<(&str, u64)> {
    training.left.iter().map(|(what, count)| (what.as_str(), *count)).collect()
}

#[test]
fn scalars_of_tensorboard_in_both_forms_become_records() {
    let training = event_files();
    assert_eq!(
        (training.name.as_str(), &training.problems, &training.unfinished),
        ("tensorboard", &vec![], &vec![])
    );
    // From step 3 on a session was started again.
    let train = [(1, 10.0), (2, 5.0), (3, 0.33333334), (4, 0.25)];
    assert_eq!(column(&training.records, "loss/train"), train);
    assert_eq!(column(&training.records, "loss/test"), [(1, 20.0), (2, 10.0), (3, 0.6666667), (4, 0.5)]);
    // A record has an epoch of its own; and what was written long after the rest of its step keeps its time.
    assert_eq!(column(&training.records, "epoch_"), [(1, 1.0)]);
    let times: Vec<f64> = training.records.iter().map(|record| record.time - 1_795_428_902.0).collect();
    assert_eq!(times, [1.0, 100.0, 2.0, 3.0, 4.0]);
    assert_eq!(training.span, Some((1_795_428_903.0, 1_795_429_002.0)));
    assert_eq!(left(&training), [("histograms", 2), ("images", 1), ("text", 1)]);
}

#[test]
fn an_offline_run_of_wandb_becomes_records() {
    let training = wandb();
    assert_eq!((training.name.as_str(), training.group.as_deref()), ("toy run", Some("toy group")));
    assert_eq!((&training.problems, &training.unfinished, &training.failed), (&vec![], &vec![], &None));
    let train = column(&training.records, "loss/train");
    assert_eq!(train[..5], [(0, 1.0), (1, 0.5), (2, 1.0 / 3.0), (3, 0.25), (4, 0.2)]);
    assert!(train[5].0 == 5 && train[5].1.is_nan() && train.len() == 6, "{train:?}");
    let test = column(&training.records, "loss/test");
    assert!(test[0].0 == 5 && test[0].1.is_nan() && test[1..] == [(20, 0.5)], "{test:?}");
    assert_eq!(column(&training.records, "nested.a"), [(5, 1.5)]);
    let config: Vec<_> = training.config.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let expected = [
        ("layers", "[8,8]"),
        ("lr", "0.1"),
        ("note", "a toy"),
        ("optimizer.momentum", "0.9"),
        ("optimizer.name", "sgd"),
    ];
    assert_eq!(config, expected);
    assert_eq!(left(&training), [("texts", 1), ("yes or no values", 1)]);
}

#[test]
fn the_same_source_is_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    let (run, written) = wandb().into_run().write(&home).unwrap();
    assert_eq!(written, Written::New);
    assert!(run.id().as_str().ends_with("-toy-run"), "{}", run.id());
    assert!(matches!(run.state().unwrap(), State::Finished { .. }));
    assert!(matches!(run.spec().unwrap(), Spec::Imported(spec) if spec.config["lr"] == "0.1"));
    assert_eq!(run.place().unwrap().group.as_deref(), Some("toy-group"));
    assert_eq!(wandb().into_run().write(&home).unwrap(), (run.clone(), Written::Unchanged));

    let mut grown = wandb();
    grown.name = "renamed since".to_owned();
    grown.records.push(Record::step(30).with("loss/train", 0.0));
    let (same, written) = grown.clone().into_run().write(&home).unwrap();
    assert_eq!((same.id(), written), (run.id(), Written::Updated));
    assert_eq!(run.last_record(Kind::Step).unwrap().step, 30);
    assert_eq!(home.list().unwrap().len(), 1);
    // What was there before is another one's.
    assert_eq!(event_files().into_run().write(&home).unwrap().1, Written::New);
    assert_eq!(home.list().unwrap().len(), 2);
}

#[test]
fn logs_are_found_in_folders_and_by_name() {
    let names =
        |path: &Path| -> Vec<String> { find(path).unwrap().iter().map(|log| read(log).name).collect() };
    assert_eq!(names(&logs()), ["toy run", "tensorboard"]);
    assert_eq!(names(&logs().join("toy.wandb")), ["toy run"]);
    let file = fs::read_dir(logs().join("tensorboard")).unwrap().next().unwrap().unwrap().path();
    assert_eq!(names(&file), ["tensorboard"]);

    let folder = tempfile::tempdir().unwrap();
    assert_eq!(find(folder.path()).unwrap(), []);
    let deeper = folder.path().join("a/train");
    fs::create_dir_all(&deeper).unwrap();
    fs::copy(&file, deeper.join("events.out.tfevents.1.x")).unwrap();
    fs::copy(logs().join("toy.wandb"), folder.path().join("renamed")).unwrap();
    assert_eq!(names(folder.path()), ["a-train"]);
    assert_eq!(names(&folder.path().join("renamed")), ["toy run"]);
}

/// Reads `bytes` under the name of this log, and gives what was read and what was said, which names file and byte.
fn read_as(path: &Path, bytes: &[u8]) -> (Training, Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().canonicalize().unwrap().join(path.file_name().unwrap());
    fs::write(&copy, bytes).unwrap();
    let training = read(&find(&copy).unwrap()[0]);
    let said: Vec<&String> = training.problems.iter().chain(&training.unfinished).collect();
    assert!(said.len() <= 1, "{said:?}");
    for text in &said {
        assert!(text.starts_with(copy.to_str().unwrap()) && text.contains("at byte "), "{text}");
    }
    let said = said.first().map(|text| text.to_string());
    (training, said)
}

/// Bytes from one cut or damage to the next; it has no factor in common with the lengths of records.
const STRIDE: usize = 5;

#[test]
fn what_is_whole_before_a_cut_or_damage_is_kept() {
    let tensorboard = fs::read_dir(logs().join("tensorboard")).unwrap().next().unwrap().unwrap().path();
    for (path, whole) in [(logs().join("toy.wandb"), wandb()), (tensorboard, event_files())] {
        let bytes = fs::read(&path).unwrap();
        let mut most = 0;
        for cut in (0..bytes.len()).rev().step_by(STRIDE) {
            let (training, _) = read_as(&path, &bytes[..cut]);
            assert!(training.problems.is_empty() || cut < 7, "cut at {cut}: {:?}", training.problems);
            most = most.max(training.records.len());
        }
        assert!(most >= whole.records.len() - 1);
        for at in (0..bytes.len()).step_by(STRIDE) {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x41;
            let (training, said) = read_as(&path, &damaged);
            assert!(said.is_some(), "byte {at} of {} may be anything", path.display());
            assert!(training.records.len() <= whole.records.len() + 1);
        }
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u8
    };
    for name in ["x.wandb", "x.tfevents"] {
        for length in 0..200 {
            let mut bytes: Vec<u8> = (0..length).map(|_| random()).collect();
            if name == "x.wandb" {
                bytes.splice(0..0, [0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0]);
            }
            read_as(Path::new(name), &bytes);
        }
    }
}
