//! The dashboard's end of the feed: starts every source, and hands on what is asked of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};

use dissect_runs::home::Home;

use super::evidence::{self, Wanted};
use super::folders::{self, Order};
use super::spawn::Events;
use super::{config, daemon, machine, models, pictures};
use crate::dashboard::config::Chosen;
use crate::dashboard::state::{ClassKey, Event, Pictures, Request, StartKey};

/// What can be asked of the sources.
pub(crate) struct Feed {
    orders: SyncSender<Order>,
    requests: SyncSender<Request>,
    pictures: SyncSender<PathBuf>,
    patterns: SyncSender<Wanted>,
}

impl Feed {
    /// Starts every source for a home.
    pub(crate) fn start(home: &Home, chosen: &Chosen, events: &Events) -> Self {
        let (poke, pokes) = sync_channel(1);
        let (orders, received) = sync_channel(4096);
        let (requests, to_ask) = sync_channel(64);
        let (pictures, to_read) = sync_channel(64);
        let (patterns, to_look_at) = sync_channel(64);
        folders::follow(home.clone(), (orders.clone(), received), poke, events);
        models::list_on_demand(home.clone(), pokes, events);
        daemon::watch(home.clone(), events);
        daemon::ask_on_demand(home.clone(), to_ask, events);
        pictures::read_on_demand(to_read, events);
        config::watch(chosen.clone(), events);
        evidence::read_on_demand(home.clone(), to_look_at, events);
        machine::sample(home.root().to_owned(), events);
        Self { orders, requests, pictures, patterns }
    }

    /// Asks the daemon. An answer comes as an event; if the queue is full, at once.
    pub(crate) fn send(&self, request: Request) -> Option<Event> {
        let refused = self.requests.try_send(request.clone()).err()?;
        Some(Event::Reply { request, outcome: Err(format!("too much was asked at once: {refused}")) })
    }

    /// Wants the log of a run from now on.
    pub(crate) fn follow_log(&self, id: String) -> Option<Event> {
        let refused = self.orders.try_send(Order::FollowLog(id)).err()?;
        Some(Event::Trouble(format!("the log cannot be followed now: {refused}")))
    }

    /// Wants a picture.
    pub(crate) fn load(&self, path: PathBuf) -> Option<Event> {
        let refused = self.pictures.try_send(path.clone()).err()?;
        Some(Event::Loaded { path, image: Err(refused.to_string()) })
    }

    /// Wants what the models say of a class's patterns.
    pub(crate) fn read_answers(&self, key: ClassKey) -> Option<Event> {
        let refused = self.patterns.try_send(Wanted::Class(key.clone())).err()?;
        Some(Event::Answers { key, answers: Err(refused.to_string()) })
    }

    /// Wants the pictures of a start.
    pub(crate) fn read_pattern(&self, key: StartKey) -> Option<Event> {
        let refused = self.patterns.try_send(Wanted::Start(key.clone())).err()?.to_string();
        let pictures =
            Pictures { before: Err(refused.clone()), after: Err(refused.clone()), near: Err(refused) };
        Some(Event::Pattern { key, pictures: Arc::new(pictures) })
    }
}
