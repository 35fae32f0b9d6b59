//! What one example costs: multiply-adds of convolutions and linear layers, as papers count them.

use super::{Architecture, Layer, Shape, shape};

impl Architecture {
    /// Multiply-adds of a forward pass of one example; biases, norms, pools and activations are not counted.
    pub fn multiply_adds(&self) -> u64 {
        count(self, self.input(), self.layers())
    }
}

fn count(network: &Architecture, from: Shape, layers: &[Layer]) -> u64 {
    let mut at = from;
    let mut total = 0;
    for layer in layers {
        let next = shape::after(network.name(), network.input(), at, layer)
            .expect("checked when the network was made");
        total += match layer {
            Layer::Conv { in_channels, kernel, .. } => (next.size() * in_channels * kernel * kernel) as u64,
            Layer::ConvTranspose { out_channels, kernel, .. } => {
                (at.size() * out_channels * kernel * kernel) as u64
            }
            Layer::Linear { inputs, outputs, .. } => (inputs * outputs) as u64,
            Layer::Residual { body, .. } => count(network, at, body),
            _ => 0,
        };
        at = next;
    }
    total
}
