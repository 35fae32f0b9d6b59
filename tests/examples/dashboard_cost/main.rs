//! What the dashboard costs: time to the first frame, from key to frame, memory, bytes on the wire, processor time.
//!
//! `cargo run --release -p dissect-tests --example dashboard_cost [-- --wandb FOLDER]` measures the release build of
//! `dissect` in pseudo-terminals, and beside it W&B LEET where FOLDER holds a Python environment with the `wandb` wheel.

mod homes;
mod watched;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use watched::Watched;

type Failure = Box<dyn std::error::Error>;

const SMALL: (u16, u16) = (80, 24);
const LARGE: (u16, u16) = (200, 60);

/// How long a program is watched while it idles or while runs log.
const WATCHED: Duration = Duration::from_secs(20);

/// Output is over after so long without more.
const QUIET: Duration = Duration::from_millis(60);

/// A program to be measured, and how it is told where to look.
struct Subject {
    name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    /// The variable that names the folder of runs.
    home: &'static str,
}

impl Subject {
    fn start(&self, home: &Path, size: (u16, u16)) -> Result<Watched, Failure> {
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        Watched::start(&self.program, &arguments, &[(self.home, home)], home, size)
    }
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let wandb = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => None,
        ["--wandb", folder] => Some(PathBuf::from(folder).canonicalize()?),
        other => return Err(format!("found {other:?}, expected nothing or --wandb FOLDER").into()),
    };
    // Beside this example's folder.
    let programs = std::env::current_exe()?.parent().and_then(Path::parent).ok_or("no folder")?.to_owned();
    let program = programs.join("dissect");
    let ours = Subject { name: "dissect", program, arguments: Vec::new(), home: "DISSECT_HOME" };
    println!("| what | program | measured |\n| --- | --- | --- |");
    measure_ours(&ours)?;
    if let Some(environment) = wandb {
        let arguments = vec!["leet".to_owned(), "wandb".to_owned()];
        let program = environment.join("bin/wandb");
        let leet = Subject { name: "wandb leet", program, arguments, home: "DISSECT_BENCH" };
        measure_leet(&leet, &environment.join("bin/python"))?;
    }
    Ok(())
}

fn row(what: &str, subject: &Subject, measured: &str) {
    println!("| {what} | {} | {measured} |", subject.name);
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn measure_ours(subject: &Subject) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let many = homes::ended(&folder.path().join("many"), 1_000, 100)?;
    let all_listed = |screen: &str| screen.contains("1000");
    open(subject, many.root(), "1,000 runs", all_listed)?;

    let long = homes::ended(&folder.path().join("long"), 1, 1_000_000)?;
    let mut watched = subject.start(long.root(), SMALL)?;
    watched.until("the run", |screen| screen.contains("old"))?;
    watched.type_keys("2")?;
    let read = watched.until("the last record", |screen| screen.contains("step 999999"));
    let read = read.map(|time| format!("{:.0} ms", milliseconds(time)));
    let read = read.unwrap_or_else(|_| "never".to_owned());
    row("a run of 1,000,000 records: from start to its curves", subject, &read);
    keys(subject, &mut watched, &["L", "s"], "a run of 1,000,000 records: key to frame")?;
    row("a run of 1,000,000 records: memory", subject, &format!("{:.0} MB", watched.weight()?.0));
    drop(watched);

    for (size, keys) in [(SMALL, "1"), (SMALL, "2"), (LARGE, "1"), (LARGE, "2")] {
        let home = tempfile::tempdir()?;
        let (home, mut workers) = homes::live(home.path(), 3)?;
        let mut watched = subject.start(home.root(), size)?;
        watched.until("three runs", |screen| screen.contains("live-0") && screen.contains("live-2"))?;
        for mark in [" ", " ", " ", keys] {
            watched.answer_to(mark, QUIET)?;
        }
        let what = if keys == "1" { "list of runs" } else { "curves" };
        let begin = Instant::now();
        let mut before = watched.bytes();
        let mut step = 0;
        // The first curves appear at once; what counts is how they grow.
        while begin.elapsed() < WATCHED {
            for worker in &mut workers {
                homes::log(worker, homes::LOGGED + step)?;
            }
            step += 1;
            thread::sleep(Duration::from_secs(1));
            if step == 5 {
                before = watched.bytes();
            }
        }
        let seconds = begin.elapsed().as_secs_f64() - 5.0;
        let rate = (watched.bytes() - before) as f64 / seconds;
        row(&wire(what, size), subject, &format!("{rate:.0} B/s"));
    }
    Ok(())
}

fn wire(what: &str, (columns, rows): (u16, u16)) -> String {
    format!("{what} at {columns}x{rows}, three runs that log once a second: on the wire")
}

/// Start, memory, keys and idleness over many ended runs.
fn open(
    subject: &Subject,
    home: &Path,
    what: &str,
    all_listed: impl Fn(&str) -> bool,
) -> Result<(), Failure> {
    let (mut frames, mut lists) = (Vec::new(), Vec::new());
    for _ in 0..5 {
        let watched = subject.start(home, SMALL)?;
        // A frame is there when a few rows have something in them.
        let framed = |screen: &str| screen.lines().filter(|line| !line.trim().is_empty()).count() >= 5;
        frames.push(milliseconds(watched.until("a frame", framed)?));
        lists.push(milliseconds(watched.until("all runs", &all_listed)?));
    }
    row(&format!("{what}: start to first frame"), subject, &format!("{:.0} ms", median(&mut frames)));
    row(&format!("{what}: start until all are listed"), subject, &format!("{:.0} ms", median(&mut lists)));
    let mut watched = subject.start(home, SMALL)?;
    watched.until("all runs", &all_listed)?;
    thread::sleep(Duration::from_secs(2));
    keys(subject, &mut watched, &["j", "j", "j", "k"], &format!("{what}: key to frame"))?;
    let (bytes, (memory, before)) = (watched.bytes(), watched.weight()?);
    row(&format!("{what}: memory"), subject, &format!("{memory:.0} MB"));
    thread::sleep(WATCHED);
    let used = watched.weight()?.1 - before;
    let seconds = WATCHED.as_secs();
    row(&format!("{what}: processor time of {seconds} idle seconds"), subject, &format!("{used} ms"));
    row(
        &format!("{what}: bytes of {seconds} idle seconds"),
        subject,
        &format!("{}", watched.bytes() - bytes),
    );
    Ok(())
}

fn keys(subject: &Subject, watched: &mut Watched, keys: &[&str], what: &str) -> Result<(), Failure> {
    let (mut times, mut unanswered) = (Vec::new(), 0);
    for round in 0..100 {
        match watched.answer_to(keys[round % keys.len()], QUIET)? {
            Some(time) => times.push(milliseconds(time)),
            None => unanswered += 1,
        }
    }
    let middle = median(&mut times);
    let late = times.get(times.len() * 95 / 100).copied().unwrap_or(f64::NAN);
    let silent =
        if unanswered > 0 { format!(", {unanswered} of 100 changed nothing") } else { String::new() };
    row(what, subject, &format!("{middle:.1} ms (95 %: {late:.1} ms){silent}"));
    Ok(())
}

/// The middle of some numbers, which are sorted by it.
fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

fn measure_leet(subject: &Subject, python: &Path) -> Result<(), Failure> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/dashboard_cost/wandb_runs.py");
    let write = |folder: &Path, runs: u32, steps: u32, interval: &str| {
        let mut command = Command::new(python);
        command.arg(&script).arg(folder).args([&runs.to_string(), &steps.to_string(), interval]);
        command
    };
    let folder = tempfile::tempdir()?;
    if !write(folder.path(), 1_000, 100, "0").status()?.success() {
        return Err("the W&B runs could not be written".into());
    }
    open(subject, folder.path(), "1,000 runs", |screen| screen.contains("1000"))?;
    for size in [SMALL, LARGE] {
        let folder = tempfile::tempdir()?;
        let mut writers = Vec::new();
        for _ in 0..3 {
            writers.push(write(folder.path(), 1, 60, "1").spawn()?);
        }
        thread::sleep(Duration::from_secs(8));
        let watched = subject.start(folder.path(), size)?;
        thread::sleep(Duration::from_secs(10));
        let before = watched.bytes();
        thread::sleep(WATCHED);
        let rate = (watched.bytes() - before) as f64 / WATCHED.as_secs_f64();
        row(&wire("curves", size), subject, &format!("{rate:.0} B/s"));
        for mut writer in writers {
            writer.kill()?;
            writer.wait()?;
        }
    }
    Ok(())
}
