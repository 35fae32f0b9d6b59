//! `dissect demo`: models that learn, models that memorise, and the distance within either pair, in a home and with a
//! daemon of its own.

mod daemon;
mod dashboard;
mod outcome;
mod plan;
mod progress;
mod verdict;

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use dissect_runs::client::Client;
use dissect_runs::folder::RunFolder;
use dissect_runs::home::Home;
use dissect_runs::state::Status;
use serde::Serialize;

use self::daemon::Daemon;
use self::dashboard::Dashboard;
use self::outcome::Pictures;
use self::plan::{CLASSIFIERS, DISSECT_RANDOM, DISSECT_TRUE, Step};
use self::progress::Progress;
use self::verdict::{Dissected, Trained};
use crate::failure::{Failure, Outcome};
use crate::output::{self, duration};
use crate::summary::Summary;

/// How often the runs are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long runs that are stopped may take to write their checkpoints.
const STOP_PATIENCE: Duration = Duration::from_secs(60);

/// What `--json` prints.
const SHAPE: &str = "\
JSON: seed, trained (a list of name, epochs, train_accuracy, test_accuracy, seconds), learned and memorised \
(dist, variance, std, before, agreement), ratio, sentence, pictures (distances, patterns_true, \
patterns_random), seconds, home.";

/// What `dissect demo` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = SHAPE)]
pub struct Args {
    /// The demo's home; the folder `demo` in the home of runs where nothing is said
    #[arg(long, value_name = "DIR")]
    pub home: Option<PathBuf>,

    /// Another seed makes other models, wrong labels, generator and starts
    #[arg(long, default_value_t = 0, value_name = "N", value_parser = clap::value_parser!(u64).range(..1 << 31))]
    pub seed: u64,

    /// Keep the runs of earlier demos in this home; they are removed otherwise
    #[arg(long)]
    pub keep: bool,

    /// Tell the progress in plain lines or bars, terminal or not
    #[arg(long)]
    pub no_dashboard: bool,

    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// What the demo found.
#[derive(Debug, Serialize)]
struct Story {
    seed: u64,
    trained: Vec<Trained>,
    learned: Dissected,
    memorised: Dissected,
    ratio: f64,
    sentence: String,
    pictures: Pictures,
    seconds: f64,
    home: PathBuf,
}

/// A run of the demo, queued.
#[derive(Debug)]
struct Queued {
    name: &'static str,
    run: RunFolder,
}

/// How watching the runs ended.
enum End {
    Finished,
    Interrupted,
    Broken(String),
}

/// Tells the story.
pub fn run(args: Args) -> Outcome {
    let start = Instant::now();
    let interrupted = interrupts()?;
    let home = match &args.home {
        Some(path) => Home::at(path),
        None => Home::at(Home::from_env()?.root().join("demo")),
    };
    let daemon = Daemon::start(&home)?;
    let mut client = Client::connect(&home)?;
    if !args.keep {
        remove_earlier(&home, &mut client)?;
    }
    let runs = queue(&home, &mut client, args.seed)?;
    drop(client);

    match watch(&home, &runs, &args, &interrupted)? {
        End::Finished => {}
        End::Interrupted => {
            stop(&home, &runs);
            return Err(Failure::Failed(anyhow!("interrupted; the demo's runs are stopped")));
        }
        End::Broken(reason) => {
            stop(&home, &runs);
            return Err(Failure::Failed(anyhow!(reason)));
        }
    }
    drop(daemon);
    let story = tell(&home, &runs, args.seed, start)?;
    if args.json {
        output::print_json(&story)?
    } else {
        output::print(&text(&story))?
    }
    Ok(())
}

/// A flag that Ctrl-C, a closed terminal and a request to end set.
fn interrupts() -> anyhow::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&flag)).context("cannot catch signals")?;
    }
    Ok(flag)
}

/// Removes what earlier demos left in this home, and nothing else.
fn remove_earlier(home: &Home, client: &mut Client) -> anyhow::Result<()> {
    let names: Vec<&str> = plan::plan(0).iter().map(|step| step.name).collect();
    for run in home.list()? {
        if names.contains(&run.id().name()) {
            if !run.status_now()?.is_ended() {
                client.stop(run.id().as_str())?;
                let start = Instant::now();
                while !run.status_now()?.is_ended() && start.elapsed() < STOP_PATIENCE {
                    thread::sleep(LOOK_EVERY);
                }
            }
            client.remove(run.id().as_str())?;
        }
    }
    Ok(())
}

fn queue(home: &Home, client: &mut Client, seed: u64) -> anyhow::Result<Vec<Queued>> {
    plan::plan(seed)
        .into_iter()
        .map(|Step { name, spec }| Ok(Queued { name, run: home.run(&client.start(&spec)?) }))
        .collect()
}

/// Shows the runs until all finished, one did not, or the demo is interrupted.
fn watch(home: &Home, runs: &[Queued], args: &Args, interrupted: &AtomicBool) -> anyhow::Result<End> {
    let terminal = io::stdin().is_terminal() && io::stdout().is_terminal() && io::stderr().is_terminal();
    let mut dashboard = if terminal && !args.no_dashboard { Some(Dashboard::open(home)?) } else { None };
    let mut progress = Progress::new();
    let end = loop {
        if interrupted.load(Ordering::Relaxed) {
            break End::Interrupted;
        }
        let summaries: Vec<Summary> = runs.iter().map(|queued| Summary::of(&queued.run)).collect();
        if dashboard.as_mut().is_some_and(Dashboard::was_left) {
            dashboard = None;
            eprintln!("the demo goes on; Ctrl-C stops it");
        }
        if dashboard.is_none() {
            progress.show(&summaries);
        }
        if let Some(broken) = summaries
            .iter()
            .find(|summary| matches!(summary.status, Status::Failed | Status::Lost | Status::Stopped))
        {
            let reason = broken.reason.as_deref().map(|reason| format!(": {reason}")).unwrap_or_default();
            break End::Broken(format!(
                "the demo's run {} {}{reason}; its log is {}",
                broken.name,
                broken.status,
                broken.folder.join("log.txt").display()
            ));
        }
        if summaries.iter().all(|summary| summary.status == Status::Finished) {
            break End::Finished;
        }
        thread::sleep(LOOK_EVERY);
    };
    progress.end();
    Ok(end)
}

/// Stops what still runs and waits for it. What cannot be stopped is said and left.
fn stop(home: &Home, runs: &[Queued]) {
    let Ok(mut client) = Client::connect(home) else { return };
    // The last first, so that nothing queued takes the place of what was stopped.
    for queued in runs.iter().rev() {
        let ended = queued.run.status_now().is_ok_and(|state| state.is_ended());
        if !ended && let Err(error) = client.stop(queued.run.id().as_str()) {
            eprintln!("{} cannot be stopped: {error}", queued.run.id());
        }
    }
    let start = Instant::now();
    let ended = |queued: &Queued| queued.run.status_now().map_or(true, |state| state.is_ended());
    while !runs.iter().all(ended) && start.elapsed() < STOP_PATIENCE {
        thread::sleep(LOOK_EVERY);
    }
}

fn tell(home: &Home, runs: &[Queued], seed: u64, start: Instant) -> anyhow::Result<Story> {
    let named = |name: &str| {
        let queued = runs.iter().find(|queued| queued.name == name);
        &queued.expect("every name the demo uses is in its plan").run
    };
    let trained =
        CLASSIFIERS.iter().map(|name| outcome::trained(named(name))).collect::<Result<Vec<_>, _>>()?;
    let learned = outcome::dissected(named(DISSECT_TRUE))?;
    let memorised = outcome::dissected(named(DISSECT_RANDOM))?;
    let pictures = outcome::draw(home, (named(DISSECT_TRUE), learned), (named(DISSECT_RANDOM), memorised))?;
    Ok(Story {
        seed,
        ratio: verdict::ratio(learned, memorised),
        sentence: verdict::sentence(&trained, learned, memorised),
        trained,
        learned,
        memorised,
        pictures,
        seconds: start.elapsed().as_secs_f64(),
        home: home.root().to_owned(),
    })
}

fn text(story: &Story) -> String {
    let Pictures { distances, patterns_true, patterns_random } = &story.pictures;
    format!(
        "{}\n{}\n\n\
         distances                  {}\n\
         patterns of true labels    {}\n\
         patterns of random labels  {}\n\n\
         Took {}. The dashboard on these runs: DISSECT_HOME={} dissect\n",
        verdict::tables(&story.trained, story.learned, story.memorised),
        story.sentence,
        distances.display(),
        patterns_true.display(),
        patterns_random.display(),
        duration(story.seconds),
        story.home.display(),
    )
}
