//! `compare`, `gradient` and `inspect` on good models and on bad ones.

use std::fs;
use std::path::PathBuf;

use dissect_tests::{Finished, TestHome, small_classifier, small_generator};

/// A home with classifiers `a` and `b` and a generator `g`.
fn home() -> TestHome {
    let home = TestHome::new();
    let models =
        [("a", small_classifier(10, 32, 1)), ("b", small_classifier(10, 32, 2)), ("g", small_generator(1))];
    for (name, model) in models {
        model.save(home.path().join(format!("{name}.onnx"))).expect("the home is writable");
    }
    home
}

fn compare(home: &TestHome, models: &[&str], more: &[&str]) -> Finished {
    let common = ["--generator", "g.onnx", "--seeds", "2", "--steps", "3", "--device", "cpu"];
    home.dissect(["compare"].iter().chain(models).chain(&common).chain(more))
}

#[test]
fn a_model_is_no_distance_from_itself_and_some_from_another() {
    let home = home();
    fs::copy(home.path().join("a.onnx"), home.path().join("same.onnx")).unwrap();
    let report = compare(&home, &["a.onnx", "same.onnx", "b.onnx"], &["--json", "--out", "out"]).json();
    let pairs = report["pairs"].as_array().unwrap();
    assert_eq!(pairs.len(), 2, "{report}");
    assert!(pairs[0]["dist"].as_f64().unwrap().abs() < 1e-9, "{report}");
    assert_eq!(pairs[0]["agreement"], 1.0, "{report}");
    assert!(pairs[1]["dist"].as_f64().unwrap() > 1e-6, "{report}");
    for key in ["f2", "variance", "std", "per_class", "before"] {
        assert!(!pairs[1][key].is_null(), "{key}: {report}");
    }
    assert_eq!(pairs[1]["per_class"].as_array().unwrap().len(), 10);
    for file in
        ["report.json", "distances.svg", "distances.png", "patterns.png", "latents.npy", "patterns.npy"]
    {
        let size = fs::metadata(home.path().join("out").join(file)).unwrap().len();
        assert!(size > 100, "{file}: {size} bytes");
    }

    // The same starts from a file give the same distance.
    let again = compare(&home, &["a.onnx", "b.onnx"], &["--json", "--latents", "out/starts.npy"]).json();
    let (one, two) = (pairs[1]["dist"].as_f64().unwrap(), again["pairs"][0]["dist"].as_f64().unwrap());
    assert!((one - two).abs() <= 1e-6 * one.abs(), "{one} {two}");
}

#[test]
fn the_table_names_models_and_says_what_is_seen() {
    let home = home();
    let finished = compare(&home, &["a.onnx", "b.onnx"], &["--verbose", "--all-pairs"]);
    assert_eq!(finished.code, 0, "{finished:?}");
    for expected in
        ["f1", "distance", "same class", "small-s1", "small-s2", "On patterns that excite small-s2"]
    {
        assert!(finished.stdout.contains(expected), "no {expected:?} in {finished:?}");
    }
}

#[test]
fn bad_models_are_refused_by_name_and_reason() {
    let home = home();
    let whole = fs::read(home.path().join("a.onnx")).unwrap();
    home.write("cut.onnx", &whole[..whole.len() / 2]);
    home.write("text.onnx", "this is no model");
    home.write("empty.onnx", "");
    small_classifier(7, 32, 3).save(home.path().join("seven.onnx")).unwrap();
    let cases: [(&str, i32, &[&str]); 6] = [
        ("missing.onnx", 3, &["missing.onnx", "not found"]),
        ("cut.onnx", 1, &["cut.onnx"]),
        ("text.onnx", 1, &["text.onnx", "not an ONNX model"]),
        ("empty.onnx", 1, &["empty.onnx"]),
        ("seven.onnx", 1, &["seven.onnx", "7 classes", "10"]),
        ("g.onnx", 1, &["g.onnx"]),
    ];
    for (model, code, expected) in cases {
        let finished = compare(&home, &["a.onnx", model], &[]);
        assert_eq!(finished.code, code, "{model}: {finished:?}");
        assert!(finished.stderr.starts_with("dissect: "), "{model}: {finished:?}");
        for word in expected {
            assert!(finished.stderr.contains(word), "{model}: no {word:?} in {finished:?}");
        }
    }
}

#[test]
fn a_model_of_another_size_sees_the_images_resized() {
    let home = home();
    small_classifier(10, 64, 3).save(home.path().join("large.onnx")).unwrap();
    let report = compare(&home, &["a.onnx", "large.onnx"], &["--json"]).json();
    assert!(report["pairs"][0]["dist"].as_f64().unwrap() > 0.0, "{report}");
}

#[test]
fn a_gradient_is_written_and_agrees_with_differences() {
    let home = home();
    let written = home.dissect(["gradient", "a.onnx", "-o", "grad.onnx", "--check", "--json"]).json();
    let names = |key: &str| {
        written[key].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((names("inputs"), names("outputs")), (vec!["x", "y_grad"], vec!["y", "x_grad"]), "{written}");
    assert_eq!(written["check"][0]["passed"], true, "{written}");
    let out: PathBuf = home.path().join("grad.onnx");
    assert!(out.is_file());
    assert_eq!(home.dissect(["gradient", "missing.onnx", "-o", "x.onnx"]).code, 3);
    assert_eq!(home.dissect(["gradient", "a.onnx", "-o", "x.onnx", "--shape", "x"]).code, 2);
}

#[test]
fn inspect_tells_what_a_model_is() {
    let home = home();
    let told = home.dissect(["inspect", "a.onnx", "--json"]).json();
    assert_eq!(told["differentiable"], true, "{told}");
    assert_eq!(
        (&told["inputs"][0]["name"], &told["outputs"][0]["name"]),
        (&"x".into(), &"y".into()),
        "{told}"
    );
    assert!(told["parameters"].as_u64().unwrap() > 10_000, "{told}");
    assert_eq!(home.dissect(["inspect", "missing.onnx"]).code, 3);
    home.write("text.onnx", "this is no model");
    assert_eq!(home.dissect(["inspect", "text.onnx"]).code, 1);
}
