//! Tries mutated models by the hundred thousand: `cargo run --example mutate -- --count 100000`.
//! Models are tried in a process of their own with bounded memory; one that dies or hangs is replaced by another, and the
//! model that did it is saved. Each model follows from its number. Nothing here is needed to use the library.
#![expect(clippy::unwrap_used, reason = "a program for developers")]

#[path = "../tests/rules/cases.rs"]
mod cases;
#[path = "../tests/rules/check.rs"]
#[expect(dead_code, reason = "the models are built here, not checked")]
mod check;
#[path = "../fuzz/shared/mod.rs"]
mod shared;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use shared::{attempt::attempt, mutate, seeds};

/// A model that takes longer is counted as one that hangs.
const PATIENCE: Duration = Duration::from_secs(20);

struct Options {
    from: u64,
    count: u64,
    memory_mib: u64,
    folder: PathBuf,
    models: Option<PathBuf>,
}

fn main() {
    let mut options =
        Options { from: 0, count: 10_000, memory_mib: 4096, folder: "target/mutate".into(), models: None };
    let mut worker = false;
    let mut arguments = std::env::args().skip(1);
    while let Some(flag) = arguments.next() {
        let mut value = || arguments.next().unwrap_or_else(|| panic!("{flag} needs a value"));
        match flag.as_str() {
            "--worker" => worker = true,
            "--from" => options.from = value().parse().unwrap(),
            "--count" => options.count = value().parse().unwrap(),
            "--memory-mib" => options.memory_mib = value().parse().unwrap(),
            "--out" => options.folder = value().into(),
            "--models" => options.models = Some(value().into()),
            _ => panic!("unknown flag {flag}; there are --from, --count, --memory-mib, --out, --models"),
        }
    }
    if worker { work(&options) } else { supervise(&options) }
}

fn all_seeds(options: &Options) -> Vec<dissect_onnx::proto::ModelProto> {
    let mut all = seeds::all();
    for entry in options.models.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
        let file = entry.unwrap().path().join("model.onnx");
        all.extend(dissect_onnx::model::Model::load(file).ok().map(|m| m.proto().clone()));
    }
    all
}

/// Says of each model first its number, then what became of it.
fn work(options: &Options) {
    let seeds = all_seeds(options);
    let mut out = std::io::stdout().lock();
    for number in options.from..options.from + options.count {
        let model = mutate::model(&seeds, number);
        writeln!(out, "{number}").unwrap();
        out.flush().unwrap();
        writeln!(out, "{}", attempt(model, true)).unwrap();
        out.flush().unwrap();
    }
}

struct Worker {
    child: Child,
    lines: Receiver<String>,
}

impl Worker {
    fn start(options: &Options, from: u64) -> Self {
        let script = format!("ulimit -v {}; exec \"$0\" \"$@\"", options.memory_mib * 1024);
        let mut command = Command::new("sh");
        command.args(["-c", &script]).arg(std::env::current_exe().unwrap()).arg("--worker");
        command.args(["--from", &from.to_string()]);
        command.args(["--count", &(options.from + options.count - from).to_string()]);
        if let Some(models) = &options.models {
            command.arg("--models").arg(models);
        }
        let log = std::fs::File::create(options.folder.join("worker.log")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let stdout = child.stdout.take().unwrap();
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }
}

fn supervise(options: &Options) {
    std::fs::create_dir_all(&options.folder).unwrap();
    let end = options.from + options.count;
    let (mut next, mut outcomes, mut found) = (options.from, BTreeMap::<String, u64>::new(), Vec::new());
    let started = Instant::now();
    while next < end {
        let mut worker = Worker::start(options, next);
        while next < end {
            // The number comes at once, or not at all where the worker cannot start.
            let Ok(_) = worker.lines.recv_timeout(PATIENCE) else { panic!("the worker does not start") };
            let reason = match worker.lines.recv_timeout(PATIENCE) {
                Ok(outcome) => {
                    *outcomes.entry(outcome).or_default() += 1;
                    next += 1;
                    if next % 5000 == 0 {
                        println!(
                            "{next} after {:.0?}: {outcomes:?}, {} found",
                            started.elapsed(),
                            found.len()
                        );
                    }
                    continue;
                }
                Err(std::sync::mpsc::RecvTimeoutError::Timeout) => {
                    worker.child.kill().unwrap();
                    worker.child.wait().unwrap();
                    "hangs".to_owned()
                }
                Err(_) => worker.child.wait().unwrap().to_string(),
            };
            let log = std::fs::read_to_string(options.folder.join("worker.log")).unwrap_or_default();
            let last: Vec<&str> = log.lines().filter(|l| !l.starts_with("note:")).collect();
            println!("FOUND {next}: {reason}; {}", last.join(" | "));
            let model = mutate::model(&all_seeds(options), next);
            std::fs::write(options.folder.join(format!("{next}.onnx")), model).unwrap();
            found.push(next);
            *outcomes.entry("FOUND".into()).or_default() += 1;
            next += 1;
            break;
        }
        let _ = worker.child.wait();
    }
    println!("{} models in {:.0?}:", options.count, started.elapsed());
    for (outcome, count) in &outcomes {
        println!("{count:>8}  {outcome}");
    }
    println!("{} found: {found:?}", found.len());
}
