//! How many starts go at once where nobody says it.

use super::DissectError;
use crate::graph::Graph;
use crate::observe::{ObserveOptions, observe};
use crate::session::{Provider, SessionError};

/// Largest batch tried on a GPU; beyond it steps gain nothing.
const MOST_CUDA: usize = 4096;
/// Bounds memory on a CPU, and how long a step keeps a stop waiting.
const MOST_CPU: usize = 100;
/// The part of the free memory that a dissection may use.
const SHARE: u64 = 4;

/// Starts that fit. `forward` goes from latent vectors to logits; its gradient takes as much again.
pub(super) fn batch_for(path: &str, forward: &Graph, provider: Provider) -> Result<usize, DissectError> {
    match provider {
        // How much a GPU has free shows by trying, and the ascent halves its batch where that fails.
        Provider::Cuda(_) => Ok(MOST_CUDA),
        Provider::Cpu => {
            let of_one = 2 * bytes_of_one(path, forward)?;
            let fits = available().map_or(MOST_CPU as u64, |bytes| bytes / SHARE / of_one.max(1));
            Ok((fits as usize).clamp(1, MOST_CPU))
        }
    }
}

/// Bytes of all values that one start adds.
fn bytes_of_one(path: &str, forward: &Graph) -> Result<u64, DissectError> {
    let observed = observe(forward, &ObserveOptions::default()).map_err(|source| DissectError::Run {
        model: path.to_owned(),
        action: "measuring the model",
        source: Box::new(source),
    })?;
    let grows = observed.values().filter(|value| value.dims.iter().any(|size| size.per_batch > 0));
    let bytes = grows.map(|value| {
        let elements: u64 =
            value.dims.iter().map(|size| (size.per_batch + size.fixed).max(0) as u64).product();
        elements * value.data_type.bits().div_ceil(8) as u64
    });
    Ok(bytes.sum())
}

/// Memory that the kernel says is available, in bytes.
fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

/// Whether ONNX Runtime says that memory ran out.
pub(super) fn is_exhausted(error: &SessionError) -> bool {
    let text = error.to_string().to_lowercase();
    ["allocate memory", "out of memory", "bad allocation", "bad_alloc"].iter().any(|sign| text.contains(sign))
}
