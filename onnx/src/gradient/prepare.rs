//! Bringing a model into the one form that rules read.

use super::activity::Activity;
use super::linear_norm::linear_before_norm;
use super::lower::lower;
use super::pooled_relu::pool_first;
use super::simplify::simplify;
use super::small_convolution::small_convolutions;
use super::target::Target;
use super::{GradientError, Options};
use crate::graph::Graph;
use crate::model::Dim;
use crate::observe::{Observation, ObserveOptions, Observed, observe};
use crate::unroll::unroll;

/// Rules know the operators' forms of this opset and newer ones.
pub(super) const OPSET: i64 = 18;

/// A graph that is ready to be differentiated, and what its values are.
pub(super) struct Prepared {
    pub(super) graph: Graph,
    pub(super) observed: Observed,
    pub(super) activity: Activity,
}

/// Upgrades, writes out control flow, checks that all operators are known before anything is run, observes, replaces shape arithmetic by
/// constants, writes out composite operators, folds batch normalizations and pools before masking.
pub(super) fn prepare(mut graph: Graph, options: &Options) -> Result<Prepared, GradientError> {
    graph.upgrade(OPSET)?;
    graph.sort()?;
    graph.remove_dead();
    let assumed = ObserveOptions { shapes: options.shapes.clone() };
    let reasons = unroll(&mut graph, &assumed)?;
    graph.sort()?;
    graph.remove_dead();
    Activity::of(&graph, &reasons)?;
    let mut observed = observe(&graph, &assumed)?;
    declare_sizes(&mut graph, &observed);
    // Folding comes after, for only then are weights that the graph computes known to be constant.
    simplify(&mut graph, &observed);
    let activity = Activity::of(&graph, &reasons)?;
    if lower(&mut graph, &observed, &activity) {
        graph.sort()?;
        graph.remove_dead();
        observed = observe(&graph, &assumed)?;
        simplify(&mut graph, &observed);
    }
    linear_before_norm(&mut graph, &observed);
    graph.fold_batch_norms();
    if options.target == Target::Cpu {
        small_convolutions(&mut graph, &mut observed);
    }
    for (name, tensor) in &graph.constants {
        observed.entry(name.clone()).or_insert_with(|| Observation::constant(tensor));
    }
    pool_first(&mut graph, &mut observed);
    graph.sort()?;
    let activity = Activity::of(&graph, &reasons)?;
    Ok(Prepared { graph, observed, activity })
}

/// The gradient holds for the sizes that were observed, so these are what inputs and outputs are declared with.
fn declare_sizes(graph: &mut Graph, observed: &Observed) {
    for value in graph.inputs.iter_mut().chain(&mut graph.outputs) {
        let (Some(dims), Some(seen)) = (&mut value.dims, observed.get(&value.name)) else { continue };
        for (dim, size) in dims.iter_mut().zip(&seen.dims) {
            if let (Dim::Symbol(_) | Dim::Unknown, Some(n)) = (&dim, size.as_fixed()) {
                *dim = Dim::Fixed(n);
            }
        }
    }
}
