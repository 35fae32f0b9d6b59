//! The runs as the daemon knows them, and the way of every event to its handler.

use std::collections::BTreeMap;

use dissect_runs::allowance::Allowance;
use dissect_runs::clock;
use dissect_runs::finding::Finding;
use dissect_runs::folder::{FolderError, RunFolder};
use dissect_runs::home::{Home, HomeError, RunId, resolve};
use dissect_runs::place::Place;
use dissect_runs::process::ProcessId;
use dissect_runs::protocol::{Code, Done, Refusal, Reply, Request, Standing};
use dissect_runs::state::State;
use tokio::sync::{mpsc, oneshot};

use super::needs::Need;
use crate::config::Retries;
use crate::event::{Answer, Effect, Event};
use crate::hooks::{Notice, Topic};
use crate::verbs;

/// The daemon's mind.
pub(crate) struct Supervisor {
    pub(super) home: Home,
    pub(super) slots: usize,
    pub(super) retries: Retries,
    pub(super) runs: BTreeMap<RunId, Entry>,
    pub(super) effects: Vec<Effect>,
    watchers: Vec<mpsc::Sender<Reply>>,
    removals: Vec<Removal>,
    /// When the loop looks again whether a run has used up its time.
    pub(super) next_look: Option<f64>,
    paused: bool,
}

/// A run to be removed as soon as its worker, which has said how the run ended, is gone.
struct Removal {
    id: RunId,
    request: Request,
    answer: oneshot::Sender<Answer>,
}

/// One run.
#[derive(Debug)]
pub(crate) struct Entry {
    /// As last read from, or written to, its folder.
    pub(crate) state: State,
    /// Its worker process, from launch or adoption until it is seen gone. A worker says how the run
    /// ended a little before it goes.
    pub(crate) worker: Option<ProcessId>,
    /// The runs it waits for while it is queued.
    pub(crate) needs: Vec<Need>,
    /// What watching has found since this daemon knows the run.
    pub(crate) findings: Vec<Finding>,
    /// Where it stands in the queue.
    pub(crate) place: Place,
    /// When its next attempt may begin, where it waits for one.
    pub(crate) not_before: Option<f64>,
    /// How long it may work, where that is limited and the run has not ended.
    pub(crate) allowance: Option<Allowance>,
}

impl Entry {
    /// How it stands, to a client.
    pub(crate) fn standing(&self, id: &RunId) -> Standing {
        Standing {
            id: id.clone(),
            state: Some(self.state.clone()),
            findings: self.findings.clone(),
            place: self.place.clone(),
        }
    }
}

/// Why a request was not done, on its way to becoming a reply.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) Refusal);

impl Refused {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Refusal { code, message: message.into() })
    }
}

impl From<FolderError> for Refused {
    fn from(error: FolderError) -> Self {
        let code = match &error {
            FolderError::NotAllowed { .. } | FolderError::NotQueued { .. } | FolderError::NotEnded { .. } => {
                Code::Conflict
            }
            _ => Code::Failed,
        };
        Self::new(code, error.to_string())
    }
}

impl From<HomeError> for Refused {
    fn from(error: HomeError) -> Self {
        let code = match &error {
            HomeError::NotFound(_) | HomeError::NoModel { .. } => Code::NotFound,
            HomeError::Ambiguous { .. } => Code::Usage,
            _ => Code::Failed,
        };
        Self::new(code, error.to_string())
    }
}

impl Supervisor {
    pub(super) fn new(home: Home, slots: usize) -> Self {
        Self {
            paused: home.paused().is_some(),
            home,
            slots,
            retries: Retries::NONE,
            runs: BTreeMap::new(),
            effects: Vec::new(),
            watchers: Vec::new(),
            removals: Vec::new(),
            next_look: None,
        }
    }

    /// Lets this many runs work at the same time from now on. Those that work go on.
    pub(crate) fn set_slots(&mut self, slots: usize) {
        self.slots = slots;
        self.schedule();
    }

    /// Tries runs again by this from now on.
    pub(crate) fn set_retries(&mut self, retries: Retries) {
        self.retries = retries;
    }

    /// What is to be done now.
    pub(crate) fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Takes what happened.
    pub(crate) fn handle(&mut self, event: Event) {
        match event {
            Event::Request { request, answer } => match self.about_to_leave(&request) {
                Some(id) => self.removals.push(Removal { id, request, answer }),
                None => self.reply(request, answer),
            },
            Event::WorkerEnded { id, end } => {
                self.worker_ended(&id, end);
                for removal in self.removals.extract_if(.., |removal| removal.id == id).collect::<Vec<_>>() {
                    self.reply(removal.request, removal.answer);
                }
            }
            Event::StateWritten(id) => self.state_written(&id),
            Event::Noticed { id, verdicts } => self.noticed(&id, verdicts),
            // What can start does so after every event, and what has used up its time is stopped.
            Event::LookAgain => self.next_look = None,
            Event::RunsChanged => self.runs_changed(),
            Event::Reload => self.effects.push(Effect::Reload),
            Event::Leave(why) => self.effects.push(Effect::Leave(why)),
        }
        self.schedule();
        self.enforce_limits();
    }

    fn reply(&mut self, request: Request, answer: oneshot::Sender<Answer>) {
        let said = self.answer(request);
        // The client may be gone; what it asked for is done all the same.
        let _ = answer.send(said);
    }

    /// The run that a request wants removed and whose worker has said how it ended, but is not gone yet.
    fn about_to_leave(&self, request: &Request) -> Option<RunId> {
        let Request::Remove { id } = request else { return None };
        let id = self.find(id).ok()?;
        let has_worker = self.runs.get(&id).is_some_and(|entry| entry.worker.is_some());
        // The folder knows before the daemon hears of it.
        let has_ended = has_worker && self.folder(&id).state().is_ok_and(|state| state.is_ended());
        has_ended.then_some(id)
    }

    fn answer(&mut self, request: Request) -> Answer {
        let done = match request {
            Request::Start { spec, place } => verbs::start::start(self, &spec, place),
            Request::List {} => return Answer { replies: verbs::list::list(self), then: None },
            Request::Show { id } => verbs::show::show(self, &id),
            Request::Stop { id } => verbs::stop::stop(self, &id),
            Request::Kill { id } => verbs::kill::kill(self, &id),
            Request::Resume { id, time_limit } => verbs::resume::resume(self, &id, time_limit.as_deref()),
            Request::Remove { id } => verbs::remove::remove(self, &id),
            Request::Edit { id, spec } => verbs::edit::edit(self, &id, &spec),
            Request::Clean { id, ended, extent } => verbs::clean::clean(self, &id, ended, extent),
            Request::Place { id, change } => verbs::place::place(self, &id, change),
            Request::MoveGroup { group, to } => {
                let replies = verbs::reorder::reorder_group(self, &group, &to);
                let refused = |Refused(refusal)| vec![Reply::Error(refusal)];
                return Answer { replies: replies.unwrap_or_else(refused), then: None };
            }
            Request::Move { id, to } => verbs::reorder::reorder(self, &id, &to),
            Request::Pause {} => verbs::pause::pause(self),
            Request::Unpause {} => verbs::pause::unpause(self),
            Request::Watch {} => return verbs::watch::watch(self),
            Request::Shutdown {} => verbs::shutdown::shutdown(self),
        };
        let reply = match done {
            Ok(done) => Reply::Ok(done),
            Err(Refused(refusal)) => Reply::Error(refusal),
        };
        Answer { replies: vec![reply], then: None }
    }

    /// The home all of it is about.
    pub(crate) fn home(&self) -> &Home {
        &self.home
    }

    /// Every run, oldest first.
    pub(crate) fn runs(&self) -> &BTreeMap<RunId, Entry> {
        &self.runs
    }

    /// The run that a client means.
    pub(crate) fn find(&self, reference: &str) -> Result<RunId, Refused> {
        Ok(resolve(reference, self.runs.keys())?.clone())
    }

    /// Its folder.
    pub(crate) fn folder(&self, id: &RunId) -> RunFolder {
        self.home.run(id)
    }

    /// A run and how it stands, as the answer to a request about it.
    pub(crate) fn done(&self, id: &RunId) -> Done {
        Done { id: Some(id.clone()), state: self.runs.get(id).map(|entry| entry.state.clone()) }
    }

    /// Asks for something to be done.
    pub(crate) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Changes a run's state in its folder, then here.
    pub(crate) fn transition<E: From<FolderError>>(
        &mut self,
        id: &RunId,
        change: impl FnOnce(State) -> Result<State, E>,
    ) -> Result<(), E> {
        let state = self.folder(id).transition(change)?;
        self.learn(id, state);
        Ok(())
    }

    /// Takes note of a state that stands in a run's folder, and tells those who watch.
    pub(crate) fn learn(&mut self, id: &RunId, state: State) {
        let before = self.runs.get(id).map(|entry| entry.state.clone());
        if before.as_ref() == Some(&state) {
            return;
        }
        let changed = before.as_ref().is_some_and(|before| before.status() != state.status());
        if let Some(topic) = Topic::of(state.status()).filter(|_| changed) {
            self.notify(Notice::new(topic, id, &state));
        }
        let was_followed = before.as_ref().is_some_and(|before| before.status().is_active());
        let is_followed = state.status().is_active();
        match self.runs.get_mut(id) {
            Some(entry) => {
                tracing::info!(run = %id, "{}", state.status());
                entry.state = state.clone();
            }
            None => {
                let place = self.folder(id).place().unwrap_or_else(|error| {
                    tracing::warn!(run = %id, "it stands where its time puts it: {error}");
                    Place::default()
                });
                let entry = Entry {
                    state: state.clone(),
                    worker: None,
                    needs: Vec::new(),
                    findings: Vec::new(),
                    place,
                    not_before: None,
                    allowance: None,
                };
                self.runs.insert(id.clone(), entry);
            }
        }
        if !state.is_ended() && before.as_ref().is_none_or(State::is_ended) {
            self.read_allowance(id);
        }
        if is_followed && !was_followed {
            self.recall_findings(id);
        }
        self.tell_standing(id);
        match (was_followed, is_followed) {
            (false, true) => self.effects.push(Effect::Follow(id.clone())),
            (true, false) => self.unfollow_if_over(id),
            _ => {}
        }
    }

    /// A run's worker is of no more interest once the run has ended and the process is gone.
    pub(super) fn unfollow_if_over(&mut self, id: &RunId) {
        let over = |entry: &Entry| !entry.state.status().is_active() && entry.worker.is_none();
        if self.runs.get(id).is_some_and(over) {
            self.effects.push(Effect::Unfollow(id.clone()));
        }
    }

    /// Forgets a run whose folder is gone.
    pub(crate) fn forget(&mut self, id: &RunId) {
        if self.runs.remove(id).is_some() {
            self.effects.push(Effect::Unfollow(id.clone()));
            self.tell(Standing {
                id: id.clone(),
                state: None,
                findings: Vec::new(),
                place: Place::default(),
            });
        }
    }

    /// Puts a run elsewhere in the queue, in its folder, then here.
    pub(crate) fn set_place(&mut self, id: &RunId, place: Place) -> Result<(), FolderError> {
        if self.runs.get(id).is_none_or(|entry| entry.place == place) {
            return Ok(());
        }
        self.folder(id).set_place(&place)?;
        if let Some(entry) = self.runs.get_mut(id) {
            entry.place = place;
        }
        self.tell_standing(id);
        Ok(())
    }

    /// Whether nothing starts.
    pub(crate) fn is_paused(&self) -> bool {
        self.paused
    }

    /// Lets nothing start, or lets runs start again.
    pub(crate) fn set_paused(&mut self, paused: bool) -> Result<(), HomeError> {
        self.home.set_paused(paused)?;
        self.paused = paused;
        Ok(())
    }

    /// One more client that wants to hear of changes.
    pub(crate) fn add_watcher(&mut self, watcher: mpsc::Sender<Reply>) {
        self.watchers.push(watcher);
    }

    /// Has the hooks told.
    pub(crate) fn notify(&mut self, notice: Notice) {
        self.effects.push(Effect::Notify(notice));
    }

    /// Tells those who watch how a run stands.
    pub(super) fn tell_standing(&mut self, id: &RunId) {
        if let Some(entry) = self.runs.get(id) {
            self.tell(entry.standing(id));
        }
    }

    fn tell(&mut self, standing: Standing) {
        // One that is gone, or does not keep up, is let go: it must not hold up the others.
        self.watchers.retain(|watcher| watcher.try_send(Reply::State(standing.clone())).is_ok());
    }

    /// A worker, or somebody by hand, has written a state.
    fn state_written(&mut self, id: &RunId) {
        match self.folder(id).state() {
            Ok(state) => {
                self.learn(id, state);
                self.adopt_stranger(id);
            }
            Err(error) => tracing::warn!(run = %id, "{error}"),
        }
    }

    /// Watches over a worker that this daemon did not start.
    pub(super) fn adopt_stranger(&mut self, id: &RunId) {
        let Some(entry) = self.runs.get_mut(id) else { return };
        if entry.worker.is_none()
            && let Some(worker) = entry.state.worker().cloned()
        {
            entry.worker = Some(worker.clone());
            let notice = Notice::new(Topic::Adopted, id, &entry.state);
            self.effects.push(Effect::Notify(notice));
            self.effects.push(Effect::Adopt { id: id.clone(), worker });
        }
    }

    /// Folders came or went: copied in, or deleted by hand.
    fn runs_changed(&mut self) {
        let ids = match self.home.ids() {
            Ok(ids) => ids,
            Err(error) => return tracing::warn!("{error}"),
        };
        let gone = |id: &&RunId| ids.binary_search(id).is_err();
        for id in self.runs.keys().filter(gone).cloned().collect::<Vec<_>>() {
            self.forget(&id);
        }
        for id in ids {
            if !self.runs.contains_key(&id) {
                self.admit(&id);
            }
        }
    }

    /// The time, for states.
    pub(crate) fn now(&self) -> f64 {
        clock::now()
    }
}
