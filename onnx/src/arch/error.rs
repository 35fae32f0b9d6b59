//! What can be wrong with the description of a network.

use super::Shape;

/// Why a network cannot be described.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ArchError {
    /// No classifier has this name.
    #[error("unknown architecture `{name}`; expected one of {expected}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The names there are, separated by spaces.
        expected: String,
    },
    /// An option is outside its range.
    #[error("{architecture}: {option} is {found}, expected {expected}")]
    Option {
        /// The network.
        architecture: String,
        /// The option's name.
        option: &'static str,
        /// Its value.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
    /// An image becomes smaller than a layer's window.
    #[error(
        "{architecture}: images of {height}x{width} are too small: {layer} needs at least {needed} pixels \
         a side and gets {at_height}x{at_width}; use larger images or a network with fewer pools"
    )]
    TooSmall {
        /// The network.
        architecture: String,
        /// The layer that cannot work.
        layer: String,
        /// Height of the network's input.
        height: usize,
        /// Width of the network's input.
        width: usize,
        /// Smallest side the layer accepts.
        needed: usize,
        /// Height where the layer stands.
        at_height: usize,
        /// Width where the layer stands.
        at_width: usize,
    },
    /// A layer does not fit what comes before it.
    #[error("{architecture}: {layer} gets {found}, expected {expected}")]
    Mismatch {
        /// The network.
        architecture: String,
        /// The layer.
        layer: String,
        /// What reaches it.
        found: Shape,
        /// What it needs.
        expected: String,
    },
}
