//! A dissection waits for the runs whose models it refers to.

use crate::scene::{Scene, dissect, refusal};
use dissect_runs::protocol::Code;
use dissect_runs::spec::{ModelRef, Spec};
use dissect_runs::state::Status;

const GAN: &str = "kind = 'gan'\nname = 'gate-gan'\ndata.dataset = 'shapes'\n";

#[test]
fn it_starts_when_the_last_of_them_has_ended() {
    let scene = Scene::with(&["--slots", "4"]);
    let older = scene.start("gate-a");
    let (a, b) = (scene.start("gate-a"), scene.start("gate-b"));
    let gan = scene.client().start(GAN).unwrap();
    let id =
        scene.client().start(&dissect("quick-d", &["run:gate-a", "run:gate-b", "run:gate-gan"])).unwrap();

    // What was meant is fixed as it is queued: the newest run of that name.
    let Spec::Dissect(spec) = scene.run(&id).spec().unwrap() else { panic!("a dissection") };
    let fixed = ModelRef::Run { run: a.to_string(), epoch: None };
    assert_eq!(spec.models[0], fixed);
    assert_eq!(fixed.label(), "gate-a");

    let (code, message) = refusal(scene.client().remove(older.as_str()));
    assert_eq!(code, Code::Conflict, "it works: {message}");
    for needed in [&a, &gan, &b] {
        scene.wait(needed, Status::Running);
        assert_eq!(scene.state(&id).status(), Status::Queued);
        scene.open(needed, "go");
        scene.wait(needed, Status::Finished);
    }
    scene.wait(&id, Status::Finished);
    scene.open(&older, "go");
}

#[test]
fn it_fails_where_a_model_will_never_be_there() {
    let scene = Scene::with(&["--slots", "3"]);
    let (a, b) = (scene.start("gate-a"), scene.start("gate-b"));
    scene.client().start(&GAN.replace("gate-gan", "quick-gan")).unwrap();
    let id =
        scene.client().start(&dissect("quick-d", &["run:gate-a", "run:gate-b", "run:quick-gan"])).unwrap();
    scene.wait(&b, Status::Running);
    scene.client().stop("gate-b").unwrap();
    let state = scene.wait(&id, Status::Failed);
    let reason = state.reason().unwrap();
    assert!(reason.contains(b.as_str()) && reason.contains("was stopped"), "{reason}");
    scene.open(&a, "go");

    // A queued run that is needed is not removed under the one that waits for it.
    let scene = Scene::with(&[]);
    let first = scene.start("gate-first");
    scene.start("gate-a");
    scene.client().start(GAN).unwrap();
    scene.client().start(&dissect("quick-d", &["run:gate-a", "run:gate-a", "run:gate-gan"])).unwrap();
    let (code, message) = refusal(scene.client().remove("gate-a"));
    assert_eq!(code, Code::Conflict);
    assert!(message.contains("quick-d") && message.contains("waits"), "{message}");
    scene.open(&first, "go");
}

#[test]
fn references_that_can_never_be_met_are_refused() {
    let scene = Scene::with(&[]);
    let a = scene.start("gate-a");
    scene.client().start(GAN).unwrap();
    for (references, code, fragment) in [
        (["run:gate-a", "run:gate-gan", "run:gate-gan"], Code::Usage, "models[1]: run"),
        (["run:gate-a", "run:gate-a", "run:gate-a"], Code::Usage, "expected kind gan"),
        (["run:gate-a", "run:gate-a@15", "run:gate-gan"], Code::Usage, "a model every 10 epochs, of 100"),
        (["run:gate-a", "run:gate-a@110", "run:gate-gan"], Code::Usage, "no model of epoch 110"),
        (["run:gate-a", "run:gate-c", "run:gate-gan"], Code::NotFound, "models[1]: no run"),
    ] {
        let (found, message) = refusal(scene.client().start(&dissect("d", &references)));
        assert!(message.contains(fragment), "{message}");
        assert_eq!(found, code, "{message}");
    }
    let models = ["run:gate-a@10", "run:gate-a@100", "run:gate-gan@30"];
    scene.client().start(&dissect("quick-d", &models)).unwrap();
    scene.open(&a, "go");
}
