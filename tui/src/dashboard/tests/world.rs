//! A home with six runs, always the same, and the dashboard opened on it at a fixed time.

use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use dissect_runs::folder::RunFolder;
use dissect_runs::home::{Home, RunId};
use dissect_runs::process::ProcessId;
use dissect_runs::records::{Event as RunEvent, Happening, Record};
use dissect_runs::spec::Spec;
use dissect_runs::state::{State as RunState, Status};
use image::{Rgb, RgbImage};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tempfile::TempDir;

use crate::dashboard::draw::{self, Theme};
use crate::dashboard::feed::once;
use crate::dashboard::graphics::Graphics;
use crate::dashboard::picture;
use crate::dashboard::state::machine::{Disk, Ecc, Gpu, GpuProcess, Gpus, Host};
use crate::dashboard::state::{Daemon, Event, State};

/// 2026-11-23 10:15:02 UTC, when the first run was asked for.
const BEGIN: f64 = 1_795_428_902.0;

/// The dashboard is looked at ten minutes later.
pub(super) const NOW: f64 = BEGIN + 600.0;

/// The home on disk; it goes with this.
pub(super) struct World {
    folder: TempDir,
}

impl World {
    pub(super) fn new() -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        let worker = ProcessId::me().unwrap();
        let started = BEGIN + 1.0;
        let ended = BEGIN + 401.0;
        let finished = RunState::Finished { started, ended };
        let train = |name: &str, noise: &str| {
            format!(
                "kind = \"train\"\nname = \"{name}\"\n[data]\ndataset = \"shapes\"\nnoise = {noise}\nlimit = 600\n\
                 [model]\nwidth = 0.25\n[training]\nepochs = 20\n"
            )
        };
        let running = world.run(
            "101502",
            &train("vgg11-true-s1", "0.0"),
            &RunState::Running { since: started, worker },
        );
        world.train(&running, 12, 0.0);
        let random = world.run("101503", &train("vgg11-random-s1", "1.0"), &finished);
        world.train(&random, 20, 1.0);
        let gan =
            "kind = \"gan\"\nname = \"gan-shapes\"\n[data]\ndataset = \"shapes\"\n[training]\nepochs = 3\n";
        world.gan(&world.run("101504", gan, &finished));
        let reason = "the loss is not finite at step 95; the last good checkpoint is kept".to_owned();
        let failed = RunState::Failed { started: Some(started), ended, reason };
        let failed = world.run("101505", &train("vgg11-random-s2", "1.0"), &failed);
        world.train(&failed, 4, 1.0);
        let dissect = "kind = \"dissect\"\nname = \"dissect-random\"\ngenerator = \"run:gan-shapes\"\nseeds = 4\nsteps = 100\n\
                       models = [\"run:vgg11-random-s1\", \"run:vgg11-random-s2\"]\n";
        world.dissection(&world.run("101506", dissect, &finished));
        world.run("101507", &train("vgg11-true-s2", "0.0"), &RunState::Queued { since: BEGIN + 5.0 });
        world
    }

    pub(super) fn home(&self) -> Home {
        Home::at(self.folder.path())
    }

    /// The dashboard on this home, after keys as [`picture::picture`] takes them.
    pub(super) fn state(&self, size: (u16, u16), keys: &str) -> State {
        let mut state = opened(size);
        let home = self.home();
        let seen = once::read(&home).into_iter().chain(machine(&[]));
        for event in seen.chain(picture::parse(keys).unwrap().into_iter().map(Event::Key)) {
            picture::perform(&mut state, &home, event);
        }
        state
    }

    /// Presses keys, and reads at once what is asked for.
    pub(super) fn press(&self, state: &mut State, keys: &str) {
        for key in picture::parse(keys).unwrap() {
            picture::perform(state, &self.home(), Event::Key(key));
        }
    }

    /// One more run, that has finished.
    pub(super) fn finished(&self, time: &str, spec: &str) -> RunFolder {
        let folder = self.run(time, spec, &RunState::Finished { started: BEGIN + 1.0, ended: BEGIN + 401.0 });
        lines(&folder, &[], &[at(1.0, Happening::Started)]);
        folder
    }

    fn run(&self, time: &str, spec: &str, state: &RunState) -> RunFolder {
        let spec = Spec::parse(spec).unwrap();
        let id = RunId::parse(&format!("20261123-{time}-{}", spec.name())).unwrap();
        let folder = self.home().runs().join(id.as_str());
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("spec.toml"), spec.to_toml()).unwrap();
        fs::write(folder.join("state.json"), serde_json::to_string(state).unwrap()).unwrap();
        RunFolder::open(folder).unwrap()
    }

    /// A training that learns as real ones do: with noise the test images are never learned.
    fn train(&self, run: &RunFolder, epochs: u32, noise: f64) {
        let mut records = Vec::new();
        let mut events =
            vec![at(1.0, Happening::Started), at(2.0, Happening::Stage { name: "training".to_owned() })];
        for epoch in 1..=epochs {
            let x = f64::from(epoch);
            let time = BEGIN + 1.0 + 20.0 * x;
            let train = x / (x + 1.0 + 2.0 * noise);
            let test = if noise > 0.0 { 0.1 + 0.01 * (x % 3.0) } else { 0.8 * train };
            let record = Record::step(u64::from(epoch) * 10 - 5).in_epoch(epoch).with("loss", 2.4 / x);
            records.push(Record { time: time - 10.0, ..record });
            let mut record = Record::epoch(epoch, u64::from(epoch) * 10)
                .with("train_loss", 2.3 / (1.0 + 0.4 * x))
                .with("test_loss", if noise > 0.0 { 2.3 + 0.1 * x } else { 2.3 / (1.0 + 0.2 * x) })
                .with("train_accuracy", train)
                .with("test_accuracy", test)
                .with("gradient_magnitude", 40.0 * x / (10.0 + x * x))
                .with("images_per_second", 4100.0 + 100.0 * (x % 4.0));
            if noise > 0.0 {
                record = record.with("noisy_accuracy", train).with("recovered_accuracy", test);
            }
            records.push(Record { time, ..record });
            if epoch % 10 == 0 {
                let file = format!("snapshots/epoch-{epoch:04}.onnx");
                model(&run.path().join(&file), 373_000);
                events.push(at(20.0 * x, Happening::Snapshot { epoch, file, largest_difference: 8.6e-6 }));
            }
        }
        if epochs == 20 {
            model(&run.path().join("snapshots/final.onnx"), 373_000);
            events.push(at(401.0, Happening::Ended { status: Status::Finished, reason: None }));
        }
        lines(run, &records, &events);
        fs::write(
            run.log_path(),
            "loading shapes\n10%\r100%\ntraining \u{1b}[31mvgg11\u{1b}[0m\nbell \u{7}\n",
        )
        .unwrap();
    }

    fn gan(&self, run: &RunFolder) {
        let mut records = Vec::new();
        for epoch in 1..=3 {
            let x = f64::from(epoch);
            let record = Record::epoch(epoch, u64::from(epoch) * 50)
                .with("d_loss", 1.4 / x)
                .with("g_loss", 0.7 * x)
                .with("d_real", 0.5 + 0.1 * x)
                .with("d_fake", 0.5 - 0.1 * x);
            records.push(Record { time: BEGIN + 100.0 * x, ..record });
            let sheet = sheet(epoch as u8, 4, 4, 0);
            fs::create_dir_all(run.results()).unwrap();
            sheet.save(run.results().join(format!("samples-epoch-{epoch:04}.png"))).unwrap();
        }
        lines(run, &records, &[at(1.0, Happening::Started)]);
        model(&run.path().join("snapshots/final.onnx"), 395_000);
    }

    fn dissection(&self, run: &RunFolder) {
        let mut records = Vec::new();
        for step in 0..=50 {
            let x = step as f64;
            let record = Record::step(step * 2)
                .of_f1("vgg11-random-s1")
                .with("activation", (10.0 + x) / 65.0)
                .with_dist("vgg11-random-s2", 3.0 + x / 20.0);
            records.push(Record { time: BEGIN + 300.0 + x, ..record });
        }
        lines(run, &records, &[at(1.0, Happening::Started)]);
        let names = ["disc", "ring", "square"];
        let classes: Vec<String> = names
            .iter()
            .enumerate()
            .map(|(n, name)| format!(r#"{{"class":{n},"name":"{name}","mean":{}.5,"std":0.4}}"#, n + 4))
            .collect();
        let report = format!(
            r#"{{"f1":"vgg11-random-s1","activation":{{"before":0.1,"after":0.97}},"pairs":[{{"f1":"vgg11-random-s1",
                "f2":"vgg11-random-s2","dist":5.5,"variance":0.81,"std":0.9,"agreement":0.25,"before":3.0,
                "per_class":[{}]}}]}}"#,
            classes.join(",")
        );
        fs::create_dir_all(run.results()).unwrap();
        fs::write(run.results().join("report.json"), report).unwrap();
        sheet(7, 4, 4, 40).save(run.results().join("patterns.png")).unwrap();
    }
}

/// The dashboard before it has seen anything.
pub(super) fn opened(size: (u16, u16)) -> State {
    let mut state = State::new(Path::new("/home/ada/.local/state/dissect"), NOW);
    state.update(Event::Resize { width: size.0 });
    state
}

/// A host, GPUs, and a daemon that answers.
pub(super) fn machine(gpus: &[Gpu]) -> Vec<Event> {
    let host = Host {
        name: "lab-3".to_owned(),
        cores: vec![0.92, 0.41, 0.07, 1.0],
        memory_used: 6 << 30,
        memory_total: 24 << 30,
        swap_used: 1 << 28,
        swap_total: 2 << 30,
        load: [3.1, 2.25, 1.9],
        disk: Some(Disk { mount: "/".to_owned(), free: 66 << 30, total: 240 << 30 }),
        received: 120_000.0,
        sent: 3_400.0,
        uptime: 4.2 * 86_400.0,
    };
    let gpus = match gpus {
        [] => Gpus::Absent("no NVIDIA driver on this machine".to_owned()),
        gpus => Gpus::Present(gpus.to_vec()),
    };
    vec![Event::Host(host), Event::Gpus(gpus), Event::Daemon(Daemon::Up { version: "0.1.0".to_owned() })]
}

/// A GPU with a process on it; `spare` reports next to nothing.
pub(super) fn gpu(index: u32, spare: bool) -> Gpu {
    let some = |value: f64| Some(value).filter(|_| !spare);
    Gpu {
        index,
        name: "NVIDIA H100 80GB HBM3".to_owned(),
        busy: Some(0.87),
        memory_used: Some(31 << 30),
        memory_total: Some(80 << 30),
        watts: some(512.0),
        watts_limit: some(700.0),
        celsius: Some(61).filter(|_| !spare),
        megahertz: Some(1_980).filter(|_| !spare),
        megahertz_most: Some(1_980).filter(|_| !spare),
        megahertz_memory: Some(2_619).filter(|_| !spare),
        throttled: (!spare).then(|| vec!["power limit"]),
        ecc: if spare { Ecc::Unknown } else { Ecc::On { corrected: 12, uncorrected: 0 } },
        xids: (!spare).then(Vec::new),
        slices: Vec::new(),
        processes: Ok(vec![GpuProcess {
            pid: 4_242,
            name: "dissect-trainer".to_owned(),
            memory: Some(30 << 30),
            slice: None,
        }]),
        trouble: None,
    }
}

/// A frame as text, without the blanks at the ends of its lines.
pub(super) fn text(state: &State, (width, height): (u16, u16), theme: impl Into<Theme>) -> String {
    let buffer = buffer(state, (width, height), theme);
    let line = |y: u16| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..height).map(|y| line(y).trim_end().to_owned() + "\n").collect()
}

/// A frame.
pub(super) fn buffer(
    state: &State,
    (width, height): (u16, u16),
    theme: impl Into<Theme>,
) -> ratatui::buffer::Buffer {
    let theme = theme.into();
    let graphics = if theme.has_colours() { Graphics::half_blocks() } else { Graphics::none() };
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw::frame(state, &theme, &graphics, frame)).unwrap();
    terminal.backend().buffer().clone()
}

fn at(seconds: f64, what: Happening) -> RunEvent {
    RunEvent { time: BEGIN + seconds, what }
}

fn lines(run: &RunFolder, records: &[Record], events: &[RunEvent]) {
    let text: String = records.iter().map(|record| serde_json::to_string(record).unwrap() + "\n").collect();
    fs::write(run.metrics_path(), text).unwrap();
    let text: String = events.iter().map(|event| serde_json::to_string(event).unwrap() + "\n").collect();
    fs::write(run.events_path(), text).unwrap();
}

/// A file in the place of a model: the list of models shows its size and time, and does not open a run's own.
fn model(path: &Path, bytes: u64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let file = fs::File::create(path).unwrap();
    file.set_len(bytes).unwrap();
    file.set_modified(UNIX_EPOCH + Duration::from_secs_f64(BEGIN + 420.0)).unwrap();
}

/// Tiles of 16 pixels with white between them, after a margin.
fn sheet(seed: u8, columns: u32, rows: u32, margin: u32) -> RgbImage {
    RgbImage::from_fn(margin + columns * 18 + 2, rows * 18 + 2, |x, y| {
        let gap = x < margin || (x - margin) % 18 < 2 || y % 18 < 2;
        if gap { Rgb([255; 3]) } else { Rgb([seed * 20, (x * 3 % 200) as u8, (y * 3 % 200) as u8]) }
    })
}
