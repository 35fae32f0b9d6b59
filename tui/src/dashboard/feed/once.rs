//! A home read once, in order, and what a screen asks for read at once: for pictures and tests.
//!
//! It uses the parts of the live sources, but no notify, no clock and no queue that somebody must empty.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use dissect_runs::home::Home;

use super::evidence::{self, Wanted};
use super::gpu::GpuReader;
use super::host::HostReader;
use super::log_tail::LogTail;
use super::run_feed::RunFeed;
use super::spawn::{Events, Left};
use super::{daemon, models, pictures};
use crate::dashboard::state::{Effect, Event};

/// Every run of a home with all it has written, and its models.
pub(crate) fn read(home: &Home) -> Vec<Event> {
    let (events, queue) = Events::channel(256);
    thread::scope(|scope| {
        scope.spawn(move || {
            // Nobody leaves before all is read.
            let _ = read_runs(home, &events);
            let _ = events.send(Event::Models(models::list(home, &mut HashMap::new())));
        });
        queue.iter().collect()
    })
}

fn read_runs(home: &Home, events: &Events) -> Result<(), Left> {
    for folder in home.list().unwrap_or_default() {
        let mut run = RunFeed::new(folder);
        run.look_at_state(events)?;
        run.look_at_lines(events)?;
        run.look_at_results(events)?;
    }
    events.send(Event::Listed)
}

/// How the machine and the daemon stand.
pub(crate) fn machine(home: &Home) -> Vec<Event> {
    let host = HostReader::new(home.root()).map(|mut reader| {
        // Use of a processor is a difference between two looks.
        reader.read(1.0);
        let pause = Duration::from_millis(250);
        thread::sleep(pause);
        reader.read(pause.as_secs_f64())
    });
    let mut seen = vec![Event::Daemon(daemon::look(home)), Event::Gpus(GpuReader::open().read())];
    seen.extend(host.ok().map(Event::Host));
    seen
}

/// What an effect asks to be read; nothing where it asks for something else.
pub(crate) fn answer(home: &Home, effect: Effect) -> Option<Event> {
    match effect {
        Effect::FollowLog(id) => {
            let (_, text) = LogTail::new(home.runs().join(&id).join("log.txt")).read();
            Some(Event::Log { id, text })
        }
        Effect::Load(path) => {
            let image = pictures::read(&path).map(Arc::new);
            Some(Event::Loaded { path, image })
        }
        Effect::ReadAnswers(key) => Some(evidence::read(home, Wanted::Class(key))),
        Effect::ReadPattern(key) => Some(evidence::read(home, Wanted::Start(key))),
        _ => None,
    }
}
