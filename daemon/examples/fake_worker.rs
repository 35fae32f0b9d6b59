//! A worker that trains nothing, for the daemon's tests. The first word of the run's name says what
//! it does, so that a test reads as what happens in it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use dissect_runs::folder::RunFolder;
use dissect_runs::records::{Happening, Record};
use dissect_runs::worker::{End, Worker, WorkerError};

fn main() -> Result<(), WorkerError> {
    // `--run FOLDER`, after `compare` where it dissects.
    let folder = RunFolder::open(std::env::args().next_back().expect("called with --run FOLDER"))?;
    let name = folder.id().name().to_owned();
    let stop = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(signal_hook::consts::SIGTERM, Arc::clone(&stop))?;

    match name.split('-').next().unwrap_or_default() {
        // Says something and leaves before it has begun.
        "mute" => {
            eprintln!("no such device");
            std::process::exit(3);
        }
        // Begins when it is let through.
        "late" => wait(&folder, "begin", &stop),
        _ => {}
    }

    let mut worker = Worker::begin(folder.clone(), None)?;
    worker.record(&Record::epoch(1, 1).with("train_loss", 1.0))?;
    match name.split('-').next().unwrap_or_default() {
        // Works until it is let go or asked to stop.
        "gate" | "late" => {
            wait(&folder, "go", &stop);
            if stop.load(Ordering::Relaxed) {
                worker.event(Happening::Checkpoint { epoch: 1, step: 1 })?;
                return worker.end(End::Stopped).map(drop);
            }
        }
        // Measures nonsense, then nothing.
        "nan" => {
            worker.record(&Record::epoch(2, 2).with("train_loss", f64::NAN))?;
            wait(&folder, "go", &stop);
        }
        // Does not listen.
        "deaf" => wait(&folder, "go", &AtomicBool::new(false)),
        // Leaves without a word.
        "rude" => {
            eprintln!("out of luck");
            std::process::exit(7);
        }
        // Is killed.
        "crash" => {
            let me = rustix::process::getpid();
            rustix::process::kill_process(me, rustix::process::Signal::KILL).map_err(std::io::Error::from)?;
        }
        // Says what went wrong.
        "fail" => return worker.end(End::Failed("the loss is NaN".to_owned())).map(drop),
        _ => {}
    }
    std::fs::create_dir_all(folder.snapshots())?;
    std::fs::write(folder.snapshot(None), "a model")?;
    worker.end(End::Finished).map(drop)
}

/// Until a file of this name stands in the folder, or `stop`.
fn wait(folder: &RunFolder, name: &str, stop: &AtomicBool) {
    let gate: &Path = &folder.path().join(name);
    while !gate.exists() && folder.path().exists() && !stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(2));
    }
}
