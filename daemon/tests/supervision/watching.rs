//! What watching finds is written down with the run, told to those who watch, and survives the daemon.

use dissect_runs::finding::{Finding, Rule};
use dissect_runs::protocol::Wanted;
use dissect_runs::records::Happening;
use dissect_runs::state::Status;

use crate::scene::{Scene, train, wait_for};

const RULES: &str = "[rules]\nevery_s = 0.02\nstall_s = 0.1\n";

#[test]
fn a_finding_is_told_written_down_and_outlives_the_daemon() {
    let mut scene = Scene::configured(RULES);
    let mut watch = scene.client().watch().unwrap();
    let id = scene.start("nan");
    let both = |findings: Vec<Finding>| {
        [Rule::NonFinite, Rule::Stall].iter().all(|rule| findings.iter().any(|finding| finding.rule == *rule))
    };
    watch.find(|told| both(told.as_ref().unwrap().findings.clone())).unwrap().unwrap();
    assert!(both(scene.run(&id).findings()));

    scene.kill_daemon();
    scene.start_daemon();
    wait_for("the next daemon knows", || both(scene.client().list().unwrap().remove(0).findings));
    scene.open(&id, "go");
    scene.wait(&id, Status::Finished);
    let happenings = scene.happenings(&id);
    let count = |wanted| {
        let is = |what: &&Happening| matches!(what, Happening::Finding { rule, .. } if *rule == wanted);
        happenings.iter().filter(is).count()
    };
    assert_eq!((count(Rule::NonFinite), count(Rule::Stall)), (1, 1), "{happenings:?}");
    // It is over: it stalls no more, and its numbers stay what they were.
    let rules: Vec<_> = scene.run(&id).findings().into_iter().map(|finding| finding.rule).collect();
    assert_eq!(rules, [Rule::NonFinite]);
}

#[test]
fn a_run_lost_to_a_fault_is_tried_again_and_no_more_often_than_asked() {
    let mut scene = Scene::configured("[retries]\nlimit = 1\ndelay_s = 0.05\n");
    let id = scene.start("crash");
    wait_for("it is lost in the end", || scene.state(&id).status() == Status::Lost);
    let begun = |id| {
        let began = |what: &&Happening| matches!(what, Happening::Started | Happening::Resumed { .. });
        scene.happenings(id).iter().filter(began).count()
    };
    assert_eq!(begun(&id), 2);
    let twice = Wanted { retries: Some(2), ..Wanted::default() };
    let asked = scene.client().start_at(&train("crash-thrice"), twice).unwrap();
    wait_for("so is the other", || scene.state(&asked).status() == Status::Lost);
    assert_eq!(begun(&asked), 3);
    // What fails by itself would do so again.
    for name in ["fail", "rude", "mute"] {
        let id = scene.start(name);
        scene.wait(&id, Status::Failed);
        assert_eq!(scene.run(&id).attempts().made, 0, "{name}");
    }

    // The next attempt outlives the daemon, and a stop ends it.
    scene.configure("[retries]\nlimit = 3\ndelay_s = 600\n");
    scene.end_daemon(rustix::process::Signal::TERM);
    scene.start_daemon();
    let id = scene.start("crash-late");
    wait_for("it waits", || {
        scene.run(&id).attempts().made == 1 && scene.state(&id).status() == Status::Queued
    });
    scene.kill_daemon();
    scene.start_daemon();
    assert_eq!(scene.client().show(id.as_str()).unwrap().1.status(), Status::Queued);
    let attempts = scene.run(&id).attempts();
    let now = attempts.not_before.unwrap() - 39.5;
    assert_eq!(attempts.describe(now).unwrap(), "retries in 40 s, 1 of 3");
    scene.client().stop(id.as_str()).unwrap();
    scene.wait(&id, Status::Stopped);
}

#[test]
fn a_stall_is_over_with_the_next_worker() {
    let scene = Scene::configured(RULES);
    let id = scene.start("gate-slow");
    wait_for("it stalls", || !scene.run(&id).findings().is_empty());
    scene.client().stop("gate-slow").unwrap();
    scene.wait(&id, Status::Stopped);
    assert!(scene.run(&id).findings().is_empty());
    let found = Happening::Finding { rule: Rule::Stall, reason: "no step for more than 0.1 s".to_owned() };
    assert!(scene.happenings(&id).contains(&found), "{:?}", scene.happenings(&id));
}
