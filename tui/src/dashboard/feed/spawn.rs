//! Threads of the feed. One that panics says so in the footer; the others and the screen go on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::dashboard::state::Event;

/// The way into the dashboard.
#[derive(Clone)]
pub(crate) struct Events(SyncSender<Event>);

/// The dashboard has left: nobody takes events any more.
#[derive(Debug)]
pub(crate) struct Left;

impl Events {
    /// The way in and the dashboard's end of it. At most `room` events wait; then their sources do.
    pub(crate) fn channel(room: usize) -> (Self, Receiver<Event>) {
        let (events, queue) = sync_channel(room);
        (Self(events), queue)
    }

    /// Sends an event, as soon as there is room.
    pub(crate) fn send(&self, event: Event) -> Result<(), Left> {
        self.0.send(event).map_err(|_| Left)
    }

    /// Sends an event if there is room now: for the loop itself, which must not wait for itself.
    pub(crate) fn offer(&self, event: Event) {
        if self.0.try_send(event).is_err() {
            tracing::warn!("no room for an event of the loop's own");
        }
    }
}

/// Starts a source.
pub(crate) fn spawn(name: &'static str, events: &Events, source: impl FnOnce(&Events) + Send + 'static) {
    let events = events.clone();
    let body = move || {
        if catch_unwind(AssertUnwindSafe(|| source(&events))).is_err() {
            let _ = events.send(Event::Trouble(format!("the {name} reader broke; see DISSECT_LOG")));
        }
    };
    if let Err(error) = thread::Builder::new().name(name.to_owned()).spawn(body) {
        tracing::error!(name, %error, "no thread");
    }
}
