//! `dissect` without a verb, and `dissect dashboard`: the dashboard on this machine's runs.

use std::fs::OpenOptions;
use std::io::{self, IsTerminal as _};
use std::sync::Mutex;

use anyhow::{Context as _, anyhow};
use clap::ValueEnum as _;
use dissect_runs::home::Home;
use tracing_subscriber::EnvFilter;

use super::run as runs;
use crate::dashboard;
use crate::dashboard::config::{Base, Chosen, Flags, Images};
use crate::failure::{Failure, Outcome};
use crate::output;

/// What `dissect dashboard --help` says at its end.
const ABOUT: &str = "\
dashboard.toml holds colours and keys; it is read anew when it changes:

  mouse = true                # also read_only, images
  [theme]
  base = \"light\"              # auto, dark, light, 16, mono
  good = \"#00875f\"            # also by name or number; curves = [8 of them]
  [keys]
  help = [\"?\", \"ctrl-h\"]      # the names are those that --check prints

DISSECT_LOG names a file to which the dashboard writes what it notices.";

/// What `dissect dashboard` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = ABOUT)]
pub struct Args {
    #[command(flatten)]
    flags: Flags,
    /// Open nothing: say what the configuration comes to, or what is wrong with it
    #[arg(long)]
    check: bool,
}

/// `dissect dashboard`.
pub fn run(args: Args) -> Outcome {
    if args.check { check(args.flags) } else { open(args.flags) }
}

/// Opens the dashboard until the person leaves it.
pub fn open(flags: Flags) -> Outcome {
    let home = Home::from_env()?;
    if !io::stdout().is_terminal() {
        // Into a pipe or a file goes what can be read there.
        return runs::run(runs::Command::List(runs::list::Args::default()));
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::Usage(anyhow!(
            "the dashboard reads keys from a terminal, and stdin is none; `dissect run list` needs none"
        )));
    }
    log_to_file()?;
    dashboard::run(dashboard::Options { home, chosen: Chosen::new(flags) })?;
    Ok(())
}

/// What the dashboard notices goes to a file that somebody names: nothing may be printed into the screen.
fn log_to_file() -> anyhow::Result<()> {
    let Some(path) = std::env::var_os("DISSECT_LOG").filter(|path| !path.is_empty()) else { return Ok(()) };
    let opened = OpenOptions::new().create(true).append(true).open(&path);
    let file = opened.with_context(|| format!("$DISSECT_LOG: cannot write {}", path.display()))?;
    let filter = EnvFilter::new("info,dissect=debug");
    tracing_subscriber::fmt().with_ansi(false).with_env_filter(filter).with_writer(Mutex::new(file)).init();
    Ok(())
}

fn check(flags: Flags) -> Outcome {
    let chosen = Chosen::new(flags);
    let (settings, wrong) = chosen.read();
    if !wrong.is_empty() {
        return Err(Failure::Usage(anyhow!(wrong.join("\n"))));
    }
    let file = chosen.file().map(|file| file.path().display().to_string());
    let mut text = format!("# {}\n", file.as_deref().unwrap_or("no configuration file"));
    let word = |value: Option<clap::builder::PossibleValue>| {
        value.map(|value| format!("{:?}", value.get_name())).unwrap_or_default()
    };
    text += &format!("mouse = {}\nread_only = {}\n", settings.mouse, settings.read_only);
    text += &format!("images = {}\n\n[theme]\n", word(Images::to_possible_value(&settings.look.images)));
    text += &format!("base = {}\n", word(Base::to_possible_value(&settings.look.base)));
    if let Some(ascii) = settings.look.ascii {
        text += &format!("ascii = {ascii}\n");
    }
    text += &settings.look.colours_as_toml();
    text += "\n[keys]\n";
    for name in settings.keymap.names() {
        let keys: Vec<_> = settings.keymap.keys(name).iter().map(|key| format!("{:?}", key.name())).collect();
        text += &format!("{name} = [{}]\n", keys.join(", "));
    }
    Ok(output::print(&text)?)
}
