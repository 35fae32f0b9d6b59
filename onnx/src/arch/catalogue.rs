//! The classifiers by name, and the options they share.

use super::{ArchError, Architecture, Shape, resnet, vgg};

/// Names that [`classifier`] knows.
pub const CLASSIFIERS: [&str; 8] =
    ["vgg11", "vgg13", "vgg16", "vgg19", "resnet20", "resnet32", "resnet44", "resnet56"];

/// What a classifier is made for.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassifierOptions {
    /// Batch norm after every convolution of a VGG; ResNets have it always.
    pub batch_norm: bool,
    /// Scales every channel count, see [`scaled`].
    pub width: f64,
    /// Outputs.
    pub classes: usize,
    /// Channels, height and width of the images.
    pub image: [usize; 3],
}

impl Default for ClassifierOptions {
    fn default() -> Self {
        Self { batch_norm: true, width: 1.0, classes: 10, image: [3, 32, 32] }
    }
}

impl ClassifierOptions {
    pub(super) fn input(&self) -> Shape {
        let [channels, height, width] = self.image;
        Shape::Image { channels, height, width }
    }
}

/// A channel count scaled by a width factor: rounded to the nearest whole number, halves up, and at least 1.
pub fn scaled(channels: usize, width: f64) -> usize {
    ((channels as f64 * width).round() as usize).max(1)
}

/// The classifier called `name`, one of [`CLASSIFIERS`].
///
/// # Errors
/// An unknown name, an option out of its range, or images too small for the network.
pub fn classifier(name: &str, options: &ClassifierOptions) -> Result<Architecture, ArchError> {
    check(name, options)?;
    match name {
        "vgg11" => vgg::vgg(name, &vgg::VGG11, options),
        "vgg13" => vgg::vgg(name, &vgg::VGG13, options),
        "vgg16" => vgg::vgg(name, &vgg::VGG16, options),
        "vgg19" => vgg::vgg(name, &vgg::VGG19, options),
        "resnet20" => resnet::resnet(name, 3, options),
        "resnet32" => resnet::resnet(name, 5, options),
        "resnet44" => resnet::resnet(name, 7, options),
        "resnet56" => resnet::resnet(name, 9, options),
        _ => Err(ArchError::Unknown { name: name.to_owned(), expected: CLASSIFIERS.join(" ") }),
    }
}

fn check(name: &str, options: &ClassifierOptions) -> Result<(), ArchError> {
    let refuse = |option, found: String, expected| {
        Err(ArchError::Option { architecture: name.to_owned(), option, found, expected })
    };
    if !(options.width > 0.0 && options.width <= 64.0) {
        return refuse("width", options.width.to_string(), "more than 0 and at most 64");
    }
    if !(2..=100_000).contains(&options.classes) {
        return refuse("the number of classes", options.classes.to_string(), "2 to 100000");
    }
    if options.image.iter().any(|side| !(1..=4096).contains(side)) {
        return refuse("the image", format!("{:?}", options.image), "1 to 4096 channels and pixels a side");
    }
    Ok(())
}
