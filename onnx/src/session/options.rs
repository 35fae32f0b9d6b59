//! How a session is to run.

use super::Device;

/// Graph optimisations of ONNX Runtime, which change results by rounding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Optimisation {
    /// None: each node as it stands.
    Disabled,
    /// Constants folded, useless nodes removed.
    Basic,
    /// Nodes fused as well.
    Extended,
    /// Data laid out for the device as well.
    #[default]
    All,
}

impl Optimisation {
    pub(super) fn level(self) -> ort::session::builder::GraphOptimizationLevel {
        use ort::session::builder::GraphOptimizationLevel as Level;
        match self {
            Self::Disabled => Level::Disable,
            Self::Basic => Level::Level1,
            Self::Extended => Level::Level2,
            Self::All => Level::All,
        }
    }
}

/// How cuDNN chooses among its algorithms for a convolution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConvolutionSearch {
    /// Tries all of them at the first run of a shape: slow once, fastest afterwards.
    #[default]
    Exhaustive,
    /// Asks cuDNN which is probably the fastest.
    Heuristic,
    /// Takes the one that needs little memory.
    Fixed,
}

impl ConvolutionSearch {
    const ALL: [(Self, &str); 3] =
        [(Self::Exhaustive, "exhaustive"), (Self::Heuristic, "heuristic"), (Self::Fixed, "fixed")];

    pub(super) fn ort(self) -> ort::ep::cuda::ConvAlgorithmSearch {
        use ort::ep::cuda::ConvAlgorithmSearch as Search;
        match self {
            Self::Exhaustive => Search::Exhaustive,
            Self::Heuristic => Search::Heuristic,
            Self::Fixed => Search::Default,
        }
    }
}

impl std::fmt::Display for ConvolutionSearch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (_, name) = Self::ALL.iter().find(|(search, _)| search == self).expect("every search has a name");
        f.write_str(name)
    }
}

impl std::str::FromStr for ConvolutionSearch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.iter().find(|(_, name)| *name == text).map(|(search, _)| *search);
        found.ok_or_else(|| format!("unknown search `{text}`, expected exhaustive, heuristic or fixed"))
    }
}

/// How a session is to run; the default is everything automatic.
#[derive(Clone, Debug, Default)]
pub struct SessionOptions {
    /// On which device.
    pub device: Device,
    /// Threads on the CPU; 0 for one a core.
    pub threads: usize,
    /// How much ONNX Runtime may rewrite.
    pub optimisation: Optimisation,
    /// TensorFloat-32 on CUDA: faster, and gradients differ by about 1e-3.
    pub tf32: bool,
    /// How cuDNN chooses its algorithms.
    pub convolution_search: ConvolutionSearch,
    /// Captures each binding's first run as a CUDA graph and replays it afterwards. The session must then be run by
    /// [`Session::run_bound`](super::Session::run_bound) alone. Has no effect on a CPU.
    pub cuda_graph: bool,
}

impl SessionOptions {
    /// One CPU session that runs each node as it stands: for small graphs whose values matter, not their speed.
    pub fn plain() -> Self {
        Self { device: Device::Cpu, threads: 1, optimisation: Optimisation::Disabled, ..Self::default() }
    }
}
