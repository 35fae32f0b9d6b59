//! The list of runs: its cursor, and what is asked of the runs under it or marked.

use dissect_runs::spec::Kind;

use super::super::dashboard::{Overlay, State, Tone, ids};
use super::super::event::{Effect, Request};
use super::super::keys::{Action as Any, Binding, Key, bind};
use super::super::run::Run;
use super::{Screen, shared};

/// What this screen alone knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Delete a run folder.
    Remove,
    /// Sort by the next column.
    Sort,
}

pub(super) static BINDINGS: &[Binding] = &[
    shared::STOP,
    shared::RESUME,
    shared::CLONE,
    bind(
        "remove",
        &[Key::Char('x'), Key::Delete],
        "remove",
        "remove ended runs, files and all",
        Any::Runs(Action::Remove),
    ),
    shared::MARK,
    shared::UNMARK,
    shared::OPEN,
    shared::FILTER,
    bind("sort", &[Key::Char('o')], "sort", "sort by the next column", Any::Runs(Action::Sort)),
];

impl State {
    pub(in super::super) fn act_on_runs(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Remove => self.confirm_removal(),
            Action::Sort => self.sort = self.sort.next(),
        }
        vec![Effect::Draw]
    }

    pub(in super::super) fn step_in_runs(&mut self, by: i32) {
        let mut cursor = self.cursor.clone();
        cursor.step(by, &ids(&self.listed_runs()));
        self.cursor = cursor;
    }

    pub(in super::super) fn open_run(&mut self) {
        let kind = self.selected().and_then(Run::kind);
        self.show(if kind == Some(Kind::Dissect) { Screen::Dissect } else { Screen::Metrics });
    }

    pub(in super::super) fn mark_run(&mut self) {
        let Some(id) = self.selected().map(|run| run.id.clone()) else { return };
        self.toggle_mark(id);
        self.step_in_runs(1);
    }

    pub(super) fn toggle_mark(&mut self, id: String) {
        match self.marked.iter().position(|marked| *marked == id) {
            Some(place) => {
                self.marked.remove(place);
            }
            None => self.marked.push(id),
        }
    }

    /// Asks the same of every run it is about, or says that there is none.
    pub(in super::super) fn ask_about(
        &mut self,
        can: fn(&Run) -> bool,
        request: fn(String) -> Request,
        verb: &str,
    ) -> Vec<Effect> {
        let able: Vec<String> =
            self.targets().into_iter().filter(|run| can(run)).map(|run| run.id.clone()).collect();
        match able.len() {
            0 => {
                let about = self.targets().first().map(|run| format!("{} is {}", run.name(), run.status()));
                self.say(
                    format!("nothing to {verb}: {}", about.unwrap_or("no run here".to_owned())),
                    Tone::Bad,
                );
            }
            1 => return able.into_iter().map(|id| self.ask(request(id))).chain([Effect::Draw]).collect(),
            count => {
                let details =
                    able.iter().filter_map(|id| self.runs.get(id)).map(|run| run.name().to_owned()).collect();
                let requests = able.into_iter().map(request).collect();
                self.overlay =
                    Some(Overlay::Confirm { question: format!("{verb} {count} runs?"), details, requests });
            }
        }
        vec![Effect::Draw]
    }

    fn confirm_removal(&mut self) {
        let ended: Vec<&Run> = self.targets().into_iter().filter(|run| run.is_ended()).collect();
        if ended.is_empty() {
            self.say("nothing to remove: only ended runs can be removed; stop it with t first", Tone::Bad);
            return;
        }
        let mut details: Vec<String> = ended.iter().map(|run| run.id.clone()).collect();
        details.push("metrics, snapshots and checkpoints are deleted".to_owned());
        let question = match ended.as_slice() {
            [run] => format!("remove {}?", run.name()),
            several => format!("remove {} runs?", several.len()),
        };
        let requests = ended.iter().map(|run| Request::Remove(run.id.clone())).collect();
        self.overlay = Some(Overlay::Confirm { question, details, requests });
    }
}
