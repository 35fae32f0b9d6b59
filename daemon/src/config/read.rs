//! From flags, environment and files to the configuration: every key with its type, its default, and
//! when a change of it counts. This is the one place to add a key.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dissect_runs::home::Home;

use super::files::ConfigFile;
use super::keys::{Clients, Config, Destination, LogConfig, OnEvent, Programs, Retries, Thresholds, Topic};
use super::kind::{self, Word};
use super::layers::{Layers, Origin, Shown, TakesEffect};
use super::problem::{ConfigError, Problem};
use crate::options::Flags;

/// A configuration, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// What counts.
    pub config: Config,
    /// Each key as people see it, in the order in which they are printed.
    pub shown: Vec<Shown>,
    /// Keys that mean nothing.
    pub unknown: Vec<Problem>,
}

/// Reads the configuration. An error names every value that cannot be used.
pub fn read(flags: &Flags, files: &[ConfigFile]) -> Result<Reading, ConfigError> {
    use TakesEffect::{OnReload, OnRestart};
    let mut layers = Layers::parse(files);

    let home = flag(flags.home.clone(), "--home").or_else(|| variable("DISSECT_HOME"));
    let home = home.map(|(path, origin)| (std::path::absolute(&path).unwrap_or(path), origin));
    let usual_home = Home::from_env().map(|home| home.root().to_owned()).unwrap_or_default();
    let home = layers.key("home", OnRestart, &kind::path(), home, usual_home);
    let slots = flag(flags.slots, "--slots");
    let slots = layers.key("slots", OnReload, &kind::integer(1..=u16::MAX), slots, 1);
    let grace = flag(flags.grace, "--grace");
    let grace = layers.key("grace_s", OnReload, &kind::seconds(0.0..=1e9), grace, 60.0);

    let mut program =
        |key, flag_given, name| layers.key(key, OnReload, &kind::program(), flag_given, find_program(name));
    let trainer = program("programs.trainer", flag(flags.trainer.clone(), "--trainer"), "dissect-trainer");
    let dissect = program("programs.dissect", flag(flags.dissect.clone(), "--dissect"), "dissect");

    let level = env::var("DISSECTD_LOG").ok().filter(|text| !text.is_empty());
    let level = level.map(|text| (text, Origin::Environment("DISSECTD_LOG")));
    let log = LogConfig {
        level: layers.key("log.level", OnReload, &kind::filter(), level, "info".to_owned()),
        to: layers.key("log.to", OnRestart, &kind::word(), None, Destination::Auto),
        file: layers.key("log.file", OnRestart, &kind::path(), None, home.join("dissectd.log")),
        file_mib: layers.key("log.file_mib", OnRestart, &kind::integer(1..=1024), None, 10),
        files: layers.key("log.files", OnRestart, &kind::integer(1..=100), None, 5),
    };
    let limit = layers.key("clients.limit", OnRestart, &kind::integer(1..=65536), None, 4096);
    let patience = layers.key("clients.patience_s", OnReload, &kind::seconds(0.01..=3600.0), None, 20.0);
    let every = layers.key("rules.every_s", OnReload, &kind::seconds(0.01..=3600.0), None, 5.0);
    let rules = Thresholds {
        every: Duration::from_secs_f64(every),
        non_finite: layers.key("rules.non_finite", OnReload, &kind::integer(0..=1), None, 1),
        divergence: layers.key("rules.divergence", OnReload, &kind::number(0.0..=1e9), None, 3.0),
        plateau_epochs: layers.key("rules.plateau_epochs", OnReload, &kind::integer(0..=1_000_000), None, 20),
        stall_s: layers.key("rules.stall_s", OnReload, &kind::seconds(0.0..=1e9), None, 600.0),
        throughput: layers.key("rules.throughput", OnReload, &kind::number(0.0..=1.0), None, 0.5),
    };
    let every_topic: Vec<_> = Topic::WORDS.iter().map(|(_, topic)| *topic).collect();
    let on_event = OnEvent {
        command: layers.key("on_event.command", OnReload, &kind::command(), None, Vec::new()),
        url: layers.key("on_event.url", OnReload, &kind::url(), None, String::new()),
        kinds: layers.key("on_event.kinds", OnReload, &kind::words(), None, every_topic),
        limit: {
            let limit = layers.key("on_event.limit_s", OnReload, &kind::seconds(0.01..=3600.0), None, 10.0);
            Duration::from_secs_f64(limit)
        },
    };
    let limit_of_retries = layers.key("retries.limit", OnReload, &kind::integer(0..=1000), None, 0);
    let delay = layers.key("retries.delay_s", OnReload, &kind::seconds(0.0..=86_400.0), None, 10.0);
    let longest = layers.key("retries.longest_s", OnReload, &kind::seconds(0.0..=86_400.0), None, 600.0);
    let retries = Retries {
        limit: limit_of_retries,
        delay: Duration::from_secs_f64(delay),
        longest: Duration::from_secs_f64(longest),
    };

    if !layers.wrong.is_empty() {
        return Err(ConfigError::Wrong(layers.wrong));
    }
    if home.as_os_str().is_empty() {
        return Err(ConfigError::NoHome);
    }
    let unknown = layers.unknown();
    let config = Config {
        home,
        slots,
        grace: Duration::from_secs_f64(grace),
        programs: Programs { trainer, dissect },
        log,
        clients: Clients { limit, patience: Duration::from_secs_f64(patience) },
        rules,
        on_event,
        retries,
    };
    Ok(Reading { config, shown: layers.shown, unknown })
}

fn flag<T>(given: Option<T>, name: &'static str) -> Option<(T, Origin)> {
    given.map(|value| (value, Origin::Flag(name)))
}

fn variable(name: &'static str) -> Option<(PathBuf, Origin)> {
    let value = env::var_os(name).filter(|value| !value.is_empty())?;
    Some((PathBuf::from(value), Origin::Environment(name)))
}

/// The program beside this one, else its bare name, which is looked for on PATH when it is started.
fn find_program(name: &str) -> PathBuf {
    let beside = env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join(name)));
    beside.filter(|path| path.is_file()).unwrap_or_else(|| Path::new(name).to_owned())
}
