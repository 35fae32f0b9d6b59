//! Threads of the feed. One that panics says so in the footer; the others and the screen go on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::SyncSender;
use std::thread;

use crate::dashboard::state::Event;

/// The way into the dashboard. A send fails only when the dashboard has left.
pub(crate) type Events = SyncSender<Event>;

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
