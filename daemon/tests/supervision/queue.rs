//! The queue: who comes first, who waits for whom, and what holds over the daemon's end.

use crate::scene::{Scene, dissect, refusal, train};
use dissect_runs::home::RunId;
use dissect_runs::protocol::{Change, Code, Wanted, Whereto};
use dissect_runs::spec::Spec;
use dissect_runs::state::{State, Status};

fn start(scene: &Scene, name: &str, place: Wanted) -> RunId {
    scene.client().start_at(&train(name), place).unwrap()
}

/// The runs in the order in which their workers began, once all have finished.
fn begun(scene: &Scene, ids: &[RunId]) -> Vec<RunId> {
    let started = |id: &RunId| match scene.wait(id, Status::Finished) {
        State::Finished { started, .. } => started,
        other => panic!("{id}: {other:?}"),
    };
    let mut order: Vec<(f64, RunId)> = ids.iter().map(|id| (started(id), id.clone())).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    order.into_iter().map(|(_, id)| id).collect()
}

#[test]
fn higher_priorities_start_first() {
    let scene = Scene::with(&["--slots", "1"]);
    let gate = scene.start("gate");
    scene.wait(&gate, Status::Running);
    let at = |priority| Wanted { priority, ..Wanted::default() };
    let ids = [("quick-a", 0), ("quick-b", 7), ("quick-c", -1), ("quick-d", 0)]
        .map(|(name, priority)| start(&scene, name, at(priority)));
    scene.open(&gate, "go");
    let [a, b, c, d] = ids.clone();
    assert_eq!(begun(&scene, &ids), [b, a, d, c]);
}

#[test]
fn a_run_waits_for_those_it_was_queued_after_however_they_end() {
    let scene = Scene::with(&["--slots", "3"]);
    let first = scene.start("gate");
    scene.wait(&first, Status::Running);
    let after = |run: &str| Wanted { after: vec![run.to_owned()], ..Wanted::default() };
    let second = start(&scene, "quick-b", after("gate"));
    let other = scene.start("quick-c");
    scene.wait(&other, Status::Finished);
    assert_eq!(scene.state(&second).status(), Status::Queued, "a slot is free, but the first works");
    scene.client().stop("gate").unwrap();
    scene.wait(&second, Status::Finished);
    let (code, message) = refusal(scene.client().start_at(&train("quick-d"), after("nobody")));
    assert_eq!(code, Code::NotFound);
    assert!(message.contains("after") && message.contains("nobody"), "{message}");
}

#[test]
fn a_paused_queue_stays_paused_over_the_daemons_end() {
    let mut scene = Scene::with(&[]);
    let works = scene.start("gate");
    scene.wait(&works, Status::Running);
    scene.client().pause().unwrap();
    let waits = scene.start("quick-b");
    scene.open(&works, "go");
    scene.wait(&works, Status::Finished);
    scene.kill_daemon();
    scene.start_daemon();
    assert_eq!(scene.state(&waits).status(), Status::Queued);
    scene.client().unpause().unwrap();
    scene.wait(&waits, Status::Finished);
}

#[test]
fn runs_stay_where_they_were_moved_to() {
    let mut scene = Scene::with(&["--slots", "1"]);
    scene.client().pause().unwrap();
    let urgent = Wanted { priority: 3, ..Wanted::default() };
    let ids = ["quick-a", "quick-b", "quick-c", "quick-d"].map(|name| scene.start(name));
    let e = start(&scene, "quick-e", urgent);
    let [a, b, c, d] = ids.clone();
    let moves = [
        ("quick-d", Whereto::Top),
        ("quick-a", Whereto::Down),
        ("quick-c", Whereto::Up),
        ("quick-b", Whereto::Before("quick-e".into())),
    ];
    for (run, to) in moves {
        // Killed after each: what was acknowledged is there afterwards.
        scene.client().move_to(run, to).unwrap();
        scene.kill_daemon();
        scene.start_daemon();
    }
    let (code, _) = refusal(scene.client().move_to("quick-a", Whereto::Before("nobody".into())));
    assert_eq!(code, Code::NotFound);
    scene.client().unpause().unwrap();
    let all: Vec<RunId> = ids.iter().chain([&e]).cloned().collect();
    assert_eq!(begun(&scene, &all), [d, b, e, c, a].map(|id| id.clone()));
    let (code, message) = refusal(scene.client().move_to("quick-a", Whereto::Top));
    assert_eq!(code, Code::Conflict);
    assert!(message.contains("only queued runs"), "{message}");
}

#[test]
fn a_group_is_named_as_runs_are() {
    let scene = Scene::with(&[]);
    let group = |name: &str| Wanted { group: Some(name.to_owned()), ..Wanted::default() };
    let (code, message) = refusal(scene.client().start_at(&train("quick-a"), group("a study")));
    assert_eq!(code, Code::Usage);
    assert!(message.contains("a study"), "{message}");
    let id = start(&scene, "quick-b", group("study"));
    scene.wait(&id, Status::Finished);
    let listed = scene.client().list().unwrap();
    assert_eq!(listed[0].place.group.as_deref(), Some("study"));
}

#[test]
fn a_queued_run_is_edited_and_keeps_its_spec_where_the_new_one_is_wrong() {
    let mut scene = Scene::with(&["--slots", "1"]);
    let (works, waits) = (scene.start("gate"), scene.start("quick-a"));
    scene.wait(&works, Status::Running);
    let spec = |name: &str, rest: &str| format!("{}{rest}", train(name));
    let before = scene.run(&waits).spec().unwrap();
    for (text, code, fragment) in [
        (spec("quick-a", "training.epohcs = 3"), Code::Usage, "training.epohcs"),
        (spec("quick-b", "training.epochs = 3"), Code::Usage, "part of the id"),
        ("kind = 'gan'\nname = 'quick-a'\ndata.dataset = 'shapes'".to_owned(), Code::Usage, "expected train"),
        (spec("quick-a", "data.path = 'here'"), Code::Usage, "data.path"),
    ] {
        let (found, message) = refusal(scene.client().edit("quick-a", &text));
        assert!(message.contains(fragment), "{message}");
        assert_eq!(found, code, "{message}");
        assert_eq!(scene.run(&waits).spec().unwrap(), before);
    }
    let (code, message) = refusal(scene.client().edit("gate", &train("gate")));
    assert_eq!(code, Code::Conflict);
    assert!(message.contains("only queued runs"), "{message}");

    let edited = Spec::parse(&spec("quick-a", "training.epochs = 3")).unwrap();
    assert_eq!(scene.client().edit("quick-a", &edited.to_toml()).unwrap(), waits);
    scene.kill_daemon();
    scene.start_daemon();
    assert_eq!(scene.run(&waits).spec().unwrap(), edited, "what was acknowledged is on disk");
    scene.open(&works, "go");
    scene.wait(&waits, Status::Finished);
}

#[test]
fn an_edit_that_another_run_would_wait_for_in_vain_is_refused() {
    let scene = Scene::with(&["--slots", "1"]);
    let gate = scene.start("gate");
    scene.start("quick-a");
    scene.client().start("kind = 'gan'\nname = 'quick-gan'\ndata.dataset = 'shapes'\n").unwrap();
    let models = ["run:quick-a@30", "run:quick-a", "run:quick-gan"];
    scene.client().start(&dissect("quick-d", &models)).unwrap();
    let shorter = format!("{}training.epochs = 20\n", train("quick-a"));
    let (code, message) = refusal(scene.client().edit("quick-a", &shorter));
    assert_eq!(code, Code::Conflict);
    assert!(message.contains("quick-d") && message.contains("epoch 30"), "{message}");
    scene.client().edit("quick-a", &shorter.replace("20", "60")).unwrap();
    scene.open(&gate, "go");
}

#[test]
fn a_place_is_changed_afterwards_and_holds_over_the_daemons_end() {
    let mut scene = Scene::with(&["--slots", "1"]);
    scene.client().pause().unwrap();
    let ids = ["quick-a", "quick-b", "quick-c"].map(|name| scene.start(name));
    let [a, b, c] = ids.clone();
    let first = Change { priority: Some(5), group: Some("study".into()), ..Change::default() };
    scene.client().place("quick-c", first).unwrap();
    let behind = Change { after: Some(vec!["quick-b".into()]), retries: Some(7), ..Change::default() };
    scene.client().place("quick-a", behind).unwrap();
    scene.kill_daemon();
    scene.start_daemon();
    let place = scene.run(&c).place().unwrap();
    assert_eq!((place.priority, place.group.as_deref()), (5, Some("study")));
    assert_eq!(scene.run(&a).attempts().limit, Some(7));

    let after = |names: &[&str]| Change {
        after: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..Change::default()
    };
    let group = |name: &str| Change { group: Some(name.to_owned()), ..Change::default() };
    for (run, change, code, expected) in [
        ("quick-a", after(&["quick-a"]), Code::Conflict, "cannot wait for itself"),
        ("quick-b", after(&["quick-a"]), Code::Conflict, "neither would ever start"),
        ("quick-a", after(&["nobody"]), Code::NotFound, "after: no run is called `nobody`"),
        ("quick-a", group("a b"), Code::Usage, "group: found \"a b\""),
        ("nobody", group("a"), Code::NotFound, "nobody"),
    ] {
        let refused = refusal(scene.client().place(run, change));
        assert!(refused.0 == code && refused.1.contains(expected), "{refused:?}, not {expected}");
    }
    // An empty list and an empty name take away.
    scene.client().place("quick-c", Change { after: Some(Vec::new()), ..group("") }).unwrap();
    assert_eq!(scene.run(&c).place().unwrap().group, None);

    scene.client().unpause().unwrap();
    assert_eq!(begun(&scene, &ids), [c, b, a.clone()]);
    let (code, message) = refusal(scene.client().place("quick-a", group("late")));
    assert_eq!(code, Code::Conflict);
    assert!(message.contains(&format!("run {a} is finished")), "{message}");
}

#[test]
fn a_group_is_moved_as_one() {
    let scene = Scene::with(&["--slots", "1"]);
    scene.client().pause().unwrap();
    let of = |group: &str, priority| Wanted { group: Some(group.to_owned()), priority, ..Wanted::default() };
    // Each is called by its letter; capitals are of the group.
    for (name, place) in [
        ("a", of("other", 2)),
        ("B", of("g", 0)),
        ("c", of("other", 0)),
        ("D", of("g", 0)),
        ("e", of("other", 0)),
        ("F", of("g", -1)),
        ("h", of("other", -2)),
    ] {
        start(&scene, name, place);
    }
    let order = || -> String {
        let mut queue = scene.client().list().unwrap();
        queue.sort_by(|a, b| {
            let since =
                |standing: &dissect_runs::protocol::Standing| standing.state.as_ref().unwrap().since();
            dissect_runs::place::by_turn((&a.place, since(a), &a.id), (&b.place, since(b), &b.id))
        });
        queue.iter().map(|standing| standing.id.name()).collect()
    };
    assert_eq!(order(), "aBcDeFh");
    for (to, expected) in [
        (Whereto::Up, "BDFaceh"),
        (Whereto::Up, "BDFaceh"),
        (Whereto::Down, "aBDFceh"),
        (Whereto::Bottom, "acehBDF"),
        (Whereto::Down, "acehBDF"),
        (Whereto::Before("e".into()), "acBDFeh"),
        (Whereto::Top, "BDFaceh"),
    ] {
        let moved = scene.client().move_group("g", to.clone()).unwrap();
        assert_eq!(moved.iter().map(RunId::name).collect::<String>(), "BDF");
        assert_eq!(order(), expected, "{to:?}");
    }
    scene.client().move_to("B", Whereto::Bottom).unwrap();
    assert_eq!(order(), "DFacehB");
    let itself = scene.client().move_group("g", Whereto::Before("B".into()));
    assert_eq!(refusal(itself).0, Code::Usage);
    assert_eq!(refusal(scene.client().move_group("nobody", Whereto::Top)).0, Code::NotFound);
}
