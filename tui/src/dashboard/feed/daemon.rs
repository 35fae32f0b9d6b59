//! The daemon: whether it answers, and what is asked of it. Its absence is a state.

use std::sync::mpsc::Receiver;
use std::thread;
use std::time::Duration;

use dissect_runs::client::{Client, ClientError};
use dissect_runs::home::{Home, RunId};

use super::spawn::{Events, spawn};
use crate::dashboard::state::{Daemon, Event, Request};

/// Time between two looks for a daemon that is not there.
const PATIENCE: Duration = Duration::from_secs(2);

/// Tells whether the daemon answers. While it does, its word on changes is waited for, so that its end is known at
/// once; the changes themselves are read in the run folders.
pub(super) fn watch(home: Home, events: &Events) {
    spawn("daemon", events, move |events| {
        loop {
            let down = match follow(&home, events) {
                Ok(()) => Daemon::Down("dissectd has left".to_owned()),
                Err(error) => down(&error),
            };
            if events.send(Event::Daemon(down)).is_err() {
                return;
            }
            thread::sleep(PATIENCE);
        }
    });
}

/// Whether it answers now.
pub(super) fn look(home: &Home) -> Daemon {
    match Client::connect(home) {
        Ok(client) => Daemon::Up { version: client.daemon().version.clone() },
        Err(error) => down(&error),
    }
}

fn down(error: &ClientError) -> Daemon {
    Daemon::Down(match error.is_unreachable() {
        true => "dissectd does not run here".to_owned(),
        false => error.to_string(),
    })
}

fn follow(home: &Home, events: &Events) -> Result<(), ClientError> {
    let client = Client::connect(home)?;
    let version = client.daemon().version.clone();
    if events.send(Event::Daemon(Daemon::Up { version })).is_err() {
        return Ok(());
    }
    for standing in client.watch()? {
        standing?;
    }
    Ok(())
}

/// Asks what the dashboard wants asked, one after the other.
pub(super) fn ask_on_demand(home: Home, requests: Receiver<Request>, events: &Events) {
    spawn("request", events, move |events| {
        for request in requests {
            let outcome = ask(&home, &request).map_err(|error| error.to_string());
            if events.send(Event::Reply { request, outcome }).is_err() {
                return;
            }
        }
    });
}

fn ask(home: &Home, request: &Request) -> Result<Option<String>, ClientError> {
    let mut client = Client::connect(home)?;
    let id = |id: RunId| Some(id.as_str().to_owned());
    match request {
        Request::Start { spec } => client.start(spec).map(id),
        Request::Stop(run) => client.stop(run).map(id),
        Request::Resume(run) => client.resume(run).map(id),
        Request::Remove(run) => client.remove(run).map(id),
    }
}
