//! Runs from start to end with the real daemon and the real trainer, through kills on the way.

use std::fs;

use dissect_tests::{Terminal, TestHome, wait_until};
use rustix::process::{Signal, kill_process, test_kill_process};
use serde_json::Value;

/// A training of a few seconds an epoch at most, on images that the program draws.
fn training(name: &str, epochs: u32, noise: f64) -> String {
    format!(
        "kind = \"train\"\nname = \"{name}\"\n[model]\nwidth = 0.0625\n\
         [data]\ndataset = \"shapes\"\nlimit = 128\nnoise = {noise:?}\n\
         [training]\nepochs = {epochs}\nbatch_size = 32\n[run]\ndevice = \"cpu\"\n"
    )
}

const GAN: &str = "kind = \"gan\"\nname = \"gan\"\n[data]\ndataset = \"shapes\"\nlimit = 64\n\
    [gan]\nbase_channels = 4\nlatent = 8\n[training]\nepochs = 1\nbatch_size = 32\n[run]\ndevice = \"cpu\"\n";

const DISSECTION: &str = "kind = \"dissect\"\nname = \"pair\"\nmodels = [\"run:one\", \"run:two\"]\n\
    generator = \"run:gan\"\nseeds = 2\nsteps = 3\n[run]\ndevice = \"cpu\"\n";

/// Far more epochs than any test waits for.
const ENDLESS: u32 = 100_000;

#[test]
fn a_group_is_listed_stopped_and_removed_as_one() {
    let home = TestHome::with_daemon();
    assert_eq!(home.dissect(["run", "pause"]).code, 0);
    let spec = home.write("spec.toml", training("one", ENDLESS, 0.0));
    let spec = spec.to_str().unwrap();
    for more in [&["--group", "study"][..], &["--group", "study", "--priority", "2"], &["--after", "one"]] {
        let started = home.dissect(["run", "start", spec].iter().chain(more));
        assert_eq!(started.code, 0, "{started:?}");
    }
    let listed = |more: &[&str]| home.dissect(["run", "list", "--json"].iter().chain(more)).json();
    let priorities = |list: &Value| -> Vec<i64> {
        list.as_array().unwrap().iter().map(|run| run["priority"].as_i64().unwrap()).collect()
    };
    assert_eq!(priorities(&listed(&["--group", "study"])), [0, 2]);
    assert_eq!(priorities(&listed(&["--queue"])), [2, 0, 0]);
    assert_eq!(listed(&["--queue"])[2]["after"].as_array().unwrap().len(), 1);
    assert_eq!(priorities(&listed(&["--filter", "group:study priority>0"])), [2]);
    let wrong = home.dissect(["run", "list", "--filter", "sate:queued"]);
    assert!(
        wrong.code == 2 && wrong.stderr.contains("column 1") && wrong.stderr.contains("^^^^"),
        "{wrong:?}"
    );
    let told = home.dissect(["run", "list"]);
    assert!(told.stderr.contains("the queue is paused"), "{told:?}");
    assert!(told.stdout.contains("priority  group"), "{told:?}");

    let stopped = home.dissect(["run", "stop", "--group", "study", "--json"]).json();
    assert_eq!(stopped.as_array().unwrap().len(), 2, "{stopped}");
    assert_eq!(listed(&["--active"]).as_array().unwrap().len(), 1);
    let removed = home.dissect(["run", "remove", "--group", "study", "--json"]).json();
    assert_eq!(removed.as_array().unwrap().len(), 2, "{removed}");
    assert_eq!(home.dissect(["run", "stop", "--group", "study"]).code, 3);
    assert_eq!(home.dissect(["run", "move", "one", "--up", "--down"]).code, 2);
}

#[test]
fn two_trainings_a_gan_and_their_dissection() {
    let home = TestHome::with_daemon();
    let ids = [
        home.start(&training("one", 2, 0.0)),
        home.start(&training("two", 2, 1.0)),
        home.start(GAN),
        home.start(DISSECTION),
    ];
    let waited = home.dissect(["run", "wait", "one", "two", "gan", "pair", "--json"]).json();
    assert!(waited.as_array().unwrap().iter().all(|run| run["status"] == "finished"), "{waited}");

    for id in &ids[..2] {
        let epochs = home.records(id, "epoch");
        assert_eq!(epochs.len(), 2, "{id}");
        for name in ["train_loss", "train_accuracy", "test_loss", "test_accuracy", "gradient_magnitude"] {
            assert!(epochs.iter().all(|epoch| epoch[name].is_number()), "{name}: {epochs:?}");
        }
        assert!(home.run(id).join("snapshots/final.onnx").is_file());
    }
    assert!(home.records(&ids[1], "epoch").iter().all(|epoch| epoch["noisy_accuracy"].is_number()));
    assert!(home.run(&ids[2]).join("snapshots/final.onnx").is_file());

    let report = fs::read_to_string(home.run(&ids[3]).join("results/report.json")).unwrap();
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!((&report["f1"], &report["pairs"][0]["f2"]), (&"one".into(), &"two".into()), "{report}");
    assert!(report["pairs"][0]["dist"].as_f64().unwrap() >= 0.0, "{report}");

    // What a run exported serves `compare` and `inspect` as any other model does, with no daemon at all.
    let mut home = home;
    home.kill_daemon();
    let compare = |f2| {
        let few = ["--generator", "run:gan", "--seeds", "1", "--steps", "1", "--json"];
        home.dissect(["compare", "run:one", f2].iter().chain(&few))
    };
    let compared = compare("run:two@2");
    // Snapshots are taken every tenth epoch: there is none of the second.
    assert_eq!(compared.code, 3, "{compared:?}");
    assert!(compared.stderr.contains("final.onnx"), "{compared:?}");
    let compared = compare("run:two");
    assert_eq!(compared.json()["f1"], "one");
    let list = home.dissect(["run", "list", "--json"]).json();
    assert_eq!(list.as_array().unwrap().len(), 4, "{list}");
}

#[test]
fn a_run_stops_with_a_checkpoint_and_goes_on_from_it() {
    let home = TestHome::with_daemon();
    let id = home.start(&training("long", ENDLESS, 1.0));
    home.wait_for_epochs(&id, 2);
    let stopped = home.dissect(["run", "stop", "long"]);
    assert_eq!((stopped.code, stopped.stdout.trim()), (0, id.as_str()), "{stopped:?}");
    home.wait_for_status(&id, &["stopped"]);
    let waited = home.dissect(["run", "wait", "long"]);
    assert_eq!(waited.code, 1, "{waited:?}");
    let before = home.records(&id, "epoch").len();
    assert!(fs::read_dir(home.run(&id).join("checkpoints")).unwrap().count() > 0);

    assert_eq!(home.dissect(["run", "resume", "long"]).code, 0);
    home.wait_for_epochs(&id, before + 2);
    let epochs: Vec<u64> =
        home.records(&id, "epoch").iter().map(|record| record["epoch"].as_u64().unwrap()).collect();
    let events = home.read(&id, "events.jsonl");
    assert!(events.contains("\"kind\":\"resumed\""), "{events}");
    // It goes on after the checkpoint, not from the beginning.
    assert!(epochs[before] > 1, "{epochs:?}");
    home.dissect(["run", "stop", "long"]);
    home.wait_for_status(&id, &["stopped"]);
    let removed = home.dissect(["run", "remove", "long"]);
    assert_eq!(removed.code, 0, "{removed:?}");
    assert!(!home.run(&id).exists());
}

#[test]
fn a_killed_daemon_takes_its_runs_up_again() {
    let mut home = TestHome::with_daemon();
    let id = home.start(&training("long", ENDLESS, 1.0));
    let queued = home.start(&training("next", 1, 0.0));
    home.wait_for_epochs(&id, 1);
    let worker = home.worker(&id).unwrap();

    home.kill_daemon();
    let seen = home.records(&id, "epoch").len();
    home.wait_for_epochs(&id, seen + 2);
    assert_eq!(home.dissect(["run", "stop", "long"]).code, 4, "nobody is there to ask");

    home.start_daemon();
    let shown = home.dissect(["run", "show", "long", "--json"]).json();
    assert_eq!(shown["status"], "running", "{shown}");
    assert_eq!(home.worker(&id), Some(worker), "the same worker goes on");
    assert_eq!(home.state(&queued)["status"], "queued");
    assert_eq!(home.dissect(["run", "stop", "long"]).code, 0);
    home.wait_for_status(&id, &["stopped"]);
    home.wait_for_status(&queued, &["finished"]);
}

#[test]
fn a_killed_worker_is_noticed_with_and_without_a_daemon() {
    let mut home = TestHome::with_daemon();
    let id = home.start(&training("long", ENDLESS, 1.0));
    home.wait_for_epochs(&id, 1);
    home.kill_daemon();
    let worker = home.worker(&id).unwrap();
    kill_process(worker, Signal::KILL).unwrap();
    wait_until("the worker to go", std::time::Duration::from_secs(20), || {
        test_kill_process(worker).is_err().then_some(())
    });
    // Nobody wrote it down, and every view says it all the same.
    let waited = home.dissect(["run", "wait", "long"]);
    assert_eq!(waited.code, 1, "{waited:?}");
    assert!(waited.stdout.contains("lost"), "{waited:?}");
    home.start_daemon();
    home.wait_for_status(&id, &["lost"]);
    assert_eq!(home.dissect(["run", "resume", "long"]).code, 0);
    home.wait_for_status(&id, &["running"]);
    home.dissect(["run", "stop", "long"]);
    home.wait_for_status(&id, &["stopped"]);
}

#[test]
fn runs_that_cannot_work_fail_with_the_reason() {
    let home = TestHome::with_daemon();
    let cifar = |path: &str| {
        format!("kind = \"train\"\nname = \"bad\"\n[data]\ndataset = \"cifar10\"\npath = \"{path}\"\n")
    };
    // What is not there is refused at once.
    let bad_model = "kind = \"dissect\"\nname = \"nomodel\"\nmodels = [\"/nonexistent/a.onnx\", \"/nonexistent/b.onnx\"]\n\
        generator = \"/nonexistent/g.onnx\"\n";
    for spec in [&cifar("/nonexistent/cifar"), bad_model] {
        let file = home.write("spec.toml", spec);
        let refused = home.dissect(["run".as_ref(), "start".as_ref(), file.as_os_str()]);
        assert!(refused.code == 3 && refused.stderr.contains("/nonexistent/"), "{refused:?}");
    }
    // What is wrong inside shows as the run reads it.
    let empty = home.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let empty = empty.to_str().unwrap();
    let id = home.start(&cifar(empty));
    home.wait_for_status(&id, &["failed"]);
    let reason = home.state(&id)["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains(empty) && reason.contains("data_batch_1.bin"), "{reason}");
    let waited = home.dissect(["run", "wait", &id]);
    assert!(waited.code == 1 && waited.stderr.contains(&reason), "{waited:?}");
    let unknown = home
        .write("spec.toml", "kind = \"dissect\"\nmodels = [\"run:x\", \"run:y\"]\ngenerator = \"run:z\"\n");
    let refused = home.dissect(["run".as_ref(), "start".as_ref(), unknown.as_os_str()]);
    assert_ne!(refused.code, 0, "{refused:?}");
    assert!(refused.stderr.contains("no run is called `x`"), "{refused:?}");
}

#[test]
fn logs_follow_a_run_to_its_end() {
    let home = TestHome::with_daemon();
    let id = home.start(&training("short", 2, 0.0));
    let followed = home.dissect(["run", "logs", "-f", "short"]);
    assert_eq!(followed.code, 0, "{followed:?}");
    assert_eq!(home.state(&id)["status"], "finished");
    assert_eq!(followed.stdout, home.read(&id, "log.txt"));
}

#[test]
fn a_queued_run_is_edited_by_keys_and_in_an_editor() {
    let home = TestHome::with_daemon();
    assert_eq!(home.dissect(["run", "pause"]).code, 0);
    let id = home.start(&training("quiet", 2, 0.0));
    let spec = || home.read(&id, "spec.toml");
    let set = home.dissect(["run", "edit", "quiet", "--set", "training.epochs=7"]);
    assert_eq!((set.code, set.stdout.trim()), (0, id.as_str()), "{set:?}");
    assert!(spec().contains("epochs = 7"), "{}", spec());
    let wrong = home.dissect(["run", "edit", "quiet", "--set", "training.epohcs=7"]);
    assert!(wrong.code == 2 && wrong.stderr.contains("training.epohcs"), "{wrong:?}");

    let edit = |editor: &str| {
        let mut command = home.command(["run", "edit", "quiet"]);
        command.env("EDITOR", editor).env_remove("VISUAL").env("TMPDIR", home.path());
        dissect_tests::Finished::of(command.output().unwrap())
    };
    let edited = edit("sed -i s/epochs.=.7/epochs=9/");
    assert_eq!((edited.code, edited.stdout.trim()), (0, id.as_str()), "{edited:?}");
    let stands = spec();
    assert!(stands.contains("epochs = 9"), "{stands}");
    let wrong = edit("sed -i s/epochs.=.9/epochs=-9/");
    assert!(wrong.code == 2 && wrong.stderr.contains("kept in"), "{wrong:?}");
    assert!(edit("true").stderr.contains("nothing was changed"));
    assert_eq!(edit("false").code, 1);
    assert!(edit("").stderr.contains("$EDITOR"));
    assert_eq!(spec(), stands);
}

#[test]
fn a_run_is_stopped_by_its_time_limit_and_given_another() {
    let home = TestHome::with_daemon();
    let spec = home.write("spec.toml", training("long", ENDLESS, 0.0));
    let spec = spec.to_str().unwrap();
    let wrong = home.dissect(["run", "start", spec, "--time-limit", "8"]);
    assert_eq!(wrong.code, 2, "{wrong:?}");
    assert!(wrong.stderr.contains("found \"8\"") && wrong.stderr.contains("1h30m"), "{wrong:?}");
    let started = home.dissect(["run", "start", spec, "--time-limit", "1500ms", "--retries", "3"]);
    let id = started.stdout.trim().to_owned();
    assert_eq!(home.wait_for_status(&id, &["stopped"]), "stopped");
    let reason = "time limit of 1s 500ms reached";
    assert_eq!(home.state(&id)["reason"], reason);
    let listed = home.dissect(["run", "list"]);
    assert!(listed.stdout.contains(&format!("stopped, {reason}")), "{listed:?}");
    let shown = home.dissect(["run", "show", "long"]);
    assert!(shown.stdout.contains("time limit 1s 500ms, 0s left"), "{shown:?}");
    assert!(home.read(&id, "events.jsonl").lines().last().unwrap().contains(reason));

    assert_eq!(home.dissect(["run", "pause"]).code, 0);
    assert_eq!(home.dissect(["run", "resume", "long", "--time-limit", "2h"]).code, 0);
    let edited =
        home.dissect(["run", "edit", "long", "--time-limit", "3h", "--priority", "-2", "--group", "study"]);
    assert_eq!((edited.code, edited.stdout.trim()), (0, id.as_str()), "{edited:?}");
    let summary = home.dissect(["run", "show", "long", "--json"]).json();
    assert_eq!(
        (&summary["time_limit"], &summary["time_left"], &summary["priority"], &summary["group"]),
        (&10_800.0.into(), &10_800.0.into(), &(-2).into(), &"study".into()),
        "{summary}"
    );
    let moved = home.dissect(["run", "move", "--group", "study", "--bottom"]);
    assert_eq!((moved.code, moved.stdout.trim()), (0, id.as_str()), "{moved:?}");
    let none = ["run", "edit", "long", "--time-limit", "none", "--group", "none", "--after", "none"];
    assert_eq!(home.dissect(none).code, 0);
    let summary = home.dissect(["run", "show", "long", "--json"]).json();
    assert!(summary["time_left"].is_null() && summary["group"].is_null(), "{summary}");
}

#[test]
fn ended_runs_are_cleaned_with_and_without_a_daemon() {
    let mut home = TestHome::with_daemon();
    let [kept, gone] = ["kept", "gone"].map(|name| home.start(&training(name, 2, 0.0)));
    for id in [&kept, &gone] {
        home.wait_for_status(id, &["finished"]);
    }
    let young = home.dissect(["run", "clean", "--older-than", "30d", "--yes"]);
    assert_eq!((young.code, young.stdout.as_str()), (0, ""), "{young:?}");
    assert!(young.stderr.contains("there is nothing to clean"), "{young:?}");
    let unasked = home.dissect(["run", "clean", "--older-than", "0s"]);
    assert_eq!(unasked.code, 2, "{unasked:?}");
    assert!(unasked.stderr.contains("--yes"), "{unasked:?}");
    for (arguments, expected) in [
        (["--older-than", "thirty days"], "found \"thirty days\""),
        (
            ["--older-than=0s", "--state=running"],
            "found \"running\", expected finished, stopped, failed or lost",
        ),
    ] {
        let wrong = home.dissect(["run", "clean"].iter().chain(&arguments));
        assert!(wrong.code == 2 && wrong.stderr.contains(expected), "{wrong:?}");
    }
    let dry = home.dissect(["run", "clean", "--older-than", "0s", "--dry-run", "--json"]).json();
    assert_eq!(dry["runs"].as_array().unwrap().len(), 2, "{dry}");
    assert!(home.run(&kept).join("log.txt").exists(), "it only looked");

    // What a run that waits needs is left alone.
    assert_eq!(home.dissect(["run", "pause"]).code, 0);
    let spec = home.write("spec.toml", training("next", 2, 0.0));
    let waits = home.dissect(["run", "start", spec.to_str().unwrap(), "--after", "gone"]).stdout;
    // At a terminal it asks; whatever is not a yes is a no.
    for answer in ["\n", "no\n"] {
        let mut terminal = Terminal::dissect(home.path(), &["run", "clean", "--older-than", "0s"], (100, 30));
        terminal.wait_for("delete all but the last models and measurements of 1 run");
        terminal.type_keys(answer);
        terminal.wait_for("nothing was deleted");
        assert!(terminal.wait_for_end().success());
        assert!(home.run(&kept).join("log.txt").exists());
    }
    let cleaned = home.dissect(["run", "clean", "--older-than", "0s", "--yes"]);
    assert_eq!(cleaned.code, 0, "{cleaned:?}");
    assert!(cleaned.stderr.contains(&format!("{gone}: run {} waits for it", waits.trim())), "{cleaned:?}");
    assert!(cleaned.stdout.contains("freed") && cleaned.stdout.contains("of 1 run\n"), "{cleaned:?}");
    for (name, stays) in [
        ("spec.toml", true),
        ("state.json", true),
        ("metrics.jsonl", true),
        ("snapshots/final.onnx", true),
        ("log.txt", false),
        ("checkpoints", false),
    ] {
        assert_eq!(home.run(&kept).join(name).exists(), stays, "{name}");
        assert!(home.run(&gone).join(name).exists(), "{name}");
    }
    let listed = home.dissect(["run", "list", "--json"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 3, "{listed}");

    assert_eq!(home.dissect(["run", "remove", "next"]).code, 0);
    home.kill_daemon();
    let all = ["run", "clean", "--older-than", "0s", "--all", "--yes", "--state", "finished,lost", "--json"];
    let cleaned = home.dissect(all).json();
    assert_eq!(cleaned["runs"].as_array().unwrap().len(), 2, "{cleaned}");
    assert!(cleaned["bytes"].as_u64().unwrap() > 0, "{cleaned}");
    let names: Vec<_> =
        fs::read_dir(home.path().join("runs")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| !name.to_string_lossy().contains("kept")), "{names:?}");
    assert!(!home.run(&gone).exists());
}
