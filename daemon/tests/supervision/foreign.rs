//! Runs that other programs did, beside the daemon's own.

use dissect_runs::imported::{Imported, Written};
use dissect_runs::protocol::Code;
use dissect_runs::records::Record;
use dissect_runs::spec::{ImportedSpec, Program, Source};
use dissect_runs::state::{State, Status};

use crate::scene::{Scene, refusal, wait_for};

#[test]
fn an_imported_run_is_listed_and_removed_but_not_worked_on() {
    let scene = Scene::with(&[]);
    let source = Source { program: Program::Wandb, path: "/elsewhere/a.wandb".into() };
    let spec = ImportedSpec { name: "foreign".into(), source, config: [("lr".into(), "0.1".into())].into() };
    let state = State::Failed { started: Some(1.0), ended: 2.0, reason: "exit code 1".into() };
    let records = vec![Record::step(1).with("loss", 1.0)];
    let imported = Imported { spec, state, records, events: Vec::new(), group: None };
    let (run, written) = imported.write(&scene.home).unwrap();
    assert_eq!((written, run.id().as_str()), (Written::New, "19700101-000001-foreign"));
    wait_for("the daemon sees it", || {
        let listed = scene.client().list().unwrap();
        listed.iter().any(|listed| listed.id == *run.id())
    });
    let (code, message) = refusal(scene.client().resume("foreign"));
    assert_eq!(code, Code::Conflict);
    assert!(message.contains("was imported"), "{message}");
    let spec = std::fs::read_to_string(run.spec_path()).unwrap();
    let (code, message) = refusal(scene.client().start(&spec));
    assert_eq!(code, Code::Usage);
    assert!(message.contains("dissect run import"), "{message}");
    assert_eq!(run.state().unwrap().status(), Status::Failed);
    scene.client().remove("foreign").unwrap();
    assert!(!run.path().exists());
}
