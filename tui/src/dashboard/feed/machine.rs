//! Samples the host and the GPUs, each on its own thread: a driver that hangs must not stop the other.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::gpu::GpuReader;
use super::host::HostReader;
use super::spawn::{Events, spawn};
use crate::dashboard::state::Event;

/// Time between two readings.
const PERIOD: Duration = Duration::from_secs(2);

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
    spawn("GPU", events, |events| {
        let reader = GpuReader::open();
        loop {
            if events.send(Event::Gpus(reader.read())).is_err() || matches!(reader, GpuReader::Absent(_)) {
                return;
            }
            thread::sleep(PERIOD);
        }
    });
}
