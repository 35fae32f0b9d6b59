//! The loop: every source becomes an event, a synchronous handler takes it, and what the handler
//! asks for is done.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context;
use dissect_runs::durable;
use dissect_runs::home::{Home, RunId};
use dissect_runs::state::Status;
use dissect_runs::tail::Watcher;
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, mpsc, watch};

use crate::accept::accept;
use crate::config::{Change, Clients, Live, TakesEffect};
use crate::event::{Effect, Event, WorkerEnd};
use crate::hooks::Hooks;
use crate::logging::Logging;
use crate::options::Settings;
use crate::process::{self, Owner};
use crate::rules::{self, Look};
use crate::service::Service;
use crate::socket::Door;
use crate::supervisor::Supervisor;

/// Events that may wait; whoever brings more waits as well.
const BACKLOG: usize = 1024;
/// How long clients may take to read their last answer when the daemon leaves.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long until something is tried again that the disk refused.
const RETRY: Duration = Duration::from_secs(5);

/// Serves until it is told to leave. Workers go on without it.
pub async fn serve(live: Live, logging: Logging, door: Door) -> anyhow::Result<()> {
    let settings = Settings::from(live.config());
    let (events, mut inbox) = mpsc::channel(BACKLOG);
    let (leaving, left) = watch::channel(());
    let (clients, rules) = watch::channel(live.config().clients);
    let listener = UnixListener::from_std(door.listener()?).context("cannot listen on the socket")?;
    let watcher = watcher(&settings.home, &events)?;
    let mut supervisor = Supervisor::recover(settings.home.clone(), settings.slots, settings.retries)?;
    let home = settings.home.clone();
    let mut service = Service::new();
    let (owners, looks) = (HashMap::new(), HashMap::new());
    let mut hands = Hands {
        settings,
        live,
        logging,
        clients,
        events: events.clone(),
        watcher,
        owners,
        looks,
        hooks: Hooks::start(),
    };

    signals(&events)?;
    let (open, mut all_closed) = mpsc::channel::<()>(1);
    let accepting = tokio::spawn(accept(listener, home.clone(), rules, events, left, open));
    tracing::info!(home = %home.root().display(), slots = hands.settings.slots, "ready");
    service.ready();

    let why = loop {
        if let Some(why) = hands.perform(&mut supervisor, &service) {
            break why;
        }
        service.status(|| standing(&supervisor));
        tokio::select! {
            event = inbox.recv() => supervisor.handle(event.expect("the loop holds a sender itself")),
            () = service.pulse() => service.alive(),
        }
    };

    tracing::info!("leaving: {why}; workers go on");
    service.stopping();
    accepting.abort();
    // Requests that still wait are dropped, and their clients see the connection close.
    drop(inbox);
    // Every client's task hears of it, and drops its `open` when it is done.
    let _ = leaving.send(());
    let _ = tokio::time::timeout(FAREWELL, all_closed.recv()).await;
    door.close(&home)
}

/// How many runs work and wait, in a few words.
fn standing(supervisor: &Supervisor) -> String {
    let (mut work, mut wait) = (0, 0);
    for entry in supervisor.runs().values() {
        match entry.state.status() {
            Status::Queued => wait += 1,
            status if status.is_active() => work += 1,
            _ => {}
        }
    }
    let paused = if supervisor.is_paused() { ", the queue is paused" } else { "" };
    format!("{work} working, {wait} queued, {} in all{paused}", supervisor.runs().len())
}

/// What handlers ask for, done.
struct Hands {
    settings: Settings,
    live: Live,
    logging: Logging,
    clients: watch::Sender<Clients>,
    events: mpsc::Sender<Event>,
    watcher: Watcher,
    owners: HashMap<RunId, Owner>,
    looks: HashMap<RunId, Look>,
    hooks: Hooks,
}

impl Hands {
    /// Watches what a run measures. Rules that change later count for runs that begin later.
    fn look_after(&mut self, supervisor: &Supervisor, id: RunId) {
        if let Some(entry) = supervisor.runs().get(&id) {
            let run = self.settings.home.run(&id);
            let look = rules::look_after(run, entry.state.since(), &self.settings.rules, &self.events);
            self.looks.insert(id, look);
        }
    }

    /// Does everything that is asked for, and what that leads to; says why the daemon is to leave
    /// where it is.
    fn perform(&mut self, supervisor: &mut Supervisor, service: &Service) -> Option<&'static str> {
        loop {
            let effects = supervisor.take_effects();
            if effects.is_empty() {
                return None;
            }
            for effect in effects {
                match effect {
                    Effect::Launch { id, kind } => {
                        let run = self.settings.home.run(&id);
                        match process::launch(&self.settings, &run, kind, &self.events) {
                            Ok((worker, owner)) => {
                                tracing::info!(run = %id, pid = worker.pid, "started its worker");
                                self.owners.insert(id.clone(), owner);
                                supervisor.launched(&id, worker);
                            }
                            Err(error) => supervisor.launch_failed(&id, &error.to_string()),
                        }
                    }
                    Effect::Adopt { id, worker } => {
                        match process::adopt(&worker, &id, self.settings.grace, &self.events) {
                            Ok(owner) => {
                                tracing::info!(run = %id, pid = worker.pid, "adopted its worker");
                                self.owners.insert(id, owner);
                            }
                            // It ended just now.
                            Err(_) => supervisor.handle(Event::WorkerEnded {
                                id,
                                end: WorkerEnd { status: None, killed: None },
                            }),
                        }
                    }
                    Effect::Stop(id) => {
                        if let Some(owner) = self.owners.get(&id) {
                            owner.stop();
                        }
                    }
                    Effect::Kill(id) => {
                        if let Some(owner) = self.owners.get(&id) {
                            owner.kill();
                        }
                    }
                    Effect::Follow(id) => {
                        if let Err(error) = self.watcher.add(self.settings.home.run(&id).path()) {
                            tracing::warn!(run = %id, "its progress will be told late: {error}");
                        }
                        self.look_after(supervisor, id);
                    }
                    Effect::Unfollow(id) => {
                        self.owners.remove(&id);
                        self.looks.remove(&id);
                        self.watcher.remove(self.settings.home.run(&id).path());
                    }
                    Effect::Delete(path) => {
                        tokio::task::spawn_blocking(move || {
                            if let Err(error) = durable::delete(&path) {
                                tracing::warn!("cannot delete {}: {error}", path.display());
                            }
                        });
                    }
                    Effect::Retry { id, end } => {
                        let events = self.events.clone();
                        tokio::spawn(async move {
                            tokio::time::sleep(RETRY).await;
                            let _ = events.send(Event::WorkerEnded { id, end }).await;
                        });
                    }
                    Effect::LookAgain(wait) => {
                        let events = self.events.clone();
                        tokio::spawn(async move {
                            tokio::time::sleep(wait).await;
                            let _ = events.send(Event::LookAgain).await;
                        });
                    }
                    Effect::Notify(notice) => self.hooks.tell(&self.settings.on_event, notice),
                    Effect::Reload => {
                        service.reloading();
                        self.reload(supervisor);
                        service.ready();
                    }
                    Effect::Leave(why) => return Some(why),
                }
            }
        }
    }

    /// Takes what has changed in the configuration. Workers that work keep the grace they began with.
    fn reload(&mut self, supervisor: &mut Supervisor) {
        let changes = match self.live.reload() {
            Ok(changes) => changes,
            Err(error) => {
                return tracing::error!("the configuration stays as it was: {error}");
            }
        };
        for unknown in &self.live.reading().unknown {
            tracing::warn!("{unknown}");
        }
        for Change { key, before, now, takes_effect } in changes {
            match takes_effect {
                TakesEffect::OnReload => tracing::info!("{key} is {now} now, it was {before}"),
                TakesEffect::OnRestart => {
                    tracing::warn!("{key} stays {before}; {now} counts when the daemon is started again");
                }
            }
        }
        let config = self.live.config();
        self.settings = Settings::from(config);
        self.logging.set_level(&config.log.level);
        self.clients.send_replace(config.clients);
        supervisor.set_retries(self.settings.retries);
        supervisor.set_slots(self.settings.slots);
    }
}

/// Hears of states that workers write, and of folders that come and go. What was heard is kept as a
/// set until the loop has room: hearing of a run twice is hearing of it once, and the thread that
/// hears never waits for the loop, which may itself be waiting for that thread.
fn watcher(home: &Home, events: &mpsc::Sender<Event>) -> anyhow::Result<Watcher> {
    let runs = home.runs();
    let heard = Arc::new((Mutex::new(BTreeSet::new()), Notify::new()));
    let listen = {
        let (runs, heard) = (runs.clone(), Arc::clone(&heard));
        move |path: &Path| {
            let id = |path: &Path| RunId::parse(path.file_name()?.to_str()?);
            let news = match path.parent() {
                Some(parent) if parent == runs => id(path).map(|_| News::Runs),
                Some(run) if path.ends_with("state.json") => id(run).map(News::State),
                _ => None,
            };
            if let Some(news) = news {
                heard.0.lock().unwrap_or_else(PoisonError::into_inner).insert(news);
                heard.1.notify_one();
            }
        }
    };
    let mut watcher = Watcher::with_callback(listen)?;
    watcher.add(runs)?;

    let events = events.clone();
    tokio::spawn(async move {
        loop {
            heard.1.notified().await;
            let news = std::mem::take(&mut *heard.0.lock().unwrap_or_else(PoisonError::into_inner));
            for news in news {
                let event = match news {
                    News::Runs => Event::RunsChanged,
                    News::State(id) => Event::StateWritten(id),
                };
                if events.send(event).await.is_err() {
                    return;
                }
            }
        }
    });
    Ok(watcher)
}

/// What the watcher may hear of.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum News {
    Runs,
    State(RunId),
}

/// SIGTERM and SIGINT make the daemon leave. SIGHUP, which a closing terminal sends as well, makes it
/// read its configuration.
fn signals(events: &mpsc::Sender<Event>) -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("cannot handle SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot handle SIGINT")?;
    let mut hangup = signal(SignalKind::hangup()).context("cannot handle SIGHUP")?;
    let events = events.clone();
    tokio::spawn(async move {
        loop {
            let event = tokio::select! {
                _ = terminate.recv() => Event::Leave("SIGTERM"),
                _ = interrupt.recv() => Event::Leave("SIGINT"),
                _ = hangup.recv() => {
                    tracing::info!("SIGHUP: the daemon stays, and reads its configuration");
                    Event::Reload
                }
            };
            if events.send(event).await.is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Allows as many open files as the system does: each client and each worker takes one.
pub fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    if let Err(error) = setrlimit(Resource::Nofile, limit) {
        tracing::debug!("cannot raise the limit of open files: {error}");
    }
}
