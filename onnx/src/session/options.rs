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
}

impl SessionOptions {
    /// One CPU session that runs each node as it stands: for small graphs whose values matter, not their speed.
    pub fn plain() -> Self {
        Self { device: Device::Cpu, threads: 1, optimisation: Optimisation::Disabled, tf32: false }
    }
}
