//! The queue between the loop and the hooks: bounded, and emptied by one task in the order of events.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{command, webhook};
use crate::config::{OnEvent, without_secret};
use crate::hooks::Notice;

/// Events that may wait for a slow hook.
const BACKLOG: usize = 256;

/// The hooks, as seen by the loop.
pub(crate) struct Hooks {
    queue: mpsc::Sender<(Arc<OnEvent>, Notice)>,
    dropped: u64,
}

impl Hooks {
    /// The task that tells them. It ends with this.
    pub(crate) fn start() -> Self {
        let (queue, mut inbox) = mpsc::channel::<(Arc<OnEvent>, Notice)>(BACKLOG);
        tokio::spawn(async move {
            while let Some((told, notice)) = inbox.recv().await {
                tell(&told, &notice).await;
            }
        });
        Self { queue, dropped: 0 }
    }

    /// Has them told, where anybody wants to hear of it. Never waits.
    pub(crate) fn tell(&mut self, told: &Arc<OnEvent>, notice: Notice) {
        let nobody = told.command.is_empty() && told.url.is_empty();
        if nobody || !told.kinds.contains(&notice.event) {
            return;
        }
        if self.queue.try_send((Arc::clone(told), notice)).is_err() {
            self.dropped += 1;
            tracing::warn!("the hooks do not keep up; {} events were dropped so far", self.dropped);
        }
    }
}

async fn tell(told: &OnEvent, notice: &Notice) {
    let json = notice.to_json();
    if let Some((program, arguments)) = told.command.split_first()
        && let Err(error) = command::run(program, arguments, &json, told.limit).await
    {
        tracing::warn!("on_event.command: {program}: {error}");
    }
    if !told.url.is_empty()
        && let Err(error) = webhook::post(&told.url, json, told.limit).await
    {
        tracing::warn!("on_event.url: {error} ({})", without_secret(&told.url));
    }
}
