//! Stochastic gradient descent with momentum and weight decay, in PyTorch's order of operations.

use std::collections::BTreeMap;

use tch::{Tensor, no_grad};

use super::{Optimizer, copy_in};

/// `g += decay * p; v = momentum * v + g; p -= rate * v`, with v = 0 at the start (torch.optim.SGD).
#[derive(Debug)]
pub struct Sgd {
    names: Vec<String>,
    parameters: Vec<Tensor>,
    velocities: Vec<Tensor>,
    learning_rate: f64,
    momentum: f64,
    weight_decay: f64,
}

impl Sgd {
    /// For parameters with these names.
    pub fn new(
        names: &[String],
        parameters: Vec<Tensor>,
        learning_rate: f64,
        momentum: f64,
        weight_decay: f64,
    ) -> Self {
        let velocities = parameters.iter().map(|parameter| parameter.detach().zeros_like()).collect();
        Self { names: names.to_vec(), parameters, velocities, learning_rate, momentum, weight_decay }
    }
}

impl Optimizer for Sgd {
    fn step(&mut self, gradients: &[Tensor]) {
        no_grad(|| {
            for ((parameter, velocity), gradient) in
                self.parameters.iter_mut().zip(&mut self.velocities).zip(gradients)
            {
                let _ = velocity.g_mul_scalar_(self.momentum).g_add_(gradient);
                if self.weight_decay != 0.0 {
                    let _ = velocity.g_add_(&(&*parameter * self.weight_decay));
                }
                let _ = parameter.g_sub_(&(&*velocity * self.learning_rate));
            }
        });
    }

    fn state(&self) -> BTreeMap<String, Tensor> {
        let velocities = self.velocities.iter().map(Tensor::shallow_clone);
        self.names.iter().map(|name| format!("velocity.{name}")).zip(velocities).collect()
    }

    fn restore(&mut self, state: &BTreeMap<String, Tensor>) -> Result<(), String> {
        self.names
            .iter()
            .zip(&self.velocities)
            .try_for_each(|(name, velocity)| copy_in(velocity, state, &format!("velocity.{name}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_steps_by_hand() {
        let parameter = Tensor::from_slice(&[1.0_f32]);
        let names = ["w".to_owned()];
        let mut sgd = Sgd::new(&names, vec![parameter.shallow_clone()], 0.1, 0.9, 0.5);
        let gradient = [Tensor::from_slice(&[2.0_f32])];
        // v = 2 + 0.5 * 1 = 2.5; p = 1 - 0.25 = 0.75
        sgd.step(&gradient);
        assert!((parameter.double_value(&[0]) - 0.75).abs() < 1e-6);
        // v = 0.9 * 2.5 + 2 + 0.5 * 0.75 = 4.625; p = 0.75 - 0.4625
        sgd.step(&gradient);
        assert!((parameter.double_value(&[0]) - 0.2875).abs() < 1e-6);

        let kept = sgd.state();
        let mut resumed = Sgd::new(&names, vec![parameter.copy()], 0.1, 0.9, 0.5);
        resumed.restore(&kept).unwrap();
        assert_eq!(resumed.state()["velocity.w"], kept["velocity.w"]);
        assert_eq!(resumed.restore(&BTreeMap::new()), Err("velocity.w".to_owned()));
    }
}
