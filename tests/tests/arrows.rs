//! Who may depend on whom. The arrows keep the daemon free of libtorch and ONNX, and the dashboard free of both
//! libtorch and the daemon.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use dissect_tests::repository;
use serde_json::Value;

type Set = BTreeSet<String>;

fn set(names: &[&str]) -> Set {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Every package's direct dependencies (not those of its tests), from cargo itself.
fn dependencies() -> BTreeMap<String, Set> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--locked", "--offline"])
        .current_dir(repository())
        .output()
        .expect("cargo runs this test");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo prints JSON");
    let name = |value: &Value| value["name"].as_str().expect("a name is a string").to_owned();
    metadata["packages"]
        .as_array()
        .expect("packages are a list")
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("dependencies are a list").iter();
            let direct = dependencies.filter(|dependency| dependency["kind"] != "dev").map(name);
            (name(package), direct.collect())
        })
        .collect()
}

#[test]
fn the_arrows_between_our_packages_hold() {
    let allowed = [
        ("dissect-runs", set(&[])),
        ("dissect-onnx", set(&[])),
        ("dissect-data", set(&[])),
        ("dissectd", set(&["dissect-runs"])),
        ("dissect-trainer", set(&["dissect-runs", "dissect-onnx", "dissect-data"])),
        ("dissect", set(&["dissect-runs", "dissect-onnx", "dissect-data"])),
        ("dissect-tests", set(&["dissect-runs", "dissect-onnx"])),
    ];
    let dependencies = dependencies();
    let ours: Set = dependencies.keys().cloned().collect();
    assert_eq!(ours, allowed.iter().map(|(name, _)| (*name).to_owned()).collect());
    for (name, allowed) in allowed {
        let found: Set = dependencies[name].intersection(&ours).cloned().collect();
        assert!(found.is_subset(&allowed), "{name} depends on {found:?}; only {allowed:?} is allowed");
    }
}

#[test]
fn heavy_libraries_stay_where_they_belong() {
    let homes = [
        ("tch", set(&["dissect-trainer"])),
        ("ort", set(&["dissect-onnx"])),
        ("ratatui", set(&["dissect"])),
        ("tokio", set(&["dissectd", "dissect"])),
    ];
    let dependencies = dependencies();
    for (library, homes) in homes {
        for (package, direct) in &dependencies {
            assert!(!direct.contains(library) || homes.contains(package), "{package} depends on {library}");
        }
    }
}
