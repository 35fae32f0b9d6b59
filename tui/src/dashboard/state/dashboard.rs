//! The whole state of the dashboard, and what can be asked of it. It changes only in [`super::update`].

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dissect_runs::spec::Kind;
use image::RgbImage;

use super::charts;
use super::colours::Colours;
use super::dissecting::{Dissecting, Level};
use super::event::{Daemon, Request};
use super::evidence::Evidence;
use super::filter::{self, Sort};
use super::form::Form;
use super::keys::{Action, Keymap};
use super::list::Cursor;
use super::log::{Log, Reading};
use super::machine::Machine;
use super::models::Models;
use super::run::Run;
use super::screens::{Screen, dissect, models, runs};
use super::table::Table;

/// Curve colours handed out before they repeat.
const COLOURS: usize = 8;

/// Everything the dashboard knows.
#[derive(Debug, Clone)]
pub struct State {
    /// The folder that holds the runs, as it is shown.
    pub home: String,
    /// Columns of the terminal.
    pub width: u16,
    /// What is in front.
    pub screen: Screen,
    /// Now, seconds since 1970.
    pub now: f64,
    /// All runs by id.
    pub runs: BTreeMap<String, Run>,
    /// Whether the folders that were there at the start have been seen.
    pub listed: bool,
    /// The run under the cursor.
    pub cursor: Cursor,
    /// Ids of the marked runs, in the order they were marked.
    pub marked: Vec<String>,
    /// Words that a listed run must contain.
    pub filter: String,
    /// What the list is sorted by.
    pub sort: Sort,
    /// Curve colours of the runs.
    pub colours: Colours,
    /// How the curves are shown.
    pub charts: charts::View,
    /// The models screen.
    pub models: Models,
    /// The dissection in front, where it is not the run under the cursor.
    pub dissection: Cursor,
    /// Where one is inside it.
    pub dissect: Dissecting,
    /// What single patterns hold.
    pub evidence: Evidence,
    /// The GAN in front, where it is not the run under the cursor.
    pub gan: Cursor,
    /// The epoch that is read off the charts and whose samples are shown; nothing stands for the last one.
    pub scrub_epoch: Option<f64>,
    /// Which part of the log screen has the keys.
    pub log_pane: LogPane,
    /// The run whose log is followed, and its log.
    pub log: Option<(String, Log)>,
    /// Where one reads in the log.
    pub log_at: Reading,
    /// Where one reads in the events.
    pub events_at: Reading,
    /// GPUs and host.
    pub machine: Machine,
    /// The way to the daemon.
    pub daemon: Daemon,
    /// Requests that have no answer yet.
    pub waiting: Vec<Request>,
    /// The last thing worth saying.
    pub notice: Option<Notice>,
    /// What is laid over the screen.
    pub overlay: Option<Overlay>,
    /// Which key does what.
    pub keymap: Keymap,
    /// Pictures that were read, or why they could not be.
    pub images: HashMap<PathBuf, Result<Arc<RgbImage>, String>>,
    /// Pictures that were asked for.
    pub(super) asked: BTreeSet<PathBuf>,
}

/// Which part of the log screen has the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogPane {
    /// The worker's output.
    Log,
    /// What happened.
    Events,
}

/// Something worth saying in the footer.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// The words.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
    /// When it was said, seconds since 1970.
    pub said: f64,
}

/// How a notice is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Under way.
    Busy,
    /// Done.
    Good,
    /// Did not work.
    Bad,
}

/// What is laid over the screen and has the keys.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// The keys of this screen.
    Help {
        /// Rows left out above.
        first: usize,
    },
    /// A new run.
    Form(Box<Form>),
    /// A question answered with y or n.
    Confirm {
        /// What would be done.
        question: String,
        /// What it means, line by line.
        details: Vec<String>,
        /// What yes asks of the daemon.
        requests: Vec<Request>,
    },
    /// Into which kind of file the screen goes.
    Export,
    /// The filter, as it is typed.
    Filter {
        /// What it was before.
        before: String,
    },
}

impl State {
    /// Nothing seen yet.
    pub fn new(home: &Path, now: f64) -> Self {
        Self {
            home: home.display().to_string(),
            width: 80,
            screen: Screen::Runs,
            now,
            runs: BTreeMap::new(),
            listed: false,
            cursor: Cursor::default(),
            marked: Vec::new(),
            filter: String::new(),
            sort: Sort::default(),
            colours: Colours::new(COLOURS),
            charts: charts::View::default(),
            models: Models::default(),
            dissection: Cursor::default(),
            dissect: Dissecting::default(),
            evidence: Evidence::default(),
            gan: Cursor::default(),
            scrub_epoch: None,
            log_pane: LogPane::Log,
            log: None,
            log_at: Reading::default(),
            events_at: Reading::default(),
            machine: Machine::default(),
            daemon: Daemon::Unknown,
            waiting: Vec::new(),
            notice: None,
            overlay: None,
            keymap: Keymap::default(),
            images: HashMap::new(),
            asked: BTreeSet::new(),
        }
    }

    /// The listed runs, filtered and in order.
    pub fn listed_runs(&self) -> Vec<&Run> {
        let mut runs: Vec<&Run> =
            self.runs.values().filter(|run| filter::passes(run, &self.filter)).collect();
        filter::sort(&mut runs, self.sort);
        runs
    }

    /// The run under the cursor.
    pub fn selected(&self) -> Option<&Run> {
        let runs = self.listed_runs();
        self.cursor.row(&ids(&runs)).map(|row| runs[row])
    }

    /// The runs whose curves are drawn: the marked ones, else the one under the cursor.
    pub fn in_view(&self) -> Vec<&Run> {
        let marked: Vec<&Run> = self.marked.iter().filter_map(|id| self.runs.get(id)).collect();
        if marked.is_empty() { self.selected().into_iter().collect() } else { marked }
    }

    /// The runs whose curves stand together on the list: the one under the cursor, then the marked ones.
    pub fn together(&self) -> Vec<&Run> {
        let selected = self.selected();
        let marked = self.marked.iter().filter_map(|id| self.runs.get(id));
        selected.into_iter().chain(marked.filter(|run| selected.is_none_or(|own| own.id != run.id))).collect()
    }

    /// The runs that an action is about: on the list the marked ones, else the one under the cursor.
    pub fn targets(&self) -> Vec<&Run> {
        match self.screen {
            Screen::Runs => self.in_view(),
            Screen::Dissect => self.dissection().into_iter().collect(),
            Screen::Images => self.gan().into_iter().collect(),
            _ => self.selected().into_iter().collect(),
        }
    }

    /// What `y` copies from the screen in front; nothing where there is nothing to copy.
    pub fn copy_text(&self) -> Option<String> {
        match self.screen {
            Screen::Metrics => self.metrics_text(),
            _ => None,
        }
    }

    /// The table of the screen in front, for CSV and JSON; nothing where it shows none.
    pub fn table(&self) -> Option<Table> {
        match self.screen {
            Screen::Metrics => self.metrics_table(),
            _ => None,
        }
    }

    /// All dissections, the newest first.
    pub fn dissections(&self) -> Vec<&Run> {
        self.of_kind(Kind::Dissect)
    }

    /// The dissection in front.
    pub fn dissection(&self) -> Option<&Run> {
        in_front(&self.dissection, self.dissections())
    }

    /// All GANs, the newest first.
    pub fn gans(&self) -> Vec<&Run> {
        self.of_kind(Kind::Gan)
    }

    /// The GAN in front.
    pub fn gan(&self) -> Option<&Run> {
        in_front(&self.gan, self.gans())
    }

    fn of_kind(&self, kind: Kind) -> Vec<&Run> {
        self.runs.values().rev().filter(|run| run.kind() == Some(kind)).collect()
    }

    /// The figure of the patterns made for the f1 of the bar under the cursor.
    pub fn patterns(&self) -> Option<&Path> {
        let turn = self.places().map_or(0, |[f1, _]| f1);
        let name = if turn == 0 { "patterns.png".to_owned() } else { format!("patterns-{}.png", turn + 1) };
        let pictures = &self.dissection()?.pictures;
        pictures.iter().map(|picture| picture.path.as_path()).find(|path| path.ends_with(&name))
    }

    /// The pictures that the screen in front wants to show.
    pub fn wanted_pictures(&self) -> Vec<&Path> {
        match self.screen {
            Screen::Dissect => self.patterns().into_iter().collect(),
            Screen::Images => {
                let samples = self.gans_in_view().into_iter().filter_map(|gan| self.sample_of(gan));
                samples.map(|(_, picture)| picture.path.as_path()).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Whether a worker is at any run.
    pub fn is_busy(&self) -> bool {
        self.runs.values().any(Run::is_live)
    }

    /// Whether a key's action makes sense just now; the footer shows only those.
    pub fn offers(&self, action: Action) -> bool {
        let targets = || self.targets().into_iter();
        match action {
            Action::Stop => targets().any(Run::can_stop),
            Action::Resume => targets().any(Run::can_resume),
            Action::Runs(runs::Action::Remove) => targets().any(Run::is_ended),
            Action::Clone => targets().any(|run| run.spec.is_ok()),
            Action::Mark if self.screen == Screen::Models => !self.models.all.is_empty(),
            Action::Filter if self.screen == Screen::Models => !self.models.all.is_empty(),
            Action::Mark if self.screen == Screen::Dissect => self.dissections().len() > 1,
            Action::Mark | Action::Runs(runs::Action::Sort) | Action::Filter => !self.runs.is_empty(),
            Action::NextPane if self.screen == Screen::Dissect => self.pair().is_some(),
            Action::Open if self.screen == Screen::Dissect => self.pair().is_some(),
            Action::Dissect(dissect::Action::Matrix) => {
                self.report().is_some_and(|report| report.matrix.is_some())
            }
            Action::Dissect(dissect::Action::Sort) => self.dissect.level >= Level::Starts,
            Action::NextPane => self.selected().is_some(),
            Action::Metrics(_) => !self.chart_list().is_empty(),
            Action::Open if self.screen == Screen::Runs => !self.runs.is_empty(),
            Action::Unmark if self.screen == Screen::Models => {
                !self.models.classifiers.is_empty() || self.models.generator.is_some()
            }
            Action::Unmark => !self.marked.is_empty(),
            Action::Models(models::Action::Dissect) => self.models.missing().is_none(),
            _ => true,
        }
    }
}

/// Ids, for a [`Cursor`].
pub fn ids<'a>(runs: &[&'a Run]) -> Vec<&'a str> {
    runs.iter().map(|run| run.id.as_str()).collect()
}

fn in_front<'a>(cursor: &Cursor, runs: Vec<&'a Run>) -> Option<&'a Run> {
    cursor.row(&ids(&runs)).map(|row| runs[row])
}
