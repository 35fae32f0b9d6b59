//! The two halves of a DCGAN for colour images of 32x32 (Radford et al. 2015). The generator makes images in
//! [-1, 1] out of normal vectors; the discriminator gives one logit.

use super::{ArchError, Architecture, Layer, Shape};

pub(super) const GENERATOR: &str = "generator";
pub(super) const DISCRIMINATOR: &str = "discriminator";

/// The generator: `[latent]` to `[3, 32, 32]` through transposed convolutions of 4, 2 and 1 times
/// `base_channels`.
///
/// # Errors
/// A latent size or channel count out of its range.
pub fn generator(latent: usize, base_channels: usize) -> Result<Architecture, ArchError> {
    check(GENERATOR, "the latent size", latent)?;
    check(GENERATOR, "base_channels", base_channels)?;
    let base = base_channels;
    let mut layers = vec![Layer::Reshape { shape: [latent, 1, 1] }];
    let widths = [latent, 4 * base, 2 * base, base];
    for (index, pair) in widths.windows(2).enumerate() {
        let (stride, padding) = if index == 0 { (1, 0) } else { (2, 1) };
        layers.push(transposed(3 * index, pair[0], pair[1], stride, padding));
        layers.push(norm(3 * index + 1, pair[1]));
        layers.push(Layer::Relu);
    }
    layers.push(transposed(9, base, 3, 2, 1));
    layers.push(Layer::Tanh);
    Architecture::new(GENERATOR, Shape::Vector(latent), layers)
}

/// The discriminator: `[3, 32, 32]` to one logit through convolutions of 1, 2 and 4 times `base_channels`.
///
/// # Errors
/// A channel count out of its range.
pub fn discriminator(base_channels: usize) -> Result<Architecture, ArchError> {
    check(DISCRIMINATOR, "base_channels", base_channels)?;
    let base = base_channels;
    let leaky = || Layer::LeakyRelu { slope: 0.2 };
    let layers = vec![
        convolution(0, 3, base, 2, 1),
        leaky(),
        convolution(2, base, 2 * base, 2, 1),
        norm(3, 2 * base),
        leaky(),
        convolution(5, 2 * base, 4 * base, 2, 1),
        norm(6, 4 * base),
        leaky(),
        convolution(8, 4 * base, 1, 1, 0),
        Layer::Flatten,
    ];
    Architecture::new(DISCRIMINATOR, Shape::Image { channels: 3, height: 32, width: 32 }, layers)
}

fn check(architecture: &str, option: &'static str, found: usize) -> Result<(), ArchError> {
    if (1..=4096).contains(&found) {
        return Ok(());
    }
    let (architecture, found) = (architecture.to_owned(), found.to_string());
    Err(ArchError::Option { architecture, option, found, expected: "1 to 4096" })
}

fn convolution(
    index: usize,
    in_channels: usize,
    out_channels: usize,
    stride: usize,
    padding: usize,
) -> Layer {
    let name = format!("main.{index}");
    Layer::Conv { name, in_channels, out_channels, kernel: 4, stride, padding, bias: false }
}

fn transposed(index: usize, in_channels: usize, out_channels: usize, stride: usize, padding: usize) -> Layer {
    let name = format!("main.{index}");
    Layer::ConvTranspose { name, in_channels, out_channels, kernel: 4, stride, padding, bias: false }
}

fn norm(index: usize, channels: usize) -> Layer {
    Layer::BatchNorm { name: format!("main.{index}"), channels, epsilon: 1e-5, momentum: 0.1 }
}
