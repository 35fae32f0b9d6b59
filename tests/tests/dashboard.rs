//! The dashboard in a pseudo-terminal, as a person uses it: keys, sizes, signals, and runs that come and go.

use std::fs;
use std::io::Write as _;

use dissect_runs::folder::RunFolder;
use dissect_runs::home::Home;
use dissect_runs::spec::Spec;
use dissect_tests::{Terminal, TestHome};
use rustix::process::Signal;

const SIZE: (u16, u16) = (110, 32);
const DOWN: &str = "\u{1b}[B";

/// A run folder as the daemon makes one, queued and with nothing in it yet.
fn queued(home: &TestHome, name: &str) -> RunFolder {
    let spec = format!(
        "kind = \"train\"\nname = \"{name}\"\n[data]\ndataset = \"shapes\"\n[training]\nepochs = 4\n"
    );
    Home::at(home.path())
        .create_run(&Spec::parse(&spec).expect("the spec holds"))
        .expect("the home is writable")
}

fn append_epoch(run: &RunFolder, epoch: u32) {
    let mut file =
        fs::File::options().create(true).append(true).open(run.metrics_path()).expect("a run folder");
    let line = format!(
        r#"{{"kind":"epoch","time":1795428912.4,"epoch":{epoch},"step":{},"train_loss":1.5,"train_accuracy":0.5{epoch},
            "test_loss":1.6,"test_accuracy":0.4{epoch},"gradient_magnitude":14.2}}"#,
        epoch * 10
    );
    writeln!(file, "{}", line.replace('\n', "")).expect("a run folder");
}

#[test]
fn runs_appear_and_grow_without_a_daemon_and_keys_go_through_the_screens() {
    let home = TestHome::new();
    let mut terminal = Terminal::dissect(home.path(), &[], SIZE);
    terminal.wait_for("no runs in");
    terminal.wait_for("no dissectd");
    let run = queued(&home, "first");
    terminal.wait_for("○ queued   first");
    append_epoch(&run, 1);
    terminal.wait_for("51.0%");
    append_epoch(&run, 2);
    terminal.wait_for("52.0%");
    queued(&home, "second");
    terminal.wait_for("○ queued   second");
    // Each waits for something that was not there before: two keys in one read could be an escape sequence.
    for (key, shown) in [
        ("2", "written no metrics yet"),
        ("3", "To dissect"),
        ("4", "nothing dissected yet"),
        ("5", "no GAN yet"),
        ("6", "cores"),
        ("7", "nothing printed"),
        ("?", "Keys on Log"),
        ("\u{1b}", "tab pane"),
        ("1", "Runs 2 ─"),
        ("/first\r", "1 of 2"),
        ("2", "x axis"),
        ("\u{1b}", "o sort"),
        ("\u{1b}", "Runs 2 ─"),
        ("n", "New run"),
    ] {
        terminal.type_keys(key);
        terminal.wait_for(shown);
    }
    terminal.type_keys(&format!("{}-5", DOWN.repeat(3)));
    terminal.wait_for("model.width: found");
    terminal.resize((60, 20));
    terminal.wait_for_screen("the form in a small terminal", |screen| {
        screen.contains("model.width: found") && screen.lines().all(|line| line.chars().count() <= 60)
    });
    terminal.type_keys("\u{1b}");
    terminal.wait_for("Runs 2 ─");
    fs::remove_dir_all(run.path()).unwrap();
    terminal.wait_for("Runs 1 ─");
    terminal.type_keys("q");
    assert!(terminal.wait_for_end().success());
    assert!(!terminal.holds_the_screen());
}

#[test]
fn signals_give_the_terminal_back() {
    let home = TestHome::new();
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut terminal = Terminal::dissect(home.path(), &[], SIZE);
        terminal.wait_for("no dissectd");
        assert!(terminal.holds_the_screen());
        terminal.signal(signal);
        assert!(terminal.wait_for_end().success(), "{signal:?}");
        assert!(!terminal.holds_the_screen(), "{signal:?}");
    }
    let mut terminal = Terminal::dissect(home.path(), &[], SIZE);
    terminal.wait_for("no dissectd");
    terminal.hang_up((80, 24));
    terminal.wait_for_end();
}

#[test]
fn a_run_is_started_watched_stopped_and_removed_from_the_keyboard() {
    let home = TestHome::with_daemon();
    let mut terminal = Terminal::dissect(home.path(), &[], SIZE);
    terminal.wait_for("● dissectd");
    // Name, width, data set, limit and epochs, in the order of the form.
    let fields = [("live", 3), ("0.0625", 1), ("s", 5), ("128", 1), ("100000", 0)];
    let typed: String = fields.iter().map(|(text, downs)| format!("{text}{}", DOWN.repeat(*downs))).collect();
    terminal.type_keys(&format!("n{typed}"));
    terminal.wait_for("✓ dissectd will queue it");
    terminal.type_keys("\r");
    terminal.wait_for("● running  live");
    let runs = Home::at(home.path()).ids().unwrap();
    let id = runs[0].as_str();
    home.wait_for_epochs(id, 2);

    // The dashboard's end is not the run's.
    terminal.kill();
    terminal.wait_for_end();
    let done = home.records(id, "epoch").len();
    home.wait_for_epochs(id, done + 1);
    let mut terminal = Terminal::dissect(home.path(), &[], SIZE);
    terminal.wait_for("● running  live");
    terminal.type_keys("t");
    terminal.wait_for("■ stopped  live");
    // The run says that it stopped a moment before its worker has left; the daemon waits for that.
    terminal.type_keys("x");
    terminal.wait_for("remove live?");
    terminal.type_keys("y");
    terminal.wait_for("live is removed");
    terminal.wait_for("no runs in");
    assert_eq!(Home::at(home.path()).ids().unwrap(), []);
    terminal.type_keys("q");
    assert!(terminal.wait_for_end().success());
}
