//! `kill -9` of the daemon at random moments, while clients ask and workers end: what was acknowledged is on disk, and
//! no worker dies of it.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use crate::scene::{Scene, wait_for};
use dissect_runs::client::{Client, ClientError};
use dissect_runs::home::RunId;
use dissect_runs::state::{State, Status};

/// How often the daemon is killed; `DISSECT_KILLS` asks for another number.
fn kills() -> usize {
    std::env::var("DISSECT_KILLS").map_or(25, |text| text.parse().expect("DISSECT_KILLS is a number"))
}

/// Runs at a time; more would wait in the queue and nothing would happen to them.
const MOST: usize = 30;

/// A generator of choices (xorshift). `DISSECT_SEED` repeats one chain of them.
struct Random(u64);

impl Random {
    fn new() -> Self {
        let seed = std::env::var("DISSECT_SEED").map_or_else(
            |_| u64::from(std::process::id()),
            |text| text.parse().expect("DISSECT_SEED is a number"),
        );
        println!("DISSECT_SEED={seed}");
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Below `limit`.
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// What the daemon has said to a client about a run, last.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Said {
    Started,
    StopTaken,
    Resumed,
    Removed,
}

#[test]
fn what_was_acknowledged_is_on_disk_however_often_the_daemon_is_killed() {
    let mut random = Random::new();
    let mut scene = Scene::with(&["--slots", "3", "--grace", "5"]);
    let mut said: BTreeMap<RunId, Said> = BTreeMap::new();
    let (mut requests, mut cut_short) = (0, 0);
    let kills = kills();
    for kill in 0..kills {
        let moment = Instant::now() + Duration::from_micros(random.below(150_000));
        // Asks until it is cut off. A thread kills the daemon at the moment, which may be within a request.
        let pid = rustix::process::Pid::from_raw(scene.client().daemon().pid as i32).unwrap();
        let mut client = scene.client();
        let killer = std::thread::spawn(move || {
            while Instant::now() < moment {
                std::hint::spin_loop();
            }
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        });
        let mut number = 0;
        while let Some((id, answer)) = ask(&scene, &mut client, &said, &mut random, kill, number) {
            number += 1;
            match answer {
                Ok((id, acknowledged)) => {
                    requests += 1;
                    said.insert(id, acknowledged);
                }
                Err(ClientError::Refused(_)) => requests += 1,
                // Cut off in the middle: either way is right for the run that it was about.
                Err(_) => {
                    cut_short += 1;
                    if let Some(id) = id {
                        said.remove(&id);
                    }
                    break;
                }
            }
        }
        killer.join().unwrap();
        scene.reap_daemon();

        let workers = workers(&scene);
        check(&scene, &said, "after the kill");
        scene.start_daemon();
        check(&scene, &said, "after the next start");
        for (id, state) in workers {
            let worker = state.worker().unwrap();
            let now = scene.state(&id);
            // It goes on, or was asked to stop, or has said by itself how it ended.
            let fine = worker.is_alive() || matches!(now.status(), Status::Stopped | Status::Finished);
            assert!(fine, "{id} was {state:?} before the daemon was started again, now {now:?}");
        }
    }
    // Everything comes to its end, and nothing is left that was half made.
    for run in scene.home.list().unwrap() {
        scene.open(run.id(), "go");
    }
    let mut open = usize::MAX;
    while open > 0 {
        let before = open;
        wait_for("one more run ends", || {
            let runs = scene.home.list().unwrap();
            open = runs.iter().filter(|run| !run.state().is_ok_and(|state| state.is_ended())).count();
            open < before
        });
    }
    check(&scene, &said, "at the end");
    for run in scene.home.list().unwrap() {
        let state = run.state().unwrap();
        assert!(matches!(state.status(), Status::Stopped | Status::Finished), "{}: {state:?}", run.id());
    }
    wait_for("leftovers go", || {
        fs::read_dir(scene.home.runs())
            .unwrap()
            .all(|entry| !entry.unwrap().file_name().to_string_lossy().starts_with('.'))
    });
    let listed = scene.client().list().unwrap();
    assert_eq!(listed.len(), scene.home.list().unwrap().len());
    for standing in listed {
        assert_eq!(standing.state, Some(scene.state(&standing.id)), "{}", standing.id);
    }
    println!("{kills} kills, {requests} requests acknowledged or refused, {cut_short} cut short");
}

type Acknowledged = (Option<RunId>, Result<(RunId, Said), ClientError>);

/// One request, of a kind chosen at random; none where there is nobody left to ask.
fn ask(
    scene: &Scene,
    client: &mut Client,
    said: &BTreeMap<RunId, Said>,
    random: &mut Random,
    kill: usize,
    number: usize,
) -> Option<Acknowledged> {
    let known: Vec<&RunId> =
        said.iter().filter(|(_, said)| **said != Said::Removed).map(|(id, _)| id).collect();
    let chosen = (!known.is_empty()).then(|| known[random.below(known.len() as u64) as usize].clone());
    let kind = if known.len() < MOST { random.below(10) } else { 4 + random.below(6) };
    Some(match (kind, chosen) {
        (0..4, _) | (_, None) => {
            let name = ["quick", "gate"][random.below(2) as usize];
            let spec = crate::scene::train(&format!("{name}-{kill}-{number}"));
            (None, client.start(&spec).map(|id| (id, Said::Started)))
        }
        (4..6, Some(id)) => (Some(id.clone()), client.stop(id.as_str()).map(|id| (id, Said::StopTaken))),
        (6, Some(id)) => (Some(id.clone()), client.resume(id.as_str()).map(|id| (id, Said::Resumed))),
        (7, Some(id)) => (Some(id.clone()), client.remove(id.as_str()).map(|id| (id, Said::Removed))),
        (_, Some(id)) => {
            // A worker is let go, which no daemon hears of; it may end at any moment from here on.
            if scene.run(&id).path().exists() {
                let _ = fs::write(scene.run(&id).path().join("go"), "");
            }
            (None, client.show(id.as_str()).map(|_| (id.clone(), said[&id])))
        }
    })
}

/// Compares what was acknowledged with the folders.
fn check(scene: &Scene, said: &BTreeMap<RunId, Said>, when: &str) {
    for (id, said) in said {
        let run = scene.run(id);
        if *said == Said::Removed {
            assert!(!run.path().exists(), "{when}: {id} was removed, and is there");
            continue;
        }
        let state = run.state().unwrap_or_else(|error| panic!("{when}: {id} was acknowledged: {error}"));
        run.spec().unwrap();
        let fits = match said {
            Said::StopTaken => {
                matches!(state.status(), Status::Stopping | Status::Stopped | Status::Finished)
            }
            _ => {
                !matches!(state.status(), Status::Failed | Status::Lost | Status::Stopped | Status::Stopping)
            }
        };
        assert!(fits, "{when}: of {id} was said {said:?}, and it is {state:?}");
    }
}

/// The runs with a worker that lives.
fn workers(scene: &Scene) -> Vec<(RunId, State)> {
    let living = |state: &State| state.worker().is_some_and(dissect_runs::process::ProcessId::is_alive);
    let runs = scene.home.list().unwrap().into_iter();
    let state = |run: dissect_runs::folder::RunFolder| Some((run.id().clone(), run.state().ok()?));
    runs.filter_map(state).filter(|(_, state)| living(state)).collect()
}
