//! How a home of many ended runs weighs on the daemon: `cargo run --release -p dissectd --example old_runs -- 10000`.
//! It prints how long the daemon takes to start and to list, its memory, and the processor time of an idle minute.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dissect_runs::client::Client;
use dissect_runs::home::Home;
use dissect_runs::spec::Spec;

/// How long the daemon is watched while nothing happens.
const IDLE: Duration = Duration::from_secs(20);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let count: u32 = std::env::args().nth(1).map_or(Ok(10_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let home = Home::at(folder.path().join("home"));
    home.create()?;
    let spec = Spec::parse("kind = 'train'\nname = 'old'\ndata.dataset = 'shapes'\n")?.to_toml();
    for run in 0..count {
        let at = home.runs().join(format!("2026{:04}-{:06}-old-{run}", 101 + run % 28, run));
        fs::create_dir(&at)?;
        fs::write(at.join("spec.toml"), &spec)?;
        fs::write(
            at.join("state.json"),
            format!("{{\"status\":\"finished\",\"started\":{run}.5,\"ended\":{run}.75}}\n"),
        )?;
        let epoch = "{\"kind\":\"epoch\",\"time\":1.5,\"epoch\":1,\"step\":10,\"test_accuracy\":0.5}\n";
        fs::write(at.join("metrics.jsonl"), epoch.repeat(20))?;
    }
    // Beside this example's folder.
    let programs = std::env::current_exe()?.parent().and_then(Path::parent).ok_or("no folder")?.to_owned();
    let begin = Instant::now();
    let mut daemon = Command::new(programs.join("dissectd"))
        .arg("--home")
        .arg(home.root())
        .stderr(Stdio::null())
        .spawn()?;
    let mut client = loop {
        // A start that takes a minute has failed whatever it was for.
        match Client::connect(&home) {
            Ok(client) => break client,
            Err(error) if begin.elapsed() > Duration::from_secs(60) => return Err(error.into()),
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    };
    println!("{count} runs");
    println!("start     {:>8.1} ms", milliseconds(begin));
    for round in ["list", "list again"] {
        let begin = Instant::now();
        let listed = client.list()?.len();
        println!("{round:<10}{:>8.1} ms, {listed} runs", milliseconds(begin));
    }
    let dissect = programs.join("dissect");
    if dissect.is_file() {
        let begin = Instant::now();
        let command =
            Command::new(dissect).args(["run", "list"]).env("DISSECT_HOME", home.root()).output()?;
        let lines = command.stdout.iter().filter(|byte| **byte == b'\n').count();
        println!("dissect run list {:>8.1} ms, {lines} lines", milliseconds(begin));
    }
    println!("memory    {}", status(daemon.id(), "VmHWM")?);
    println!("threads   {}", status(daemon.id(), "Threads")?);
    println!("files     {}", fs::read_dir(format!("/proc/{}/fd", daemon.id()))?.count());
    let before = ticks(daemon.id())?;
    std::thread::sleep(IDLE);
    println!(
        "idle      {} ms of processor time in {} s",
        (ticks(daemon.id())? - before) * 10,
        IDLE.as_secs()
    );
    daemon.kill()?;
    daemon.wait()?;
    Ok(())
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}

/// A line of `/proc/PID/status`.
fn status(pid: u32, name: &str) -> Result<String, std::io::Error> {
    let text = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    Ok(line.unwrap_or("unknown").trim().to_owned())
}

/// Hundredths of a second of processor time, user's and system's.
fn ticks(pid: u32) -> Result<u64, Box<dyn std::error::Error>> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = stat.rsplit_once(')').ok_or("no name")?;
    let fields: Vec<&str> = fields.split_ascii_whitespace().collect();
    Ok(fields[11].parse::<u64>()? + fields[12].parse::<u64>()?)
}
