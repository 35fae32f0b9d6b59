//! Folding a batch normalization in inference mode into the Conv, ConvTranspose or Gemm that feeds it:
//! `scale (W x + b - mean) / sqrt(var + epsilon) + shift = (k W) x + k (b - mean) + shift`, `k = scale / sqrt(var + epsilon)`.

use super::{Graph, Node};
use crate::tensor::Tensor;

/// New weights and bias of the node before the normalization.
struct Folded {
    weights: Tensor,
    bias: Tensor,
}

impl Graph {
    /// Folds every batch normalization that can be: weights and statistics constant, and nobody else reading the value
    /// in between. Computed in float64 and rounded once. Gives how many were folded.
    pub fn fold_batch_norms(&mut self) -> usize {
        let mut folded = 0;
        let uses = self.use_counts();
        for index in 0..self.nodes.len() {
            let norm = &self.nodes[index];
            if !norm.is("BatchNormalization") || uses.get(norm.input(0).unwrap_or_default()) != Some(&1) {
                continue;
            }
            let Some(producer) = norm.input(0).and_then(|x| self.producer(x)) else { continue };
            if let Some(new) = self.folded(producer, index) {
                self.apply(producer, index, new);
                folded += 1;
            }
        }
        self.nodes.retain(|n| !n.outputs.is_empty());
        self.remove_dead();
        folded
    }

    fn apply(&mut self, producer: usize, norm: usize, new: Folded) {
        let weights = self.constant(&format!("{}_folded", self.nodes[producer].inputs[1]), new.weights);
        let bias = self.constant(&format!("{}_bias", self.nodes[norm].outputs[0]), new.bias);
        let output = std::mem::take(&mut self.nodes[norm].outputs).swap_remove(0);
        let node = &mut self.nodes[producer];
        node.inputs.truncate(2);
        node.inputs[1] = weights;
        node.inputs.push(bias);
        node.outputs = vec![output];
        node.attributes.retain(|a| a.name != "beta");
    }

    fn numbers(&self, value: Option<&str>) -> Option<Vec<f64>> {
        self.constants.get(value?)?.to_f64s().ok()
    }

    fn folded(&self, producer: usize, norm: usize) -> Option<Folded> {
        let (producer, norm) = (&self.nodes[producer], &self.nodes[norm]);
        if norm.flag("training_mode", false).ok()? || norm.outputs.iter().skip(1).any(|o| !o.is_empty()) {
            return None;
        }
        let [scale, shift, mean, variance] = [1, 2, 3, 4].map(|i| self.numbers(norm.input(i)));
        let (scale, shift, mean, variance) = (scale?, shift?, mean?, variance?);
        let channels = scale.len();
        if [&shift, &mean, &variance].iter().any(|v| v.len() != channels) {
            return None;
        }
        let weights = self.constants.get(producer.input(1)?)?;
        let bias = match producer.input(2) {
            None => vec![0.0; channels],
            Some(name) => self.numbers(Some(name))?,
        };
        let (axis, groups, bias_factor) = layout(producer, weights)?;
        let per_group = *weights.shape().get(axis)?;
        let bias = match bias.len() {
            1 => vec![bias[0]; channels],
            n if n == channels => bias,
            _ => return None,
        };
        if per_group.checked_mul(groups)? != channels {
            return None;
        }
        let epsilon = f64::from(norm.float("epsilon", 1e-5).ok()?);
        let factors: Vec<f64> = scale.iter().zip(&variance).map(|(s, v)| s / (v + epsilon).sqrt()).collect();
        let mut values = weights.to_f64s().ok()?;
        let inner: usize = weights.shape()[axis + 1..].iter().product();
        let rows = weights.shape()[0];
        for (index, value) in values.iter_mut().enumerate() {
            // A grouped ConvTranspose keeps the output channels of one group in dimension 1, the groups in dimension 0.
            let group = if groups > 1 { index / (inner * per_group) / (rows / groups).max(1) } else { 0 };
            *value *= factors[group * per_group + index / inner % per_group];
        }
        let new_bias: Vec<f64> =
            (0..channels).map(|c| factors[c] * (bias_factor * bias[c] - mean[c]) + shift[c]).collect();
        let data_type = weights.data_type();
        Some(Folded {
            weights: Tensor::from_f64s(data_type, weights.shape(), &values).ok()?,
            bias: Tensor::from_f64s(data_type, &[channels], &new_bias).ok()?,
        })
    }
}

/// The dimension of the weights that counts output channels, into how many groups it is split, and beta.
fn layout(node: &Node, weights: &Tensor) -> Option<(usize, usize, f64)> {
    match node.operator.as_str() {
        _ if !node.domain.is_empty() => None,
        "Conv" => Some((0, 1, 1.0)),
        "ConvTranspose" => Some((1, usize::try_from(node.int("group", 1).ok()?).ok()?, 1.0)),
        "Gemm" if weights.shape().len() == 2 => {
            let axis = if node.flag("transB", false).ok()? { 0 } else { 1 };
            Some((axis, 1, f64::from(node.float("beta", 1.0).ok()?)))
        }
        _ => None,
    }
}
