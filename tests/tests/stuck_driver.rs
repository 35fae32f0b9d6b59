//! A GPU driver that does not answer, for ever or for a while: a library in its place whose calls sleep.

use dissect_tests::{FakeDriver, Finished, Terminal, TestHome};

#[test]
fn a_stuck_gpu_driver_keeps_nobody_waiting() {
    let home = TestHome::with_daemon();
    let library = FakeDriver::compiled_in(&home);
    library.hang();

    let with_driver = |arguments: &[&str]| {
        let output = home
            .command(arguments)
            .env("LD_LIBRARY_PATH", library.folder())
            .env("FAKE_NVML_HANGS", library.hangs())
            .output();
        Finished::of(output.expect("dissect starts"))
    };
    let checks = with_driver(&["doctor", "--json"]);
    let checks: serde_json::Value = serde_json::from_str(&checks.stdout).expect("doctor answers");
    let gpu = checks.as_array().expect("a list").iter().find(|check| check["name"] == "GPU");
    let detail = gpu.expect("doctor looks for a GPU")["detail"].as_str().expect("a text");
    assert!(detail.contains("has not answered"), "{detail}");
    assert_eq!(with_driver(&["run", "list", "--json"]).code, 0);

    // The dashboard goes on reading the host and taking keys, and ends when it is told to.
    let (folder, hangs) = (library.folder(), library.hangs());
    let environment = [("LD_LIBRARY_PATH", folder), ("FAKE_NVML_HANGS", hangs.as_path())];
    let mut dashboard = Terminal::dissect_with(home.path(), &[], (110, 32), &environment);
    dashboard.wait_for("● dissectd");
    dashboard.type_keys("6");
    dashboard.wait_for("cores");
    dashboard.wait_for("driver not answering for");
    dashboard.type_keys("q");
    assert!(dashboard.wait_for_end().success());
}

#[test]
fn a_driver_that_comes_back_is_shown_again() {
    let home = TestHome::new();
    let library = FakeDriver::compiled_in(&home);
    let (folder, hangs) = (library.folder(), library.hangs());
    let environment = [("LD_LIBRARY_PATH", folder), ("FAKE_NVML_HANGS", hangs.as_path())];
    let mut dashboard = Terminal::dissect_with(home.path(), &[], (110, 40), &environment);
    dashboard.wait_for("no dissectd");
    dashboard.type_keys("6");
    let screen = dashboard.wait_for("cuda:1");
    for part in [
        "cuda:0 Fake H100",
        "350 W of 700 W",
        "87.0%",
        "31.0G of 80.0G",
        "61 °C",
        "1755 of 1980, memory 2619 MHz",
        "throttled: power limit",
        "4 ECC errors corrected",
        "Xid 79 at",
        "4242",
        // Of the second the driver says next to nothing.
        "processes unknown",
        "Xid unknown",
    ] {
        assert!(screen.contains(part), "{part} is missing:\n{screen}");
    }
    library.hang();
    dashboard.wait_for("driver not answering for");
    library.answer();
    dashboard.wait_for("the driver answers again");
    dashboard.type_keys("q");
    assert!(dashboard.wait_for_end().success());
}
