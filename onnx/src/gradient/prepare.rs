//! Bringing a model into the one form that rules read.

use super::activity::Activity;
use super::simplify::simplify;
use super::{GradientError, Options};
use crate::graph::Graph;
use crate::observe::{ObserveOptions, Observed, observe};

/// Rules know the operators' forms of this opset and newer ones.
pub(super) const OPSET: i64 = 18;

/// A graph that is ready to be differentiated, and what its values are.
pub(super) struct Prepared {
    pub(super) graph: Graph,
    pub(super) observed: Observed,
    pub(super) activity: Activity,
}

/// Upgrades, checks that all operators are known before anything is run, folds batch normalizations, observes, and
/// replaces shape arithmetic by constants.
pub(super) fn prepare(mut graph: Graph, options: &Options) -> Result<Prepared, GradientError> {
    graph.upgrade(OPSET)?;
    graph.sort()?;
    graph.remove_dead();
    Activity::of(&graph)?;
    // Before observing, so that the folded weights are among what is known.
    graph.fold_batch_norms();
    let observed = observe(&graph, &ObserveOptions { shapes: options.shapes.clone() })?;
    simplify(&mut graph, &observed);
    graph.sort()?;
    let activity = Activity::of(&graph)?;
    Ok(Prepared { graph, observed, activity })
}
