//! From files and flags to a configuration, and what is said of files with mistakes.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use dissectd::config::{self, ConfigError, ConfigFile, Destination, Live, Reading, TakesEffect};
use dissectd::options::Flags;

fn file(path: &str, text: &str) -> ConfigFile {
    ConfigFile { path: PathBuf::from(path), text: text.to_owned() }
}

fn flags() -> Flags {
    Flags { home: Some(PathBuf::from("/home-of-runs")), ..Flags::default() }
}

fn read(files: &[ConfigFile]) -> Reading {
    config::read(&flags(), files).unwrap()
}

/// What is wrong with a file, and what is unknown in it.
fn complaints(text: &str) -> Vec<String> {
    let problems = match config::read(&flags(), &[file("/f", text)]) {
        Ok(reading) => reading.unknown,
        Err(ConfigError::Wrong(problems)) => problems,
        Err(other) => panic!("{other}"),
    };
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn every_key_has_a_default() {
    let Reading { config, shown, unknown } = read(&[]);
    assert_eq!((config.slots, config.grace), (1, Duration::from_secs(60)));
    assert_eq!(config.log.to, Destination::Auto);
    assert_eq!(config.log.file, PathBuf::from("/home-of-runs/dissectd.log"));
    assert_eq!(config.clients.limit, 4096);
    assert!(unknown.is_empty());
    let said: Vec<_> = shown.iter().filter(|shown| shown.origin.to_string() != "default").collect();
    assert_eq!(said.len(), 1, "{said:?}");
    assert_eq!(said[0].origin.to_string(), "--home");
}

#[test]
fn flags_are_over_the_users_file_and_that_is_over_the_machines() {
    let machine = file("/etc/d.toml", "slots = 2\ngrace_s = 5\n[log]\nlevel = 'warn'\nfiles = 3");
    let user = file("/home/d.toml", "grace_s = 2.5\n\n[log]\nlevel = 'info,dissectd=debug'");
    let given = Flags { slots: Some(7), ..flags() };
    let Reading { config, shown, .. } = config::read(&given, &[machine, user]).unwrap();
    assert_eq!((config.slots, config.grace.as_secs_f64()), (7, 2.5));
    assert_eq!((config.log.level.as_str(), config.log.files), ("info,dissectd=debug", 3));
    let origin = |key| shown.iter().find(|shown| shown.key == key).unwrap().origin.to_string();
    assert_eq!(origin("slots"), "--slots");
    assert_eq!(origin("grace_s"), "/home/d.toml:1");
    assert_eq!(origin("log.level"), "/home/d.toml:4");
    assert_eq!(origin("log.files"), "/etc/d.toml:5");
    assert_eq!(origin("clients.limit"), "default");
}

#[test]
fn mistakes_are_named_with_file_line_and_what_was_expected() {
    for (text, expected) in [
        ("slots = 0", "/f:1: slots: found 0, expected an integer from 1 to 65535"),
        ("\nslots = 'two'", "/f:2: slots: found \"two\", expected an integer from 1 to 65535"),
        ("slots = 70000", "/f:1: slots: found 70000, expected an integer from 1 to 65535"),
        ("rules.throughput = 2", "/f:1: rules.throughput: found 2, expected a number from 0 to 1"),
        (
            "on_event.url = 'ftp://a'",
            "/f:1: on_event.url: found \"ftp://a\", expected a URL of http or https",
        ),
        (
            "on_event.command = ['./hook']",
            "/f:1: on_event.command: found a list, expected a list of a program (an absolute path, or a name that is \
             on PATH) and its arguments",
        ),
        (
            "on_event.kinds = ['ended']",
            "/f:1: on_event.kinds: found a list, expected a list of queued or started or finished or failed or \
             stopped or lost or adopted or finding",
        ),
        ("grace_s = -1", "/f:1: grace_s: found -1, expected a number of seconds from 0 to 1000000000"),
        ("grace_s = nan", "/f:1: grace_s: found nan, expected a number of seconds from 0 to 1000000000"),
        ("home = 'runs'", "/f:1: home: found \"runs\", expected an absolute path"),
        ("log = 5", "/f:1: log: found 5, expected a table"),
        (
            "[log]\nto = 'syslog'",
            "/f:2: log.to: found \"syslog\", expected auto or journald or stderr or file",
        ),
        (
            "programs.trainer = './t'",
            "/f:1: programs.trainer: found \"./t\", expected an absolute path, or a program's name that is on PATH",
        ),
        ("slot = 2", "/f:1: slot: no such key; did you mean `slots`?"),
        ("grace = 2", "/f:1: grace: no such key; did you mean `grace_s`?"),
        ("level = 'info'", "/f:1: level: no such key; did you mean `log.level`?"),
        ("[log]\nfile-mib = 2", "/f:2: log.file-mib: no such key; did you mean `log.file_mib`?"),
        ("[zebra]\nx = 2", "/f:1: zebra: no such key; known are home, slots, "),
        ("[client]\nlimit = 2", "/f:1: client: no such key; did you mean `clients.limit`?"),
        ("slots = ", "/f:1: not TOML: "),
    ] {
        let found = complaints(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].starts_with(expected), "{text}: {found:?}");
    }
    assert_eq!(complaints("slots = 0\nslat = 1\n[log]\nlevel = 5").len(), 2, "all that is wrong, at once");
}

#[test]
fn what_is_printed_is_the_configuration_it_came_from() {
    let text =
        "slots = 3\n[programs]\ntrainer = '/opt/\"t\"'\n[log]\nto = 'file'\n[clients]\npatience_s = 0.5";
    let reading = read(&[file("/f", text)]);
    let printed = config::to_toml(&reading.shown);
    assert!(printed.contains("slots = 3") && printed.contains("# /f:1"), "{printed}");
    let again = config::read(&Flags::default(), &[file("/printed", &printed)]).unwrap();
    // An environment that names a home is over files.
    if std::env::var_os("DISSECT_HOME").is_none() {
        assert_eq!(again.config, reading.config);
    }
    assert!(again.unknown.is_empty());
}

#[test]
fn reloaded_what_can_change_does_and_what_cannot_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("d.toml");
    let write = |text: &str| fs::write(&path, text).unwrap();
    write("slots = 1\n[clients]\nlimit = 5");
    let mut live = Live::read(Flags { config: Some(path.clone()), ..flags() }).unwrap();
    assert_eq!(live.reload().unwrap(), []);

    write("slots = 4\nhome = '/elsewhere'\n[clients]\nlimit = 6\n[log]\nto = 'stderr'\nlevel = 'debug'");
    let changes = live.reload().unwrap();
    let kept: Vec<_> = changes.iter().map(|change| (change.key, change.takes_effect)).collect();
    let expected = [
        ("slots", TakesEffect::OnReload),
        ("log.level", TakesEffect::OnReload),
        ("log.to", TakesEffect::OnRestart),
        ("clients.limit", TakesEffect::OnRestart),
    ];
    assert_eq!(kept, expected, "the home is given by a flag");
    let config = live.config();
    assert_eq!((config.slots, config.clients.limit), (4, 5));
    assert_eq!((config.log.level.as_str(), config.log.to), ("debug", Destination::Auto));

    write("slots = 'many'");
    assert!(live.reload().is_err());
    fs::remove_file(&path).unwrap();
    assert!(live.reload().is_err());
    assert_eq!(live.config().slots, 4, "a mistake changes nothing");
}

/// The program, in an environment that names no folders but these.
fn dissectd(folder: &std::path::Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dissectd"));
    command
        .args(arguments)
        .env_remove("DISSECT_HOME")
        .env_remove("XDG_STATE_HOME")
        .env_remove("DISSECTD_LOG");
    command.env("HOME", folder).env("XDG_CONFIG_HOME", folder.join("config")).output().unwrap()
}

#[test]
fn the_program_prints_and_checks_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config/dissect/dissectd.toml");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, "slots = 2\nslat = 1\n").unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();

    let printed = dissectd(folder.path(), &["config", "print", "--grace", "5"]);
    let (out, err) = (text(&printed.stdout), text(&printed.stderr));
    assert!(printed.status.success(), "{err}");
    let home = folder.path().join(".local/state/dissect");
    assert!(out.contains(&format!("home = \"{}\"", home.display())), "{out}");
    assert!(out.contains("grace_s = 5.0") && out.contains("# --grace"), "{out}");
    assert!(out.contains(&format!("# {}:1", path.display())), "{out}");
    assert!(err.contains("slat: no such key; did you mean `slots`?"), "{err}");
    assert!(!home.exists(), "looking creates nothing");

    let checked = dissectd(folder.path(), &["config", "check"]);
    assert!(checked.status.success());
    assert!(text(&checked.stdout).contains(", 1 unknown key"), "{checked:?}");

    let bad = folder.path().join("bad.toml");
    fs::write(&bad, "slots = -2\n[log]\nto = 7\n").unwrap();
    let bad = dissectd(folder.path(), &["config", "check", bad.to_str().unwrap()]);
    assert_eq!(bad.status.code(), Some(1));
    assert_eq!(text(&bad.stderr).matches("error: ").count(), 2, "{bad:?}");
    assert!(text(&bad.stderr).contains("2 values of the configuration cannot be used"), "{bad:?}");

    let missing = dissectd(folder.path(), &["--config", "/nowhere/d.toml"]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(text(&missing.stderr).contains("cannot read /nowhere/d.toml"), "{missing:?}");
}
