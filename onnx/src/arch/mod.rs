//! Networks as data: every layer with its names and shapes, described once. The trainer builds libtorch
//! modules from it and `export` writes ONNX from it, so that the two cannot drift. Knows neither.

mod catalogue;
mod cost;
mod dcgan;
mod error;
mod layer;
mod parameter;
mod resnet;
mod shape;
mod vgg;

pub use catalogue::{CLASSIFIERS, ClassifierOptions, classifier, scaled};
pub use dcgan::{discriminator, generator};
pub use error::ArchError;
pub use layer::{Architecture, Layer, Shortcut};
pub use parameter::{Initialisation, Parameter, Role};
pub use shape::Shape;
