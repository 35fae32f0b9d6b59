//! What counts: flags over the environment over the file over what the dashboard does by itself.

use std::env;
use std::path::PathBuf;

use clap::ValueEnum;

use super::file::ConfigFile;
use super::look::{Base, Images, Look};
use super::read::{Problem, parse};
use crate::dashboard::state::Keymap;

/// How the dashboard is to look and behave.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Colours, characters and pictures.
    pub look: Look,
    /// Whether the mouse is listened to from the start.
    pub mouse: bool,
    /// Whether nothing that changes anything is offered.
    pub read_only: bool,
    /// Which key does what.
    pub keymap: Keymap,
}

/// What the command line says.
#[derive(Debug, Clone, Default, PartialEq, Eq, clap::Args)]
#[command(next_help_heading = "Dashboard")]
pub struct Flags {
    /// Colours: auto, dark, light, 16 or mono; auto asks the terminal [env: DISSECT_THEME]
    #[arg(long, value_name = "THEME", hide_possible_values = true)]
    pub theme: Option<Base>,
    /// Draw with ASCII characters only; by itself where the locale is not UTF-8
    #[arg(long)]
    pub ascii: bool,
    /// Pictures: auto, kitty, sixel, iterm2, blocks or none; auto asks the terminal [env: DISSECT_IMAGES]
    #[arg(long, value_name = "HOW", hide_possible_values = true)]
    pub images: Option<Images>,
    /// Listen to the mouse from the start; `m` turns it on and off
    #[arg(long)]
    pub mouse: bool,
    /// Only look: nothing that changes a run is offered
    #[arg(long)]
    pub read_only: bool,
    /// The configuration, instead of $XDG_CONFIG_HOME/dissect/dashboard.toml
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// Where choices are made; they are read anew when the file changes.
#[derive(Debug, Clone)]
pub struct Chosen {
    flags: Flags,
    file: Option<ConfigFile>,
}

impl Chosen {
    /// By these flags, the environment, and the file there is.
    pub fn new(flags: Flags) -> Self {
        let file = ConfigFile::find(flags.config.as_deref());
        Self { flags, file }
    }

    /// The file, where there can be one.
    pub fn file(&self) -> Option<&ConfigFile> {
        self.file.as_ref()
    }

    /// What counts, and what is wrong. A file with a mistake says nothing; neither does a variable.
    pub fn read(&self) -> (Settings, Vec<String>) {
        let mut wrong = Vec::new();
        let mut settings = self.read_file(&mut wrong).unwrap_or_default();
        let look = &mut settings.look;
        if let Some(base) = self.flags.theme.or_else(|| variable("DISSECT_THEME", &mut wrong)) {
            look.base = base;
        }
        if let Some(images) = self.flags.images.or_else(|| variable("DISSECT_IMAGES", &mut wrong)) {
            look.images = images;
        }
        if self.flags.ascii {
            look.ascii = Some(true);
        }
        settings.mouse |= self.flags.mouse;
        settings.read_only |= self.flags.read_only;
        (settings, wrong)
    }

    fn read_file(&self, wrong: &mut Vec<String>) -> Option<Settings> {
        let file = self.file.as_ref()?;
        let text = file.load().map_err(|message| wrong.push(message)).ok()??;
        let said = |problem: &Problem| format!("{}:{problem}", file.path().display());
        parse(&text).map_err(|problems| wrong.extend(problems.iter().map(said))).ok()
    }
}

/// A choice by a variable of the environment.
fn variable<T: ValueEnum>(name: &str, wrong: &mut Vec<String>) -> Option<T> {
    let found = env::var(name).ok().filter(|text| !text.is_empty())?;
    match T::from_str(&found, false) {
        Ok(value) => Some(value),
        Err(_) => {
            let names = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
            let names: Vec<_> = names.map(|value| value.get_name().to_owned()).collect();
            wrong.push(format!("${name}: found {found:?}, expected {}", names.join(", ")));
            None
        }
    }
}
