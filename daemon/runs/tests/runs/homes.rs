//! Homes: what runs are called, and how people refer to them.

use std::fs;
use std::path::Path;

use dissect_runs::folder::FolderError;
use dissect_runs::home::{Home, HomeError, RunId, resolve};
use dissect_runs::spec::ModelRef;
use dissect_runs::state::State;

use crate::folders::spec;

#[test]
fn ids_are_a_stamp_and_a_name() {
    for (text, name) in [
        ("20261123-101502-vgg11-random-s1", Some("vgg11-random-s1")),
        ("20261123-101502-a", Some("a")),
        ("20261123-101502-", None),
        ("20261123-101502", None),
        ("20261123x101502-a", None),
        ("2026112é-10150-a", None),
        ("20261123-101502-a/b", None),
        (".new-abc", None),
        ("", None),
    ] {
        assert_eq!(RunId::parse(text).as_ref().map(RunId::name), name, "{text}");
    }
}

#[test]
fn a_reference_is_an_id_a_name_or_a_unique_beginning() {
    let ids = [
        "20261123-101501-vgg11-true-s1",
        "20261123-101502-vgg11-true-s2",
        "20261124-101503-vgg11-true-s1",
        "20261124-101504-vgg13-true-s1",
        "20261124-101505-vgg",
    ]
    .map(|id| RunId::parse(id).unwrap());
    for (reference, expected) in [
        ("20261123-101501-vgg11-true-s1", Ok(0)),
        ("vgg11-true-s1", Ok(2)),
        ("vgg11-true-s2", Ok(1)),
        ("vgg13", Ok(3)),
        ("vgg", Ok(4)),
        ("20261124-101504", Ok(3)),
        ("vgg11-true-s", Err(2)),
        ("vgg1", Err(4)),
        ("20261124", Err(3)),
        ("vgg2", Err(0)),
        ("", Err(0)),
    ] {
        match (resolve(reference, ids.iter()), expected) {
            (Ok(id), Ok(index)) => assert_eq!(*id, ids[index], "{reference}"),
            (Err(HomeError::NotFound(name)), Err(0)) => assert_eq!(name, reference),
            (Err(HomeError::Ambiguous { candidates, .. }), Err(count)) => {
                assert_eq!(candidates.len(), count, "{reference}: {candidates:?}");
            }
            (found, expected) => panic!("{reference}: {found:?}, expected {expected:?}"),
        }
    }
}

#[test]
fn runs_of_one_name_get_ids_of_their_own_and_keep_their_order() {
    let root = tempfile::tempdir().unwrap();
    let home = Home::at(root.path().join("new"));
    assert!(home.list().unwrap().is_empty(), "there is no home yet");
    let created: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..8).map(|_| scope.spawn(|| home.create_run(&spec("same")).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().id().clone()).collect()
    });
    let mut sorted = created.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), 8);
    assert!(sorted.iter().all(|id| id.name() == "same"));
    assert_eq!(home.ids().unwrap(), sorted);
    let run = home.find("same").unwrap();
    assert_eq!(Some(run.id()), sorted.last());
    assert!(matches!(run.state().unwrap(), State::Queued { .. }));
    let names = fs::read_dir(home.runs()).unwrap().flatten().map(|entry| entry.file_name());
    assert_eq!(names.count(), 8, "no draft is left");
}

#[test]
fn a_reference_to_a_model_means_a_file() {
    let root = tempfile::tempdir().unwrap();
    let home = Home::at(root.path());
    let run = home.create_run(&spec("a")).unwrap();
    let model = |text: &str| home.model(&text.parse::<ModelRef>().unwrap());
    assert_eq!(model("/x/y.onnx").unwrap(), Path::new("/x/y.onnx"));
    assert!(matches!(model("run:b"), Err(HomeError::NotFound(_))));
    let message = model("run:a").unwrap_err().to_string();
    assert!(message.ends_with("has no snapshots/final.onnx; the run is queued"), "{message}");

    fs::create_dir(run.snapshots()).unwrap();
    fs::write(run.snapshots().join("epoch-0010.onnx"), "").unwrap();
    assert_eq!(model("run:a@10").unwrap(), run.snapshots().join("epoch-0010.onnx"));
    run.transition(|_| Ok::<_, FolderError>(State::Stopped { started: None, ended: 1.0, reason: None }))
        .unwrap();
    let message = model("run:a").unwrap_err().to_string();
    assert!(message.ends_with("; the run stopped, it keeps epoch-0010.onnx"), "{message}");
    fs::write(run.snapshots().join("final.onnx"), "").unwrap();
    assert_eq!(model("run:a").unwrap(), run.snapshot(None));
}
