//! Loss and accuracy on images that are not trained on.

use tch::{Kind, Reduction, Tensor, no_grad};

use crate::batches::Batches;
use crate::network::{Mode, Network};
use crate::stop::Stop;

/// Images at once.
const CHUNK: usize = 500;

/// Mean cross-entropy in nats and accuracy over all images; `labels` int64 `[images]` on the device. Nothing where a stop
/// is asked for on the way.
pub(super) fn evaluate(
    network: &Network,
    images: &Batches,
    labels: &Tensor,
    stop: &Stop,
) -> Option<(f64, f64)> {
    no_grad(|| {
        let mut sums = Tensor::zeros([2], (Kind::Double, labels.device()));
        for start in (0..images.images()).step_by(CHUNK) {
            if stop.asked() {
                return None;
            }
            let batch = images.in_order(start, CHUNK);
            let labels = labels.narrow(0, start as i64, batch.size()[0]);
            let logits = network.forward(&batch, Mode::Evaluate);
            let loss = logits.cross_entropy_loss::<Tensor>(&labels, None, Reduction::Sum, -100, 0.0);
            let right = logits.argmax(1, false).eq_tensor(&labels).sum(Kind::Double);
            let _ = sums.g_add_(&Tensor::stack(&[loss.to_kind(Kind::Double), right], 0));
        }
        let sums = Vec::<f64>::try_from(&sums).expect("the sums are float64");
        let images = images.images() as f64;
        Some((sums[0] / images, sums[1] / images))
    })
}
