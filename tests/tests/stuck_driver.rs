//! A GPU driver that never answers: a library in its place whose first call sleeps for ever.

use std::fs;
use std::process::Command;

use dissect_tests::{Finished, Terminal, TestHome};

#[test]
fn a_stuck_gpu_driver_keeps_nobody_waiting() {
    let home = TestHome::with_daemon();
    let source = home.write(
        "nvml.c",
        "#include <unistd.h>\nint nvmlInit_v2(void) { for (;;) pause(); }\nint nvmlInitWithFlags(unsigned flags) { for (;;) pause(); }\n",
    );
    let library = home.path().join("libnvidia-ml.so.1");
    let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).output();
    let compiled =
        Finished::of(compiled.expect("this test needs a C compiler called `cc`, as building does"));
    assert_eq!(compiled.code, 0, "{compiled:?}");
    fs::copy(&library, home.path().join("libnvidia-ml.so")).expect("the home is writable");

    let with_driver = |arguments: &[&str]| {
        let output = home.command(arguments).env("LD_LIBRARY_PATH", home.path()).output();
        Finished::of(output.expect("dissect starts"))
    };
    let checks = with_driver(&["doctor", "--json"]);
    let checks: serde_json::Value = serde_json::from_str(&checks.stdout).expect("doctor answers");
    let gpu = checks.as_array().expect("a list").iter().find(|check| check["name"] == "GPU");
    let detail = gpu.expect("doctor looks for a GPU")["detail"].as_str().expect("a text");
    assert!(detail.contains("has not answered"), "{detail}");
    assert_eq!(with_driver(&["run", "list", "--json"]).code, 0);

    // The dashboard goes on reading the host and taking keys, and ends when it is told to.
    let environment = [("LD_LIBRARY_PATH", home.path())];
    let mut dashboard = Terminal::dissect_with(home.path(), &[], (110, 32), &environment);
    dashboard.wait_for("● dissectd");
    dashboard.type_keys("6");
    let screen = dashboard.wait_for("cores");
    assert!(screen.contains("asking the driver"), "{screen}");
    dashboard.type_keys("q");
    assert!(dashboard.wait_for_end().success());
}
