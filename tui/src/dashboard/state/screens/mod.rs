//! The screens, in the order of their numbers: a file each with what its keys do.

pub mod dissect;
pub mod images;
pub mod log;
pub mod metrics;
pub mod models;
pub mod runs;
mod shared;

use super::keys::Binding;

/// What is in front.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Screen {
    /// All runs.
    Runs,
    /// Curves of the marked runs.
    Metrics,
    /// ONNX files, to be marked and dissected.
    Models,
    /// What a dissection found.
    Dissect,
    /// A GAN's samples by epoch.
    Images,
    /// GPUs and host.
    Gpu,
    /// A run's log and events.
    Log,
}

impl Screen {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 7] =
        [Self::Runs, Self::Metrics, Self::Models, Self::Dissect, Self::Images, Self::Gpu, Self::Log];

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Runs => "Runs",
            Self::Metrics => "Metrics",
            Self::Models => "Models",
            Self::Dissect => "Dissect",
            Self::Images => "Images",
            Self::Gpu => "GPU",
            Self::Log => "Log",
        }
    }
}

/// The bindings that a screen has besides those of every screen.
pub(super) fn bindings(screen: Screen) -> &'static [Binding] {
    match screen {
        Screen::Runs => runs::BINDINGS,
        Screen::Metrics => metrics::BINDINGS,
        Screen::Models => models::BINDINGS,
        Screen::Dissect => dissect::BINDINGS,
        Screen::Images => images::BINDINGS,
        Screen::Gpu => &[],
        Screen::Log => log::BINDINGS,
    }
}
