//! Lets clients in, as many at once as there are places; the rest wait in the socket's queue.

use std::sync::Arc;
use std::time::Duration;

use dissect_runs::home::Home;
use tokio::net::UnixListener;
use tokio::sync::{Semaphore, mpsc, watch};

use crate::config::Clients;
use crate::connection;
use crate::event::Event;

/// Accepts clients until it is aborted. Each one's task holds `open` until it is done.
pub(crate) async fn accept(
    listener: UnixListener,
    home: Home,
    rules: watch::Receiver<Clients>,
    events: mpsc::Sender<Event>,
    leaving: watch::Receiver<()>,
    open: mpsc::Sender<()>,
) {
    let places = Arc::new(Semaphore::new(rules.borrow().limit as usize));
    loop {
        let place = places.clone().acquire_owned().await.expect("the semaphore is never closed");
        match listener.accept().await {
            Ok((stream, _)) => {
                let patience = rules.borrow().patience;
                let serving =
                    connection::serve(stream, home.clone(), patience, events.clone(), leaving.clone());
                let open = open.clone();
                tokio::spawn(async move {
                    serving.await;
                    drop((place, open));
                });
            }
            Err(error) => {
                // Out of descriptors, most likely; clients that leave free some.
                tracing::warn!("cannot accept a client: {error}");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
