//! Adam (Kingma and Ba 2014) in PyTorch's order of operations.

use std::collections::BTreeMap;

use tch::{Tensor, no_grad};

use super::{Optimizer, copy_in};

/// `m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; p -= rate * m^ / (sqrt(v^) + 1e-8)` with bias-corrected m^ and v^
/// (torch.optim.Adam).
#[derive(Debug)]
pub struct Adam {
    names: Vec<String>,
    parameters: Vec<Tensor>,
    first: Vec<Tensor>,
    second: Vec<Tensor>,
    steps: i64,
    learning_rate: f64,
    beta1: f64,
    beta2: f64,
}

const EPSILON: f64 = 1e-8;

impl Adam {
    /// For parameters with these names.
    pub fn new(
        names: &[String],
        parameters: Vec<Tensor>,
        learning_rate: f64,
        beta1: f64,
        beta2: f64,
    ) -> Self {
        let zeros = |parameters: &[Tensor]| parameters.iter().map(|p| p.detach().zeros_like()).collect();
        let (first, second) = (zeros(&parameters), zeros(&parameters));
        Self { names: names.to_vec(), parameters, first, second, steps: 0, learning_rate, beta1, beta2 }
    }
}

impl Optimizer for Adam {
    fn step(&mut self, gradients: &[Tensor]) {
        self.steps += 1;
        let correct1 = 1.0 - self.beta1.powf(self.steps as f64);
        let correct2 = 1.0 - self.beta2.powf(self.steps as f64);
        no_grad(|| {
            let moments = self.first.iter_mut().zip(&mut self.second);
            for ((parameter, (first, second)), gradient) in
                self.parameters.iter_mut().zip(moments).zip(gradients)
            {
                let _ = first.lerp_(gradient, 1.0 - self.beta1);
                let _ = second.g_mul_scalar_(self.beta2).g_add_(&(gradient * gradient * (1.0 - self.beta2)));
                let denominator = (second.sqrt() / correct2.sqrt()) + EPSILON;
                let _ = parameter.g_sub_(&(&*first / denominator * (self.learning_rate / correct1)));
            }
        });
    }

    fn state(&self) -> BTreeMap<String, Tensor> {
        let mut state = BTreeMap::from([("steps".to_owned(), Tensor::from_slice(&[self.steps]))]);
        for (name, (first, second)) in self.names.iter().zip(self.first.iter().zip(&self.second)) {
            state.insert(format!("first.{name}"), first.shallow_clone());
            state.insert(format!("second.{name}"), second.shallow_clone());
        }
        state
    }

    fn restore(&mut self, state: &BTreeMap<String, Tensor>) -> Result<(), String> {
        self.steps = state.get("steps").ok_or_else(|| "steps".to_owned())?.int64_value(&[0]);
        for (name, (first, second)) in self.names.iter().zip(self.first.iter().zip(&self.second)) {
            copy_in(first, state, &format!("first.{name}"))?;
            copy_in(second, state, &format!("second.{name}"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_steps_by_hand() {
        let parameter = Tensor::from_slice(&[1.0_f64]);
        let mut adam = Adam::new(&["w".to_owned()], vec![parameter.shallow_clone()], 0.1, 0.5, 0.999);
        // The first step moves by the rate whatever the gradient's size.
        adam.step(&[Tensor::from_slice(&[4.0_f64])]);
        assert!((parameter.double_value(&[0]) - 0.9).abs() < 1e-8);
        // m = 0.5 * 2 - 1 = 0, so m^ = 0: nothing moves.
        adam.step(&[Tensor::from_slice(&[-2.0_f64])]);
        assert!((parameter.double_value(&[0]) - 0.9).abs() < 1e-8);

        let kept = adam.state();
        let mut resumed = Adam::new(&["w".to_owned()], vec![parameter.copy()], 0.1, 0.5, 0.999);
        resumed.restore(&kept).unwrap();
        assert_eq!(resumed.state(), kept);
    }
}
