//! Cleaning by the daemon: what others need stays, and what was resumed meanwhile.

use std::fs;

use dissect_runs::home::RunId;
use dissect_runs::protocol::{Code, Extent, Wanted};
use dissect_runs::state::Status;

use crate::scene::{Scene, dissect, refusal, train, wait_for};

fn finished(scene: &Scene, name: &str, place: Wanted) -> (RunId, f64) {
    let id = scene.client().start_at(&train(name), place).unwrap();
    let ended = scene.wait(&id, Status::Finished).ended().unwrap();
    wait_for("its process is gone", || {
        let mut client = scene.client();
        !matches!(client.clean(&id, 0.0, Extent::Parts), Err(error) if error.to_string().contains("has a worker"))
    });
    (id, ended)
}

#[test]
fn what_others_need_stays_and_the_rest_goes() {
    let scene = Scene::with(&["--slots", "4"]);
    let in_group = |group: &str| Wanted { group: Some(group.to_owned()), ..Wanted::default() };
    let (model, model_ended) = finished(&scene, "quick-model", Wanted::default());
    let (before, before_ended) = finished(&scene, "quick-before", Wanted::default());
    let (member, member_ended) = finished(&scene, "quick-member", in_group("live"));
    let (free, free_ended) = finished(&scene, "quick-free", Wanted::default());
    scene.client().pause().unwrap();
    let models = ["run:quick-model", "/dev/null", "/dev/null"];
    let needs = scene.client().start(&dissect("needs", &models)).unwrap();
    let after = Wanted { after: vec![before.to_string()], ..in_group("live") };
    let waits = scene.client().start_at(&train("gate"), after).unwrap();
    for (id, ended, expected) in [
        (&model, model_ended, format!("run {needs} needs the models of run {model}")),
        (&before, before_ended, format!("run {waits} waits for run {before}")),
        (&member, member_ended, format!("run {waits} of the group live of run {member} has not ended")),
        (&waits, 1.0, "is queued now".to_owned()),
        (&free, 1.0, "is finished now".to_owned()),
    ] {
        for extent in [Extent::Parts, Extent::All] {
            let (code, message) = refusal(scene.client().clean(id, ended, extent));
            assert_eq!(code, Code::Conflict, "{id}");
            assert!(message.contains(&expected), "{message}");
            assert!(scene.run(id).spec_path().exists());
        }
    }

    fs::create_dir_all(scene.run(&free).checkpoints()).unwrap();
    fs::write(scene.run(&free).checkpoints().join("a"), "12").unwrap();
    scene.client().clean(&free, free_ended, Extent::Parts).unwrap();
    assert!(scene.run(&free).snapshot(None).exists() && !scene.run(&free).checkpoints().exists());
    assert_eq!(scene.client().show("quick-free").unwrap().0, free, "it is still listed");
    scene.client().clean(&free, free_ended, Extent::All).unwrap();
    assert_eq!(refusal(scene.client().show("quick-free")).0, Code::NotFound);
    wait_for("all of it is deleted", || {
        let names = fs::read_dir(scene.home.runs()).unwrap().map(|entry| entry.unwrap().file_name());
        names.into_iter().all(|name| !name.to_string_lossy().starts_with('.'))
    });
}

#[test]
fn a_run_that_was_cleaned_begins_anew_when_it_is_resumed() {
    let scene = Scene::with(&[]);
    let id = scene.start("gate");
    scene.wait(&id, Status::Running);
    scene.client().stop("gate").unwrap();
    let ended = scene.wait(&id, Status::Stopped).ended().unwrap();
    wait_for("its process is gone", || scene.client().clean(&id, ended, Extent::Parts).is_ok());
    scene.client().resume("gate").unwrap();
    scene.wait(&id, Status::Running);
    scene.open(&id, "go");
    scene.wait(&id, Status::Finished);
}
