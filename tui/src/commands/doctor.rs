//! `dissect doctor`: what is there, what is missing, and what to do about it.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::anyhow;
use dissect_onnx::graph::Graph;
use dissect_onnx::model::Dim;
use dissect_onnx::runtime::Runtime;
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::DataType;
use dissect_runs::client::Client;
use dissect_runs::home::Home;
use nvml_wrapper::Nvml;
use serde::Serialize;

use crate::failure::{Failure, Outcome};
use crate::output::{self, bytes};
use crate::programs;

/// Free space under which a run with snapshots and checkpoints may not fit.
const LITTLE_SPACE: u64 = 2 << 30;

/// How long the GPU driver may take to answer.
const DRIVER_PATIENCE: Duration = Duration::from_secs(5);

/// What `--json` prints.
const SHAPE: &str = "\
JSON: a list of {name, found, needed, detail, advice}; advice is null where there is nothing to do.
Exit code 1 where something needed is missing.";

/// What `dissect doctor` takes.
#[derive(Debug, clap::Args)]
#[command(after_help = SHAPE)]
pub struct Args {
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// One thing that was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Check {
    name: &'static str,
    found: bool,
    needed: bool,
    detail: String,
    advice: Option<String>,
}

impl Check {
    fn found(name: &'static str, detail: impl Into<String>) -> Self {
        Self { name, found: true, needed: false, detail: detail.into(), advice: None }
    }

    fn missing(name: &'static str, detail: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { name, found: false, needed: false, detail: detail.into(), advice: Some(advice.into()) }
    }

    fn needed(self) -> Self {
        Self { needed: true, ..self }
    }

    fn line(&self) -> String {
        let mark = match (self.found, self.needed) {
            (true, _) => "found",
            (false, true) => "MISSING",
            (false, false) => "not found",
        };
        let mut text = format!("{:<18} {mark:<10} {}\n", self.name, self.detail);
        if let Some(advice) = &self.advice {
            text.push_str(&format!("{:<18} {:<10} -> {advice}\n", "", ""));
        }
        text
    }
}

/// Looks, prints, and fails where something needed is missing.
pub fn run(args: Args) -> Outcome {
    let home = Home::from_env()?;
    let mut checks = onnx_runtime();
    checks.push(program("dissect-trainer"));
    checks.push(program("dissectd"));
    checks.push(gpus());
    checks.push(daemon(&home));
    checks.extend(storage(&home));
    checks.push(data());
    if args.json {
        output::print_json(&checks)?;
    } else {
        output::print(&checks.iter().map(Check::line).collect::<String>())?;
    }
    let missing: Vec<&str> =
        checks.iter().filter(|check| check.needed && !check.found).map(|check| check.name).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(Failure::Failed(anyhow!("needed and missing: {}", missing.join(", "))))
    }
}

/// Which library was opened and what it can run on.
fn onnx_runtime() -> Vec<Check> {
    const NAME: &str = "ONNX Runtime";
    let runtime = match Runtime::get() {
        Ok(runtime) => runtime,
        Err(error) => {
            let advice = "run `make setup`, or name the library in $ORT_DYLIB_PATH";
            return vec![Check::missing(NAME, error.to_string(), advice).needed()];
        }
    };
    // The file behind the link tells the version.
    let path = runtime.path().canonicalize().unwrap_or_else(|_| runtime.path().to_owned());
    let detail = format!("{} ({})", path.display(), runtime.info());
    vec![Check::found(NAME, detail).needed(), provider()]
}

/// Where a model would run, found by preparing one.
fn provider() -> Check {
    const NAME: &str = "provider";
    let mut graph = Graph::new("probe", 17);
    graph.add_input("x", DataType::Float, [Dim::Fixed(1)]);
    let y = graph.node("Neg", ["x"], []);
    graph.add_output_as("y", &y, DataType::Float, [Dim::Fixed(1)]);
    let model = graph.to_model().expect("the probe is a whole graph");
    match Session::new(&model, &SessionOptions::default()) {
        Ok(session) => {
            let advice =
                session.note().map(|note| format!("{note}; on a GPU: `scripts/setup --flavour cuda`"));
            Check { advice, ..Check::found(NAME, format!("models run on {}", session.provider())) }.needed()
        }
        Err(error) => Check::missing(NAME, error.to_string(), "run `make setup` again").needed(),
    }
}

/// A program of ours that others start; asking its version shows that its libraries open.
fn program(name: &'static str) -> Check {
    let Some(path) = programs::find(name) else {
        return Check::missing(
            name,
            "neither beside dissect nor on PATH",
            "run `make build` or `make install`; `cargo build --bins` builds all programs",
        )
        .needed();
    };
    match Command::new(&path).arg("--version").output() {
        Ok(output) if output.status.success() => {
            let version = String::from_utf8_lossy(&output.stdout).trim().replace('\n', ", ");
            Check::found(name, format!("{version} at {}", path.display())).needed()
        }
        Ok(output) => {
            let reason = String::from_utf8_lossy(&output.stderr);
            let reason = reason.lines().next().unwrap_or("it ends without a word").to_owned();
            Check::missing(
                name,
                format!("{}: {reason}", path.display()),
                "run `make setup`, then build again: a library it needs does not open",
            )
            .needed()
        }
        Err(error) => {
            Check::missing(name, format!("{}: {error}", path.display()), "build or install it again").needed()
        }
    }
}

fn gpus() -> Check {
    const NAME: &str = "GPU";
    // A driver that hangs keeps its caller for ever; the thread is left behind with it.
    let (tell, told) = mpsc::channel();
    thread::spawn(move || tell.send(describe_gpus()));
    let Ok(described) = told.recv_timeout(DRIVER_PATIENCE) else {
        let detail = format!("the NVIDIA driver has not answered within {} s", DRIVER_PATIENCE.as_secs());
        return Check::missing(NAME, detail, "it hangs: see `dmesg`; resetting the GPU or a reboot may help");
    };
    match described {
        Ok(detail) => Check::found(NAME, detail),
        Err(error) => {
            let detail = match fs::read_to_string("/proc/driver/nvidia/version") {
                Ok(_) => format!("an NVIDIA driver is loaded, but NVML does not answer: {error}"),
                Err(_) => "no NVIDIA driver is loaded".to_owned(),
            };
            Check::missing(
                NAME,
                detail,
                "everything runs on the CPU; a GPU needs NVIDIA's driver 580 or later",
            )
        }
    }
}

fn describe_gpus() -> Result<String, nvml_wrapper::error::NvmlError> {
    // The plain name `libnvidia-ml.so` comes with development packages only.
    let nvml = Nvml::builder().lib_path("libnvidia-ml.so.1".as_ref()).init().or_else(|_| Nvml::init())?;
    let mut names = Vec::new();
    for index in 0..nvml.device_count()? {
        let device = nvml.device_by_index(index)?;
        names.push(format!("{} ({})", device.name()?, bytes(device.memory_info()?.total)));
    }
    Ok(format!("driver {}: {}", nvml.sys_driver_version()?, names.join(", ")))
}

fn daemon(home: &Home) -> Check {
    const NAME: &str = "daemon";
    match Client::connect(home) {
        Ok(client) => {
            let hello = client.daemon();
            let detail = format!("version {}, process {}", hello.version, hello.pid);
            if hello.version == env!("CARGO_PKG_VERSION") {
                Check::found(NAME, detail)
            } else {
                let advice = format!("restart it: this is version {}", env!("CARGO_PKG_VERSION"));
                Check { advice: Some(advice), ..Check::found(NAME, detail) }
            }
        }
        Err(_) => Check::missing(
            NAME,
            format!("nothing answers at {}", home.socket().display()),
            "start it with `dissectd` or `systemctl --user enable --now dissectd`; looking at runs needs none",
        ),
    }
}

fn storage(home: &Home) -> Vec<Check> {
    let path = home.root();
    let exists = path.is_dir();
    let place = if exists {
        Check::found("home", path.display().to_string())
    } else {
        Check {
            advice: Some("the daemon creates it when it starts".into()),
            ..Check::found("home", format!("{} (not created yet)", path.display()))
        }
    };
    let space = match free_space(path) {
        Ok(free) if free < LITTLE_SPACE => Check::missing(
            "disk space",
            format!("{} free for {}", bytes(free), path.display()),
            "remove runs with `dissect run remove`, or point $DISSECT_HOME elsewhere",
        ),
        Ok(free) => Check::found("disk space", format!("{} free", bytes(free))),
        Err(error) => Check::missing("disk space", error.to_string(), "check the home's path"),
    };
    vec![place, space]
}

/// Free bytes on the file system that holds the path, or would.
fn free_space(path: &Path) -> std::io::Result<u64> {
    let there = path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/"));
    let space = rustix::fs::statvfs(there)?;
    Ok(space.f_bavail * space.f_frsize)
}

/// What there is to train on. CIFAR-10 has no place of its own: a spec's `data.path` names it.
fn data() -> Check {
    let advice = "other data lies where a spec's `data.path` says; CIFAR-10 as its binary version, from \
                  https://www.cs.toronto.edu/~kriz/cifar.html";
    Check { advice: Some(advice.to_owned()), ..Check::found("data", "shapes (built in)") }
}
