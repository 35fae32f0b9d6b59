//! What an epoch gathers on its way: sums kept on the device, read once at the end, so that no step waits for them.

use tch::{Kind, Tensor, no_grad};

/// The labels of the training images, as trained on and as they truly are. int64 and bool, `[images]`, on the device.
#[derive(Debug)]
pub(super) struct Labels {
    pub(super) given: Tensor,
    pub(super) real: Tensor,
    pub(super) replaced: Tensor,
}

/// Sums over the examples of an epoch so far.
#[derive(Debug)]
pub(super) struct Tally {
    /// float64 `[6]` on the device: losses, right answers, input gradients, and the right answers among kept labels,
    /// among replaced labels, and by the true labels of the replaced.
    sums: Tensor,
    /// Examples, kept labels and replaced labels seen.
    seen: Tensor,
}

/// The means over an epoch's examples. NaN where there is no example to average over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Means {
    pub(super) loss: f64,
    pub(super) accuracy: f64,
    pub(super) gradient_magnitude: f64,
    pub(super) clean_accuracy: f64,
    pub(super) noisy_accuracy: f64,
    pub(super) recovered_accuracy: f64,
}

impl Tally {
    pub(super) fn new(device: tch::Device) -> Self {
        let zeros = |length| Tensor::zeros([length], (Kind::Double, device));
        Self { sums: zeros(6), seen: zeros(3) }
    }

    /// From what [`Tally::state`] gave.
    pub(super) fn from_state(state: &Tensor, device: tch::Device) -> Option<Self> {
        (state.size() == [9]).then(|| {
            let state = state.to_device(device);
            Self { sums: state.narrow(0, 0, 6).copy(), seen: state.narrow(0, 6, 3).copy() }
        })
    }

    pub(super) fn state(&self) -> Tensor {
        Tensor::cat(&[&self.sums, &self.seen], 0)
    }

    /// Adds a batch: its mean loss, its logits, and the gradient of that mean loss with respect to its images.
    pub(super) fn add(
        &mut self,
        loss: &Tensor,
        logits: &Tensor,
        input_gradient: &Tensor,
        labels: &Labels,
        indices: &Tensor,
    ) {
        no_grad(|| {
            let batch = indices.size()[0] as f64;
            let of = |labels: &Tensor| labels.index_select(0, indices);
            let answers = logits.argmax(1, false);
            let right = answers.eq_tensor(&of(&labels.given));
            let truly = answers.eq_tensor(&of(&labels.real));
            let replaced = of(&labels.replaced);
            let kept = replaced.logical_not();
            let count = |mask: &Tensor| mask.sum(Kind::Double);
            // The batch's loss is a mean, so an example's own gradient is the batch size times larger.
            let magnitude = input_gradient.abs().sum(Kind::Double) * batch;
            let sums = Tensor::stack(
                &[
                    loss.to_kind(Kind::Double) * batch,
                    count(&right),
                    magnitude,
                    count(&right.logical_and(&kept)),
                    count(&right.logical_and(&replaced)),
                    count(&truly.logical_and(&replaced)),
                ],
                0,
            );
            let seen = Tensor::stack(&[count(&right.ones_like()), count(&kept), count(&replaced)], 0);
            let _ = self.sums.g_add_(&sums);
            let _ = self.seen.g_add_(&seen);
        });
    }

    /// Reads the means: waits for the device.
    pub(super) fn means(&self) -> Means {
        let read = |tensor: &Tensor| Vec::<f64>::try_from(tensor).expect("the sums are float64");
        let (sums, seen) = (read(&self.sums), read(&self.seen));
        Means {
            loss: sums[0] / seen[0],
            accuracy: sums[1] / seen[0],
            gradient_magnitude: sums[2] / seen[0],
            clean_accuracy: sums[3] / seen[1],
            noisy_accuracy: sums[4] / seen[2],
            recovered_accuracy: sums[5] / seen[2],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::Device;

    #[test]
    fn means_by_hand() {
        let labels = Labels {
            given: Tensor::from_slice(&[0_i64, 1, 1, 0]),
            real: Tensor::from_slice(&[0_i64, 0, 1, 1]),
            replaced: Tensor::from_slice(&[false, true, true, true]),
        };
        // The answers are 0, 0, 1, 1: right for images 0 and 2; the replaced images' true labels for all three.
        let logits = Tensor::from_slice2(&[[2.0_f32, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 3.0]]);
        let gradient = Tensor::from_slice2(&[[0.5_f32, -0.5], [0.0, 0.25], [0.0, 0.0], [-0.25, 0.0]]);
        let mut tally = Tally::new(Device::Cpu);
        for half in 0..2 {
            let indices = Tensor::from_slice(&[2 * half, 2 * half + 1]);
            let loss = Tensor::from(0.5 + half as f32);
            let part = |tensor: &Tensor| tensor.index_select(0, &indices);
            tally.add(&loss, &part(&logits), &part(&gradient), &labels, &indices);
        }
        let means = tally.means();
        assert_eq!(means.loss, 1.0);
        assert_eq!(means.accuracy, 0.5);
        // Two examples a batch: (1.25 + 0.25) * 2 over 4 examples.
        assert_eq!(means.gradient_magnitude, 0.75);
        assert_eq!(means.clean_accuracy, 1.0);
        assert_eq!(means.noisy_accuracy, 1.0 / 3.0);
        assert_eq!(means.recovered_accuracy, 1.0);
        let again = Tally::from_state(&tally.state(), Device::Cpu).unwrap();
        assert_eq!(again.means(), means);
    }
}
