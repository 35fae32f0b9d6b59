//! Files of runs cut at every byte, as a loss of power leaves them: the daemon starts and passes over, fails with the
//! reason, or works on, and no other run is any the worse for it.

use std::fs;
use std::path::Path;

use dissect_runs::folder::RunFolder;
use dissect_runs::home::RunId;
use dissect_runs::records::Kind;
use dissect_runs::series::Series;
use dissect_runs::state::{State, Status};
use dissect_runs::tail::Metrics;

use crate::scene::{Scene, wait_for};

/// A run's small files, all of which are cut at each of their bytes.
const FILES: [&str; 4] = ["state.json", "spec.toml", "metrics.jsonl", "events.jsonl"];

/// One run of which one file was cut.
struct Cut {
    run: RunFolder,
    file: &'static str,
    length: usize,
}

impl Cut {
    fn said(&self) -> String {
        format!("{} cut at {}: {:?}", self.file, self.length, self.run.state())
    }
}

/// A home whose daemon is gone, with a run that ended, a run whose worker works on, and copies of the first
/// in this state, for each byte of each file one.
fn home_of_cuts(state: Option<&State>) -> (Scene, RunId, Vec<Cut>) {
    let mut scene = Scene::with(&["--slots", "8"]);
    let works = scene.start("gate-works");
    scene.wait(&works, Status::Running);
    let whole = scene.start("quick");
    scene.wait(&whole, Status::Finished);
    scene.kill_daemon();

    let mut cuts = Vec::new();
    for (index, file) in FILES.into_iter().enumerate() {
        let mut length = 0;
        loop {
            let name = format!("20200101-{index:02}{length:04}-quick-cut");
            let path = scene.home.runs().join(name);
            fs::create_dir(&path).unwrap();
            for kept in FILES {
                fs::copy(scene.run(&whole).path().join(kept), path.join(kept)).unwrap();
            }
            if let Some(state) = state {
                fs::write(path.join("state.json"), serde_json::to_vec(state).unwrap()).unwrap();
            }
            let bytes = fs::read(path.join(file)).unwrap();
            if length == bytes.len() {
                fs::remove_dir_all(path).unwrap();
                break;
            }
            fs::write(path.join(file), &bytes[..length]).unwrap();
            cuts.push(Cut { run: RunFolder::open(path).unwrap(), file, length });
            length += 1;
        }
    }
    (scene, works, cuts)
}

/// The run beside the damaged ones is adopted and does what it would have done; the daemon has not panicked.
fn assert_others_go_on(scene: &Scene, works: &RunId) {
    assert_eq!(scene.wait(works, Status::Running).status(), Status::Running);
    scene.open(works, "go");
    scene.wait(works, Status::Finished);
    let after = scene.start("quick-after");
    scene.wait(&after, Status::Finished);
    assert!(!scene.log().contains("panicked"), "{}", scene.log());
}

fn content(folder: &Path) -> Vec<Option<Vec<u8>>> {
    FILES.iter().map(|file| fs::read(folder.join(file)).ok()).collect()
}

#[test]
fn an_ended_run_with_a_cut_file_is_listed_or_passed_over_with_the_reason_and_left_as_it_is() {
    let (mut scene, works, cuts) = home_of_cuts(None);
    let before: Vec<_> = cuts.iter().map(|cut| content(cut.run.path())).collect();
    scene.start_daemon();
    let listed = scene.client().list().unwrap();
    let log = scene.log();
    let mut passed_over = 0;
    for (cut, before) in cuts.iter().zip(before) {
        let standing = listed.iter().find(|standing| standing.id == *cut.run.id());
        match cut.run.state() {
            Ok(state) => assert_eq!(standing.and_then(|found| found.state.clone()), Some(state)),
            Err(error) => {
                assert_eq!(cut.file, "state.json", "{}", cut.said());
                assert!(standing.is_none(), "{}", cut.said());
                assert!(error.to_string().contains("state.json"), "{error}");
                let said = |line: &str| line.contains(cut.run.id().as_str()) && line.contains("passed over");
                assert!(log.lines().any(said), "{}", cut.said());
                passed_over += 1;
            }
        }
        assert_eq!(content(cut.run.path()), before, "{}", cut.said());
    }
    assert_others_go_on(&scene, &works);
    println!("{} cuts of ended runs, {passed_over} passed over with the reason", cuts.len());
}

#[test]
fn a_queued_run_with_a_cut_file_works_on_or_fails_with_the_reason() {
    let (mut scene, works, cuts) = home_of_cuts(Some(&State::Queued { since: 1.0 }));
    scene.start_daemon();
    let mut client = scene.client();
    wait_for("all that can be read have ended", || {
        let mut listed = client.list().unwrap().into_iter().filter(|standing| standing.id != works);
        listed.all(|standing| standing.state.is_some_and(|state| state.is_ended()))
    });
    let (mut went_on, mut failed, mut passed_over) = (0, 0, 0);
    for cut in &cuts {
        match cut.run.state() {
            Ok(State::Finished { .. }) => {
                // Of what it wrote before and what it wrote now, a reader sees the step once.
                let mut series = Series::new();
                for record in &Metrics::new(cut.run.metrics_path()).read_all().unwrap().items {
                    series.push(record);
                }
                assert_eq!(series.column(Kind::Epoch, "train_loss").len(), 1, "{}", cut.said());
                went_on += 1;
            }
            Ok(State::Failed { reason, .. }) => {
                assert_eq!(cut.file, "spec.toml", "{}", cut.said());
                assert!(reason.contains("spec.toml"), "{}", cut.said());
                failed += 1;
            }
            Err(_) => {
                assert_eq!(cut.file, "state.json", "{}", cut.said());
                passed_over += 1;
            }
            Ok(_) => panic!("{}", cut.said()),
        }
    }
    assert!(went_on > 0 && failed > 0 && passed_over > 0, "{went_on}, {failed}, {passed_over}");
    assert_others_go_on(&scene, &works);
    println!(
        "{} cuts of queued runs: {went_on} went on, {failed} failed with the reason, {passed_over} passed over",
        cuts.len()
    );
}
