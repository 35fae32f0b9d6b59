//! Samples the host and the GPUs, each on its own thread: a driver that hangs must not stop the other.

use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::gpu::GpuReader;
use super::host::HostReader;
use super::spawn::{Events, spawn};
use crate::dashboard::state::Event;
use crate::dashboard::state::machine::Gpus;

/// Time between two readings.
const PERIOD: Duration = Duration::from_secs(2);

/// How long the GPU driver may take to answer.
const DEADLINE: Duration = Duration::from_secs(3);

/// Time between two looks for a driver that is not there.
const RETRY: Duration = Duration::from_secs(30);

/// Starts sampling.
pub(super) fn sample(home: PathBuf, events: &Events) {
    spawn("host", events, move |events| {
        let mut reader = match HostReader::new(&home) {
            Ok(reader) => reader,
            Err(error) => {
                let _ = events.send(Event::Trouble(format!("the host cannot be read: {error}")));
                return;
            }
        };
        // The first look only gives later ones something to be compared with.
        reader.read(1.0);
        let mut last = Instant::now();
        let mut pause = Duration::from_millis(250);
        loop {
            thread::sleep(pause);
            pause = PERIOD;
            let host = reader.read(last.elapsed().as_secs_f64());
            last = Instant::now();
            if events.send(Event::Host(host)).is_err() {
                return;
            }
        }
    });
    sample_gpus(events);
}

/// One thread asks the driver, and hangs where that does; another waits for its answers, and says when one is late.
fn sample_gpus(events: &Events) {
    let (answers, answered) = sync_channel(1);
    spawn("GPU driver", events, move |_| {
        let mut reader = GpuReader::open();
        loop {
            let gpus = reader.read();
            let pause = pause_after(&gpus);
            if answers.send(gpus).is_err() {
                return;
            }
            thread::sleep(pause);
            if matches!(reader, GpuReader::Absent(_)) {
                reader = GpuReader::open();
            }
        }
    });
    spawn("GPU", events, move |events| {
        let mut patience = DEADLINE;
        loop {
            let gpus = match answered.recv_timeout(patience) {
                Ok(gpus) => gpus,
                Err(RecvTimeoutError::Timeout) => Gpus::Silent,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            patience = DEADLINE + pause_after(&gpus);
            if events.send(Event::Gpus(gpus)).is_err() {
                return;
            }
        }
    });
}

/// A driver that is not there is looked for again, but not as often.
fn pause_after(gpus: &Gpus) -> Duration {
    if matches!(gpus, Gpus::Absent(_)) { RETRY } else { PERIOD }
}
