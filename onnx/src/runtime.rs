//! ONNX Runtime's library: where it is looked for, and loading it once in the process.
//! Knows nothing of models; sessions ask it for the environment.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use ort::environment::Environment;

/// No usable ONNX Runtime was found.
#[derive(Clone, Debug, thiserror::Error)]
pub enum RuntimeError {
    /// None of the places has the library.
    #[error("ONNX Runtime was not found; run `make setup`, or name libonnxruntime.so in ORT_DYLIB_PATH; looked at {}", list(.looked_at))]
    NotFound {
        /// Where it was looked for, in order.
        looked_at: Vec<PathBuf>,
    },
    /// There is a library, and it cannot be used.
    #[error(
        "ONNX Runtime at {path} cannot be used: {reason}; run `make setup`, or name another in ORT_DYLIB_PATH"
    )]
    Unusable {
        /// The library.
        path: PathBuf,
        /// The loader's reason.
        reason: String,
    },
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
}

/// The loaded library.
#[derive(Clone)]
pub struct Runtime {
    environment: Environment,
    path: PathBuf,
}

impl Runtime {
    /// Loads ONNX Runtime, the first time it is called. Found as `$ORT_DYLIB_PATH`, else
    /// `$DISSECT_RUNTIME/onnxruntime/libonnxruntime.so`, else installed beside the executable
    /// (`../lib/dissect/onnxruntime/`), else where `make setup` put it for this build, else as the system's library.
    pub fn get() -> Result<&'static Self, RuntimeError> {
        static RUNTIME: OnceLock<Result<Runtime, RuntimeError>> = OnceLock::new();
        RUNTIME.get_or_init(load).as_ref().map_err(Clone::clone)
    }

    /// The library's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Version, build flags and commit as ONNX Runtime says them.
    pub fn info(&self) -> &'static str {
        ort::info()
    }

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").field("path", &self.path).finish_non_exhaustive()
    }
}

const LIBRARY: &str = "libonnxruntime.so";

fn load() -> Result<Runtime, RuntimeError> {
    let mut looked_at = Vec::new();
    // What somebody named is used or refused, never silently replaced by another.
    let named = std::env::var_os("ORT_DYLIB_PATH").filter(|v| !v.is_empty()).map(PathBuf::from);
    let folder = std::env::var_os("DISSECT_RUNTIME").filter(|v| !v.is_empty()).map(PathBuf::from);
    if let Some(path) = named.or(folder.map(|f| f.join("onnxruntime").join(LIBRARY))) {
        return if path.exists() {
            open(path)
        } else {
            Err(RuntimeError::NotFound { looked_at: vec![path] })
        };
    }
    for path in places() {
        if path.exists() {
            return open(path);
        }
        looked_at.push(path);
    }
    looked_at.push(format!("the system's {LIBRARY}").into());
    open(LIBRARY.into()).map_err(|_| RuntimeError::NotFound { looked_at })
}

fn places() -> Vec<PathBuf> {
    let beside = std::env::current_exe().ok().and_then(|exe| {
        Some(exe.canonicalize().ok()?.parent()?.parent()?.join("lib/dissect/onnxruntime").join(LIBRARY))
    });
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.runtime/onnxruntime").join(LIBRARY);
    beside.into_iter().chain([built]).collect()
}

fn open(path: PathBuf) -> Result<Runtime, RuntimeError> {
    let unusable = |reason: String| RuntimeError::Unusable { path: path.clone(), reason };
    let builder = ort::init_from(&path).map_err(|e| unusable(e.to_string()))?;
    // Whatever matters comes back as an error; its log would be written over a terminal's screen.
    let environment = builder
        .with_name("dissect")
        .with_telemetry(false)
        .with_logger(Arc::new(|_, _, _, _, _| ()))
        .build()
        .map_err(|e| unusable(e.to_string()))?;
    Ok(Runtime { environment, path })
}
