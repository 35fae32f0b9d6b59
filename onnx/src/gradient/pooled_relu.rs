//! `MaxPool(Relu(x)) = Relu(MaxPool(x))`, to the bit. Pooled first, there are fewer numbers to mask on the way back; the
//! gradient is the same, for where the maximum is not positive there is none.

use crate::graph::Graph;
use crate::observe::{Known, Observation, Observed};

/// Lets every pool come before the `Relu` it alone reads.
pub(super) fn pool_first(graph: &mut Graph, observed: &mut Observed) {
    let uses = graph.use_counts();
    for pool in 0..graph.nodes.len() {
        let node = &graph.nodes[pool];
        let Some((from, to)) = node.input(0).zip(node.output(0)) else { continue };
        let (from, to) = (from.to_owned(), to.to_owned());
        let plain = node.is("MaxPool") && node.output(1).is_none() && uses.get(&from) == Some(&1);
        let (true, Some(relu), Some(seen)) = (plain, graph.producer(&from), observed.get(&to)) else {
            continue;
        };
        let Some(source) = graph.nodes[relu].input(0).map(str::to_owned) else { continue };
        if !graph.nodes[relu].is("Relu") {
            continue;
        }
        let seen = Observation { known: Known::Nothing, ..seen.clone() };
        let between = graph.fresh(&format!("{to}_pooled"));
        observed.insert(between.clone(), seen);
        graph.nodes[pool].inputs[0] = source;
        graph.nodes[pool].outputs[0].clone_from(&between);
        graph.nodes[relu].inputs[0] = between;
        graph.nodes[relu].outputs[0] = to;
    }
}
