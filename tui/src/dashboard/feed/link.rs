//! The dashboard's end of the feed: starts every source, and hands on what is asked of them.

use std::path::PathBuf;
use std::sync::mpsc::{SyncSender, sync_channel};

use dissect_runs::home::Home;

use super::folders::{self, Order};
use super::spawn::Events;
use super::{config, daemon, machine, models, pictures};
use crate::dashboard::config::Chosen;
use crate::dashboard::state::{Event, Request};

/// What can be asked of the sources.
pub(crate) struct Feed {
    orders: SyncSender<Order>,
    requests: SyncSender<Request>,
    pictures: SyncSender<PathBuf>,
}

impl Feed {
    /// Starts every source for a home.
    pub(crate) fn start(home: &Home, chosen: &Chosen, events: &Events) -> Self {
        let (poke, pokes) = sync_channel(1);
        let (orders, received) = sync_channel(4096);
        let (requests, to_ask) = sync_channel(64);
        let (pictures, to_read) = sync_channel(64);
        folders::follow(home.clone(), (orders.clone(), received), poke, events);
        models::list_on_demand(home.clone(), pokes, events);
        daemon::watch(home.clone(), events);
        daemon::ask_on_demand(home.clone(), to_ask, events);
        pictures::read_on_demand(to_read, events);
        config::watch(chosen.clone(), events);
        machine::sample(home.root().to_owned(), events);
        Self { orders, requests, pictures }
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
}
