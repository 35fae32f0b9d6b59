//! Choosing the execution provider, and saying why.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::str::FromStr;
use std::sync::Once;

use ort::ep::{CUDA, ExecutionProvider};
use ort::session::builder::SessionBuilder;

use super::{Optimisation, SessionError, SessionOptions};
use crate::runtime::Runtime;

/// The device asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Device {
    /// The first GPU if ONNX Runtime can use one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// A GPU by its number; an error where it cannot be used.
    Cuda(i32),
}

impl FromStr for Device {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = |digits: &str| digits.parse().ok().filter(|&n: &i32| n >= 0);
        match text {
            "auto" => Some(Self::Auto),
            "cpu" => Some(Self::Cpu),
            "cuda" => Some(Self::Cuda(0)),
            _ => text.strip_prefix("cuda:").and_then(number).map(Self::Cuda),
        }
        .ok_or_else(|| format!("unknown device `{text}`, expected auto, cpu, cuda or cuda:NUMBER"))
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(n) => write!(f, "cuda:{n}"),
        }
    }
}

/// The device a session runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// ONNX Runtime's CPU provider.
    Cpu,
    /// Its CUDA provider on the GPU of that number.
    Cuda(i32),
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("CPU"),
            Self::Cuda(n) => write!(f, "CUDA device {n}"),
        }
    }
}

pub(super) type Opened = (ort::session::Session, Provider, Option<String>);
type Commit<'a> = &'a dyn Fn(SessionBuilder) -> Result<ort::session::Session, SessionError>;

/// Prepares a session on the device asked for. With "auto" whatever keeps CUDA from working becomes a note.
pub(super) fn open(
    runtime: &Runtime,
    options: &SessionOptions,
    commit: Commit,
) -> Result<Opened, SessionError> {
    // The bindings panic where ONNX Runtime infers a negative dimension, as of a Pad that removes more than there is.
    let opened = catch_unwind(AssertUnwindSafe(|| on_device(runtime, options, commit)));
    opened.unwrap_or_else(|_| {
        let reason = "some output's shape cannot be read, such as one with a negative dimension".into();
        Err(SessionError::Ort { action: "preparing the model", reason })
    })
}

fn on_device(runtime: &Runtime, options: &SessionOptions, commit: Commit) -> Result<Opened, SessionError> {
    let cpu = |note| Ok((commit(builder(runtime, options)?)?, Provider::Cpu, note));
    match options.device {
        Device::Cpu => cpu(None),
        Device::Cuda(number) => {
            let session = cuda(runtime, options, number, commit)?;
            Ok((session, Provider::Cuda(number), None))
        }
        Device::Auto => match cuda(runtime, options, 0, commit) {
            Ok(session) => Ok((session, Provider::Cuda(0), None)),
            Err(error) => cpu(Some(format!("on the CPU: {error}"))),
        },
    }
}

fn builder(runtime: &Runtime, options: &SessionOptions) -> Result<SessionBuilder, SessionError> {
    let failed = || SessionError::ort("preparing a session");
    let builder = ort::session::Session::builder(runtime.environment()).map_err(failed())?;
    let builder = builder
        .with_optimization_level(options.optimisation.level())
        .map_err(SessionError::ort("preparing a session"))?
        // Threads that spin while they wait starve other programs on the same cores, and those starve them.
        .with_intra_op_spinning(false)
        .map_err(SessionError::ort("preparing a session"))?
        // Weights laid out anew are worth their memory only where a model runs often.
        .with_prepacking(options.optimisation != Optimisation::Disabled)
        .map_err(SessionError::ort("preparing a session"))?;
    if options.threads == 0 {
        return Ok(builder);
    }
    builder.with_intra_threads(options.threads).map_err(SessionError::ort("preparing a session"))
}

fn cuda(
    runtime: &Runtime,
    options: &SessionOptions,
    number: i32,
    commit: Commit,
) -> Result<ort::session::Session, SessionError> {
    let unusable = |reason: String| SessionError::Device { device: Device::Cuda(number).to_string(), reason };
    if !CUDA::is_available().unwrap_or(false) {
        return Err(unusable("this ONNX Runtime has no CUDA provider".into()));
    }
    if !Path::new("/dev/nvidiactl").exists() && !Path::new("/dev/dxg").exists() {
        return Err(unusable("no NVIDIA driver is loaded".into()));
    }
    preload(runtime);
    let provider = CUDA::default()
        .with_device_id(number)
        .with_tf32(options.tf32)
        .with_conv_algorithm_search(options.convolution_search.ort())
        .with_cuda_graph(options.cuda_graph)
        .build()
        .error_on_failure();
    let builder = builder(runtime, options)?
        .with_execution_providers([provider])
        .map_err(|e| unusable(e.message().trim().to_owned()))?;
    commit(builder)
}

/// The CUDA provider asks the loader for cuBLAS, cuDNN and others by name. Python's wheels keep them in folders that
/// the loader does not search, beside ONNX Runtime's own; once loaded, they are found.
fn preload(runtime: &Runtime) {
    static ONCE: Once = Once::new();
    const WANTED: [&str; 9] = [
        "libcudart.so",
        "libnvJitLink.so",
        "libnvrtc.so",
        "libcublasLt.so",
        "libcublas.so",
        "libcufft.so",
        "libcurand.so",
        "libcusparse.so",
        "libcudnn.so",
    ];
    ONCE.call_once(|| {
        let Ok(library) = runtime.path().canonicalize() else { return };
        let Some(site) = library.ancestors().nth(3).map(|site| site.join("nvidia")) else { return };
        let files: Vec<_> = std::fs::read_dir(site)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|package| std::fs::read_dir(package.path().join("lib")).ok())
            .flat_map(|folder| folder.flatten().map(|file| file.path()))
            .collect();
        for wanted in WANTED {
            let named = |p: &&std::path::PathBuf| {
                p.file_name().and_then(|n| n.to_str()).is_some_and(|n| n.starts_with(wanted))
            };
            for path in files.iter().filter(named) {
                // One that cannot be loaded is missed, if at all, by the provider, whose error says so.
                let _ = ort::util::preload_dylib(path.as_os_str());
            }
        }
    });
}
