//! The way through the layers: one libtorch operation for each kind of layer.

use dissect_onnx::arch::{Layer, Shortcut};
use tch::{Kind, Tensor};

use super::Network;

/// What the network is run for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Batch norm uses the batch's statistics and gathers them; computes in the kind the network was told to.
    Train,
    /// Batch norm uses the gathered statistics; float32 throughout, as the exported model is.
    Evaluate,
}

impl Network {
    /// The output for a batch, float32: `[batch, ..input]` to `[batch, ..output]`.
    pub fn forward(&self, input: &Tensor, mode: Mode) -> Tensor {
        self.through(self.architecture().layers(), input, mode).to_kind(Kind::Float)
    }

    fn through(&self, layers: &[Layer], input: &Tensor, mode: Mode) -> Tensor {
        let mut at = input.shallow_clone();
        for layer in layers {
            at = self.layer(layer, &at, mode);
        }
        at
    }

    fn layer(&self, layer: &Layer, x: &Tensor, mode: Mode) -> Tensor {
        match layer {
            Layer::Conv { name, stride, padding, .. } => {
                let (stride, padding) = (*stride as i64, *padding as i64);
                self.cast(x, mode).conv2d(
                    &self.cast(self.tensor(name, "weight"), mode),
                    self.bias(name, mode),
                    [stride, stride],
                    [padding, padding],
                    [1, 1],
                    1,
                )
            }
            Layer::ConvTranspose { name, stride, padding, .. } => {
                let (stride, padding) = (*stride as i64, *padding as i64);
                self.cast(x, mode).conv_transpose2d(
                    &self.cast(self.tensor(name, "weight"), mode),
                    self.bias(name, mode),
                    [stride, stride],
                    [padding, padding],
                    [0, 0],
                    1,
                    [1, 1],
                )
            }
            Layer::BatchNorm { name, epsilon, momentum, .. } => x.batch_norm(
                Some(self.tensor(name, "weight")),
                Some(self.tensor(name, "bias")),
                Some(self.tensor(name, "running_mean")),
                Some(self.tensor(name, "running_var")),
                mode == Mode::Train,
                f64::from(*momentum),
                f64::from(*epsilon),
                true,
            ),
            Layer::Relu => x.relu(),
            // libtorch's own leaky_relu takes no slope through this interface; for 0 <= slope <= 1 this is it.
            Layer::LeakyRelu { slope } => x.maximum(&(x * f64::from(*slope))),
            Layer::Tanh => x.tanh(),
            Layer::MaxPool { kernel, stride } => {
                let (kernel, stride) = (*kernel as i64, *stride as i64);
                x.max_pool2d([kernel, kernel], [stride, stride], [0, 0], [1, 1], false)
            }
            Layer::GlobalAveragePool => x.adaptive_avg_pool2d([1, 1]),
            Layer::Flatten => x.flatten(1, -1),
            Layer::Linear { name, .. } => self
                .cast(x, mode)
                .linear(&self.cast(self.tensor(name, "weight"), mode), self.bias(name, mode)),
            Layer::Reshape { shape: [channels, height, width] } => {
                x.reshape([-1, *channels as i64, *height as i64, *width as i64])
            }
            Layer::Residual { body, shortcut } => self.through(body, x, mode) + around(*shortcut, x),
        }
    }

    fn tensor(&self, layer: &str, part: &str) -> &Tensor {
        &self.tensors[&format!("{layer}.{part}")]
    }

    fn bias(&self, layer: &str, mode: Mode) -> Option<Tensor> {
        self.tensors.get(&format!("{layer}.bias")).map(|bias| self.cast(bias, mode))
    }

    fn cast(&self, tensor: &Tensor, mode: Mode) -> Tensor {
        match mode {
            Mode::Train => tensor.to_kind(self.compute),
            Mode::Evaluate => tensor.to_kind(Kind::Float),
        }
    }
}

fn around(shortcut: Shortcut, x: &Tensor) -> Tensor {
    match shortcut {
        Shortcut::Identity => x.shallow_clone(),
        Shortcut::PadSubsample { stride, channels_before, channels_after } => {
            let stride = stride as i64;
            x.slice(2, None, None, stride).slice(3, None, None, stride).constant_pad_nd([
                0,
                0,
                0,
                0,
                channels_before as i64,
                channels_after as i64,
            ])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    #[test]
    fn option_a_takes_every_second_pixel_and_pads_the_channels() {
        let x = Tensor::arange(16, (Kind::Float, Device::Cpu)).reshape([1, 1, 4, 4]);
        let y = around(Shortcut::PadSubsample { stride: 2, channels_before: 1, channels_after: 2 }, &x);
        assert_eq!(y.size(), [1, 4, 2, 2]);
        let values: Vec<f32> = Vec::try_from(y.reshape([-1])).unwrap();
        assert_eq!(values, [0., 0., 0., 0., 0., 2., 8., 10., 0., 0., 0., 0., 0., 0., 0., 0.]);
    }
}
