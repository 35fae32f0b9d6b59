//! VGG networks for small images (Simonyan and Zisserman 2014, as usual for CIFAR): 3x3 convolutions, five 2x2
//! pools, one linear layer.

use super::catalogue::{ClassifierOptions, scaled};
use super::{ArchError, Architecture, Layer, Shape, shape};

/// One stage: the channels of its convolutions; a pool ends it.
type Stage = &'static [usize];

pub(super) const VGG11: [Stage; 5] = [&[64], &[128], &[256, 256], &[512, 512], &[512, 512]];
pub(super) const VGG13: [Stage; 5] = [&[64, 64], &[128, 128], &[256, 256], &[512, 512], &[512, 512]];
pub(super) const VGG16: [Stage; 5] = [&[64, 64], &[128, 128], &[256; 3], &[512; 3], &[512; 3]];
pub(super) const VGG19: [Stage; 5] = [&[64, 64], &[128, 128], &[256; 4], &[512; 4], &[512; 4]];

pub(super) fn vgg(
    name: &str,
    stages: &[Stage],
    options: &ClassifierOptions,
) -> Result<Architecture, ArchError> {
    let mut layers: Vec<Layer> = Vec::new();
    let mut in_channels = options.image[0];
    for stage in stages {
        for channels in *stage {
            let out_channels = scaled(*channels, options.width);
            layers.push(Layer::Conv {
                name: format!("features.{}", layers.len()),
                in_channels,
                out_channels,
                kernel: 3,
                stride: 1,
                padding: 1,
                bias: true,
            });
            if options.batch_norm {
                layers.push(Layer::BatchNorm {
                    name: format!("features.{}", layers.len()),
                    channels: out_channels,
                    epsilon: 1e-5,
                    momentum: 0.1,
                });
            }
            layers.push(Layer::Relu);
            in_channels = out_channels;
        }
        layers.push(Layer::MaxPool { kernel: 2, stride: 2 });
    }
    layers.push(Layer::Flatten);
    let features = match shape::through(name, options.input(), options.input(), &layers)? {
        Shape::Vector(features) => features,
        Shape::Image { .. } => unreachable!("a flatten leaves a vector"),
    };
    layers.push(Layer::Linear { name: "classifier".into(), inputs: features, outputs: options.classes });
    Architecture::new(name, options.input(), layers)
}
