//! What watching finds is written down with the run, told to those who watch, and survives the daemon.

use dissect_runs::finding::{Finding, Rule};
use dissect_runs::records::Happening;
use dissect_runs::state::Status;

use crate::scene::{Scene, wait_for};

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
