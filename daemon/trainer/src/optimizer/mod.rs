//! Optimizers as PyTorch computes them, over a network's trained tensors in place. Know parameters and gradients,
//! nothing of losses or data.

mod adam;
mod sgd;

use std::collections::BTreeMap;

use tch::Tensor;

pub use adam::Adam;
pub use sgd::Sgd;

/// One step of descent and what a checkpoint must keep of it.
pub trait Optimizer {
    /// Changes the parameters by one step; gradients in the order of the parameters.
    fn step(&mut self, gradients: &[Tensor]);

    /// The tensors that a resumed optimizer needs, by name.
    fn state(&self) -> BTreeMap<String, Tensor>;

    /// Takes up a state that [`Optimizer::state`] gave. A missing tensor gives its name.
    fn restore(&mut self, state: &BTreeMap<String, Tensor>) -> Result<(), String>;
}

/// Copies the named tensor over one of the optimizer's own.
fn copy_in(target: &Tensor, state: &BTreeMap<String, Tensor>, name: &str) -> Result<(), String> {
    let source =
        state.get(name).filter(|source| source.size() == target.size()).ok_or_else(|| name.to_owned())?;
    target.shallow_clone().copy_(source);
    Ok(())
}
