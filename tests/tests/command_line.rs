//! Exit codes and messages of the command line, where nothing needs a daemon or a model.

use std::io::Read as _;
use std::process::Stdio;

use dissect_tests::{Finished, TestHome};

/// The one message a failure prints.
fn message(finished: &Finished) -> &str {
    let text = finished.stderr.strip_prefix("dissect: ").unwrap_or_else(|| panic!("{finished:?}"));
    assert!(
        !text.contains("dissect: ") && !text.contains("panicked") && !text.contains("Caused by"),
        "{text}"
    );
    text
}

#[test]
fn bad_specs_are_refused_with_key_line_and_expectation() {
    let home = TestHome::new();
    let cases = [
        ("kind = \"train\"\n[training]\nepohcs = 3\n", &["line 3", "training.epohcs", "epochs"][..]),
        ("kind = \"train\"\n[training]\nepochs = \"3\"\n", &["line 3", "training.epochs", "integer"]),
        ("kind = \"train\"\n[training]\nepochs = -1\n", &["line 3", "training.epochs", "found -1"]),
        ("kind = \"train\"\n[training]\nlearning_rate = nan\n", &["training.learning_rate"]),
        ("kind = \"train\"\n[data]\nnoise = 1.5\n", &["line 3", "data.noise", "1.5"]),
        ("kind = \"train\"\n[model]\narch = \"vgg12\"\n", &["line 3", "model.arch", "vgg12", "vgg11"]),
        ("kind = \"train\"\n[data]\ndataset = \"folder\"\n", &["data.dataset", "not supported"]),
        ("kind = \"trian\"\n", &["line 1", "kind", "train"]),
        ("[data]\n", &["kind", "missing"]),
        ("kind = \"dissect\"\nmodels = [\"a.onnx\"]\ngenerator = \"g.onnx\"\n", &["models", "at least 2"]),
        ("kind = \"dissect\"\nmodels = [\"a.onnx\", \"b.onnx\"]\n", &["generator", "missing"]),
        ("kind = \"train\"\nname = \"../x\"\n", &["line 2", "name"]),
        ("kind = [\n", &["line"]),
        ("", &["kind", "missing"]),
    ];
    for (spec, expected) in cases {
        let path = home.write("spec.toml", spec);
        let finished = home.dissect(["run".as_ref(), "start".as_ref(), path.as_os_str()]);
        assert_eq!(finished.code, 2, "{spec}: {finished:?}");
        for word in expected {
            assert!(message(&finished).contains(word), "{spec}: no {word:?} in {finished:?}");
        }
    }
}

#[test]
fn failures_have_their_own_exit_codes() {
    let home = TestHome::new();
    home.write("good.toml", "kind = \"train\"\n");
    let cases: [(&[&str], i32, &str); 22] = [
        (&["run", "start", "good.toml"], 4, "no daemon answers"),
        (&["run", "stop", "x"], 4, "dissectd"),
        (&["run", "resume", "x"], 4, "dissectd"),
        (&["run", "remove", "x"], 4, "dissectd"),
        (&["run", "start", "missing.toml"], 3, "missing.toml"),
        (&["run", "start", "good.toml", "--set", "training.epohcs=1"], 2, "training.epohcs=1"),
        (&["run", "start", "good.toml", "--name", "a b"], 2, "name"),
        (&["run", "show", "x"], 3, "no run is called `x`"),
        (&["run", "logs", "x"], 3, "no run is called `x`"),
        (&["run", "wait", "x"], 3, "no run is called `x`"),
        (&["compare", "a.onnx", "b.onnx", "--generator", "g.onnx"], 3, "not found"),
        (&["compare", "run:x", "b.onnx", "--generator", "g.onnx"], 3, "no run is called `x`"),
        (&["compare", "a.onnx", "--generator", "g.onnx"], 2, "two or more"),
        (&["compare", "a.onnx", "b.onnx"], 2, "--generator"),
        (&["compare", "a.onnx", "b.onnx", "-g", "g.onnx", "--cudnn-search", "best"], 2, "exhaustive"),
        (&["compare", "a.onnx", "b.onnx", "-g", "g.onnx", "--batch", "0"], 2, "expected auto"),
        (&["compare", "a.onnx", "b.onnx", "-g", "g.onnx", "--images", "nowhere"], 3, "nowhere: not found"),
        (&["compare", "a.onnx", "b.onnx", "-g", "g.onnx", "--bootstrap", "1000000"], 2, "--bootstrap"),
        (&["compare", "a.onnx", "b.onnx", "-g", "g.onnx", "--shape", "f2=224"], 2, "--shape f2=224"),
        (&["compare", "a.onnx", "b.onnx", "-g", "g.onnx", "--classes", "cat"], 2, "two names or more"),
        (&["compare", "a.onnx", "b.onnx", "-g", "g.onnx", "--input", "f3=x"], 2, "expected f1= to f2="),
        (&["frobnicate"], 2, "frobnicate"),
    ];
    for (arguments, code, expected) in cases {
        let finished = home.dissect(arguments);
        assert_eq!(finished.code, code, "{arguments:?}: {finished:?}");
        assert!(message(&finished).contains(expected), "{arguments:?}: {finished:?}");
        assert!(finished.stdout.is_empty(), "{arguments:?}: {finished:?}");
    }
}

#[test]
fn looking_needs_neither_daemon_nor_home() {
    let home = TestHome::new();
    let list = home.dissect(["run", "list"]);
    assert_eq!((list.code, list.stdout.as_str()), (0, ""), "{list:?}");
    assert_eq!(home.dissect(["run", "list", "--json"]).json(), serde_json::json!([]));
}

#[test]
fn without_a_terminal_the_dashboard_is_a_list() {
    let home = TestHome::new();
    let finished = home.dissect::<[&str; 0]>([]);
    assert_eq!((finished.code, finished.stdout.as_str()), (0, ""), "{finished:?}");
    assert!(finished.stderr.contains("no runs"), "{finished:?}");
}

#[test]
fn completions_and_man_pages_name_every_verb() {
    let home = TestHome::new();
    for shell in ["bash", "zsh", "fish"] {
        let finished = home.dissect(["completions", shell]);
        assert!(finished.code == 0 && finished.stdout.contains("compare"), "{shell}: {finished:?}");
    }
    let main = home.dissect(["man"]);
    assert!(main.code == 0 && main.stdout.contains(".TH dissect"), "{main:?}");
    let all = home.dissect(["man", "--out", "man1"]);
    assert_eq!(all.code, 0, "{all:?}");
    for verb in ["run-start", "compare", "gradient", "inspect", "demo", "doctor"] {
        assert!(home.path().join(format!("man1/dissect-{verb}.1")).is_file(), "{verb}");
    }
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    let home = TestHome::new();
    let mut child =
        home.command(["completions", "zsh"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(stderr, "");
}

#[test]
fn doctor_finds_what_was_built_and_no_daemon() {
    let checks = TestHome::new().dissect(["doctor", "--json"]).json();
    let found = |name: &str| {
        let check = checks.as_array().unwrap().iter().find(|check| check["name"] == name);
        check.unwrap_or_else(|| panic!("no {name} in {checks}"))["found"].as_bool().unwrap()
    };
    for name in ["ONNX Runtime", "dissect-trainer", "dissectd", "home", "data"] {
        assert!(found(name), "{name}: {checks}");
    }
    assert!(!found("daemon"), "{checks}");
}
