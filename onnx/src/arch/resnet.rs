//! ResNets for small images (He et al. 2015, section 4.2): 6n+2 layers in three stages of n basic blocks, with
//! shortcuts of option A, which have no parameters.

use super::catalogue::{ClassifierOptions, scaled};
use super::{ArchError, Architecture, Layer, Shortcut};

pub(super) fn resnet(
    name: &str,
    blocks: usize,
    options: &ClassifierOptions,
) -> Result<Architecture, ArchError> {
    let mut channels = scaled(16, options.width);
    let mut layers =
        vec![convolution("conv1", options.image[0], channels, 1), norm("bn1", channels), Layer::Relu];
    for (stage, base) in [16, 32, 64].into_iter().enumerate() {
        for block in 0..blocks {
            let stride = if stage > 0 && block == 0 { 2 } else { 1 };
            let out_channels = scaled(base, options.width);
            let prefix = format!("layer{}.{block}", stage + 1);
            layers.push(basic_block(&prefix, channels, out_channels, stride));
            layers.push(Layer::Relu);
            channels = out_channels;
        }
    }
    layers.push(Layer::GlobalAveragePool);
    layers.push(Layer::Flatten);
    layers.push(Layer::Linear { name: "linear".into(), inputs: channels, outputs: options.classes });
    Architecture::new(name, options.input(), layers)
}

fn basic_block(prefix: &str, in_channels: usize, out_channels: usize, stride: usize) -> Layer {
    let body = vec![
        convolution(format!("{prefix}.conv1"), in_channels, out_channels, stride),
        norm(format!("{prefix}.bn1"), out_channels),
        Layer::Relu,
        convolution(format!("{prefix}.conv2"), out_channels, out_channels, 1),
        norm(format!("{prefix}.bn2"), out_channels),
    ];
    let shortcut = if stride == 1 && in_channels == out_channels {
        Shortcut::Identity
    } else {
        let added = out_channels - in_channels;
        let channels_before = added / 2;
        Shortcut::PadSubsample { stride, channels_before, channels_after: added - channels_before }
    };
    Layer::Residual { body, shortcut }
}

fn convolution(name: impl Into<String>, in_channels: usize, out_channels: usize, stride: usize) -> Layer {
    Layer::Conv { name: name.into(), in_channels, out_channels, kernel: 3, stride, padding: 1, bias: false }
}

fn norm(name: impl Into<String>, channels: usize) -> Layer {
    Layer::BatchNorm { name: name.into(), channels, epsilon: 1e-5, momentum: 0.1 }
}
