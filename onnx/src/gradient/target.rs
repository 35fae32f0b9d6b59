//! Where a gradient is to run fast. The result is the same to rounding; only the operators differ.

/// The execution provider whose fast forms are chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// Forms that every provider runs well.
    #[default]
    Any,
    /// ONNX Runtime's CPU provider.
    Cpu,
}
