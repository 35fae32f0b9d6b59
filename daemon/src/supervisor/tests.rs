//! Decisions tried by calling them: what real processes cannot be made to do at the right moment.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use dissect_runs::folder::FolderError;
use dissect_runs::home::{Home, RunId};
use dissect_runs::process::ProcessId;
use dissect_runs::protocol::{Reply, Request, Wanted};
use dissect_runs::spec::{Kind, Spec};
use dissect_runs::state::{State, Status};
use tokio::sync::oneshot;

use super::Supervisor;
use crate::config::Retries;
use crate::event::{Answer, Effect, Event, WorkerEnd};

/// A supervisor of a home of its own.
struct Scene {
    supervisor: Supervisor,
    _root: tempfile::TempDir,
}

impl Scene {
    fn new(slots: usize) -> Self {
        let root = tempfile::tempdir().unwrap();
        let home = Home::at(root.path());
        home.create().unwrap();
        Self { supervisor: Supervisor::recover(home, slots, Retries::NONE).unwrap(), _root: root }
    }

    fn ask(&mut self, request: Request) -> Answer {
        let (answer, mut answered) = oneshot::channel();
        self.supervisor.handle(Event::Request { request, answer });
        answered.try_recv().unwrap()
    }

    fn start(&mut self, name: &str) -> RunId {
        let spec = format!("kind = 'train'\nname = '{name}'\n");
        match self.ask(Request::Start { spec, place: Wanted::default() }).replies.as_slice() {
            [Reply::Ok(done)] => done.id.clone().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// Runs that are to be launched now.
    fn launches(&mut self) -> Vec<RunId> {
        let launch = |effect| match effect {
            Effect::Launch { id, kind } => {
                assert_eq!(kind, Kind::Train);
                Some(id)
            }
            _ => None,
        };
        self.supervisor.take_effects().into_iter().filter_map(launch).collect()
    }

    fn status(&self, id: &RunId) -> Status {
        let state = self.supervisor.folder(id).state().unwrap();
        assert_eq!(self.supervisor.runs()[id].state, state, "the books say what the folder says");
        state.status()
    }

    fn ended(&mut self, id: &RunId, raw_status: i32) {
        let end = WorkerEnd { status: Some(ExitStatus::from_raw(raw_status)), killed: None };
        self.supervisor.handle(Event::WorkerEnded { id: id.clone(), end });
    }
}

const SIGTERM: i32 = 15;

fn alive() -> ProcessId {
    ProcessId::me().unwrap()
}

fn dead() -> ProcessId {
    let me = alive();
    ProcessId { start_time: me.start_time + 1, ..me }
}

#[test]
fn a_slot_is_free_again_when_the_process_is_gone_not_when_it_says_so() {
    let mut scene = Scene::new(1);
    let ids = [scene.start("a"), scene.start("b")];
    assert_eq!(scene.launches(), ids[..1]);
    scene.supervisor.launched(&ids[0], alive());
    let run = scene.supervisor.folder(&ids[0]);
    run.transition(|_| Ok::<_, FolderError>(State::Running { since: 1.0, worker: alive() })).unwrap();
    run.transition(|_| Ok::<_, FolderError>(State::Finished { started: 1.0, ended: 2.0 })).unwrap();
    scene.supervisor.handle(Event::StateWritten(ids[0].clone()));
    assert_eq!(scene.status(&ids[0]), Status::Finished);
    assert_eq!(scene.launches(), [], "its memory on the GPU is not free yet");
    scene.ended(&ids[0], 0);
    assert_eq!(scene.launches(), ids[1..]);
}

#[test]
fn a_run_stopped_between_launch_and_beginning_has_stopped() {
    let mut scene = Scene::new(1);
    let id = scene.start("a");
    scene.supervisor.take_effects();
    scene.supervisor.launched(&id, dead());
    scene.ask(Request::Stop { id: "a".into() });
    assert!(scene.supervisor.take_effects().contains(&Effect::Stop(id.clone())));
    assert_eq!(scene.status(&id), Status::Stopping);
    scene.ended(&id, SIGTERM);
    assert_eq!(scene.status(&id), Status::Stopped);
}

#[test]
fn a_run_that_another_process_took_is_adopted_when_the_own_worker_leaves() {
    let mut scene = Scene::new(1);
    let id = scene.start("a");
    scene.supervisor.take_effects();
    scene.supervisor.launched(&id, dead());
    let run = scene.supervisor.folder(&id);
    let taken = State::Running { since: 1.0, worker: alive() };
    run.transition(|_| Ok::<_, FolderError>(taken.clone())).unwrap();
    scene.ended(&id, 1 << 8);
    assert_eq!(run.state().unwrap(), taken);
    let adopt = Effect::Adopt { id: id.clone(), worker: alive() };
    assert!(scene.supervisor.take_effects().contains(&adopt));
}

#[test]
fn an_end_that_cannot_be_written_is_tried_again() {
    let mut scene = Scene::new(1);
    let id = scene.start("a");
    scene.supervisor.take_effects();
    scene.supervisor.launched(&id, dead());
    let run = scene.supervisor.folder(&id);
    run.transition(|_| Ok::<_, FolderError>(State::Running { since: 1.0, worker: dead() })).unwrap();
    // No lock can be taken on a folder of that name.
    fs::remove_file(run.path().join(".lock")).unwrap();
    fs::create_dir(run.path().join(".lock")).unwrap();
    scene.ended(&id, 9);
    let end = WorkerEnd { status: Some(ExitStatus::from_raw(9)), killed: None };
    let retry = Effect::Retry { id: id.clone(), end: end.clone() };
    assert!(scene.supervisor.take_effects().contains(&retry));
    fs::remove_dir(run.path().join(".lock")).unwrap();
    scene.supervisor.handle(Event::WorkerEnded { id: id.clone(), end });
    assert_eq!(scene.status(&id), Status::Lost);
}

#[test]
fn a_watcher_that_does_not_read_is_let_go_and_the_others_hear_on() {
    let mut scene = Scene::new(1);
    let deaf = scene.ask(Request::Watch {}).then.unwrap();
    let mut hears = scene.ask(Request::Watch {}).then.unwrap();
    let id = scene.start("a");
    let mut heard = 0;
    for since in 0..1500 {
        scene.supervisor.learn(&id, State::Queued { since: f64::from(since) });
        while hears.try_recv().is_ok() {
            heard += 1;
        }
    }
    assert!(heard >= 1500);
    assert!(deaf.is_closed() || deaf.len() == deaf.max_capacity());
    assert_eq!(hears.sender_strong_count(), 1);
    assert_eq!(deaf.sender_strong_count(), 0, "nobody writes to it any more");
}

#[test]
fn folders_copied_in_and_deleted_by_hand_are_noticed() {
    let mut scene = Scene::new(1);
    let stays = scene.start("a");
    scene.launches();
    let home = scene.supervisor.home().clone();
    let copied = home.create_run(&Spec::parse("kind = 'train'\nname = 'copied'").unwrap()).unwrap();
    fs::create_dir(home.runs().join("no-run")).unwrap();
    fs::create_dir(home.runs().join("20261123-101502-empty")).unwrap();
    scene.supervisor.handle(Event::RunsChanged);
    assert_eq!(scene.status(copied.id()), Status::Queued);
    assert_eq!(scene.supervisor.runs().len(), 2, "a folder without a state is passed over");
    fs::remove_dir_all(copied.path()).unwrap();
    scene.supervisor.handle(Event::RunsChanged);
    assert_eq!(scene.supervisor.runs().keys().collect::<Vec<_>>(), [&stays]);
}
