//! What control flow needs to know, asked of ONNX Runtime in one go: conditions, numbers of turns, sizes.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::key;
use crate::graph::{Graph, Node};
use crate::model::{Dim, ValueInfo};
use crate::observe::{Known, ObserveError, ObserveOptions, Observed, Statics, observe_values};
use crate::proto::{AttributeProto, GraphProto};
use crate::tensor::{DataType, Tensor};

/// What is known of the values that control flow depends on.
pub(super) struct Answers {
    observed: Observed,
    statics: Statics,
    /// By a `Loop`'s key, the value whose first dimension is its number of turns.
    counts: BTreeMap<String, Result<String, String>>,
    /// Why nothing could be observed.
    failure: Option<String>,
}

impl Answers {
    /// Runs what the conditions of a graph's control flow need. `room` is how many nodes may be added.
    pub(super) fn of(graph: &Graph, options: &ObserveOptions, room: usize) -> Result<Self, ObserveError> {
        let statics = Statics::of(graph)?;
        let mut counting = graph.clone();
        let mut wanted = BTreeSet::new();
        let mut counts = BTreeMap::new();
        for node in graph.nodes.iter().filter(|n| n.domain.is_empty()) {
            let inputs =
                |range: std::ops::Range<usize>| range.filter_map(|i| node.input(i)).map(str::to_owned);
            match node.operator.as_str() {
                "If" => wanted.extend(inputs(0..1).filter(|c| statics.contains(c))),
                "Scan" => wanted.extend(inputs(0..node.inputs.len())),
                "SequenceAt" | "SequenceErase" => wanted.extend(inputs(1..2)),
                "SequenceInsert" => wanted.extend(inputs(2..3)),
                "SplitToSequence" => wanted.extend(inputs(0..2)),
                "Loop" => {
                    let count = turns_are_static(node, &statics)
                        .and_then(|()| count_turns(&mut counting, node, room).ok_or("has no body".into()));
                    wanted.extend(count.iter().cloned());
                    counts.insert(key(node), count);
                }
                _ => {}
            }
        }
        let (observed, failure) = match observe_values(&counting, &wanted, options) {
            Ok(observed) => (observed, None),
            Err(e @ (ObserveError::Graph(_) | ObserveError::Session(_) | ObserveError::Rank { .. })) => {
                (Observed::new(), Some(e.to_string()))
            }
            Err(e) => return Err(e),
        };
        Ok(Self { observed, statics, counts, failure })
    }

    /// Whether a node depends on constants and shapes alone, so that observation gives its results.
    pub(super) fn is_static(&self, node: &Node) -> bool {
        node.reads().iter().all(|value| self.statics.contains(value))
    }

    /// The elements of a value, called `what` in the error.
    pub(super) fn constant(&self, value: &str, what: &str) -> Result<Tensor, String> {
        match self.observed.get(value).map(|o| &o.known) {
            Some(Known::Constant(tensor)) => Ok(tensor.clone()),
            _ => Err(self.unknown(value, what)),
        }
    }

    /// An integer or a yes or no.
    pub(super) fn integer(&self, value: &str, what: &str) -> Result<i64, String> {
        let tensor = self.constant(value, what)?;
        let numbers = tensor.to_ints().map_err(|e| format!("{what} `{value}`: {e}"))?;
        match numbers.as_slice() {
            [number] => Ok(*number),
            _ => Err(format!("{what} `{value}` has {} elements, expected one", numbers.len())),
        }
    }

    /// Number of dimensions of a value, and the size of one of them, counted from the end where negative.
    pub(super) fn size(&self, value: &str, axis: i64) -> Result<(usize, usize), String> {
        let Some(seen) = self.observed.get(value) else { return Err(self.unknown(value, "the shape of")) };
        let rank = seen.dims.len();
        let from_front = if axis < 0 { axis + rank as i64 } else { axis };
        let size = usize::try_from(from_front).ok().and_then(|i| seen.dims.get(i));
        let size = size.ok_or_else(|| format!("axis {axis} is not one of {rank} dimensions of `{value}`"))?;
        (size.as_fixed().map(|n| (rank, n)))
            .ok_or_else(|| format!("dimension {axis} of `{value}` grows with the batch; {FIX_BATCH}"))
    }

    /// How often a `Loop` turns.
    pub(super) fn turns(&self, node: &Node) -> Result<usize, String> {
        let count = self.counts.get(&key(node)).cloned().unwrap_or_else(|| Err("is not known".into()))?;
        match self.observed.get(&count).and_then(|o| o.dims.first()) {
            None => Err(self.unknown(&count, "the number of turns")),
            Some(size) => {
                size.as_fixed().ok_or(format!("the number of turns grows with the batch; {FIX_BATCH}"))
            }
        }
    }

    fn unknown(&self, value: &str, what: &str) -> String {
        match &self.failure {
            Some(failure) => format!("{what} `{value}` could not be computed: {failure}"),
            None if self.statics.contains(value) => {
                format!("{what} `{value}` depends on the batch; {FIX_BATCH}")
            }
            None => format!("{what} `{value}` depends on the data"),
        }
    }
}

const FIX_BATCH: &str = "`--shape` with a number in the place of N fixes it";

/// The graph of an attribute.
pub(super) fn graph_of<'n>(node: &'n Node, attribute: &str) -> Option<&'n GraphProto> {
    node.attribute(attribute)?.g.as_ref()
}

/// Whether a loop's end can be told without the data; else why not.
fn turns_are_static(node: &Node, statics: &Statics) -> Result<(), String> {
    for (at, what) in [(0, "the trip count"), (1, "the condition")] {
        if let Some(value) = node.input(at).filter(|v| !statics.contains(v)) {
            return Err(format!("{what} `{value}` depends on the data"));
        }
    }
    let body = graph_of(node, "body").ok_or("has no body")?;
    let condition = body.output.first().ok_or("the body has no condition")?;
    let carried: Vec<&str> = body.input.iter().skip(2).map(|i| i.name.as_str()).collect();
    let mut known: HashSet<usize> =
        (0..carried.len()).filter(|&i| node.input(i + 2).is_some_and(|v| statics.contains(v))).collect();
    loop {
        let mut inside: HashSet<&str> = body.input.iter().take(2).map(|i| i.name.as_str()).collect();
        inside.extend(known.iter().map(|&i| carried[i]));
        inside.extend(body.initializer.iter().map(|t| t.name.as_str()));
        let given: HashSet<&str> = body.input.iter().map(|i| i.name.as_str()).collect();
        let made: HashSet<&str> = body.node.iter().flat_map(|n| &n.output).map(String::as_str).collect();
        for proto in &body.node {
            let inner = Node::from_proto(proto);
            let is_known = |value: &String| {
                let own = given.contains(value.as_str()) || made.contains(value.as_str());
                inside.contains(value.as_str()) || (!own && statics.contains(value))
            };
            if inner.is("Shape") || inner.is("Size") || inner.reads().iter().all(is_known) {
                inside.extend(proto.output.iter().map(String::as_str));
            }
        }
        let stays = |&i: &usize| body.output.get(i + 1).is_some_and(|o| inside.contains(o.name.as_str()));
        let next: HashSet<usize> = known.iter().copied().filter(stays).collect();
        if next.len() < known.len() {
            known = next;
            continue;
        }
        let name = condition.name.as_str();
        let outside = !given.contains(name) && !made.contains(name) && statics.contains(name);
        return if inside.contains(name) || outside {
            Ok(())
        } else {
            Err(format!("the condition `{name}` of its body depends on the data"))
        };
    }
}

/// Adds a copy of a loop that also gives the number of each turn, and stops where there are more turns than room.
fn count_turns(graph: &mut Graph, node: &Node, room: usize) -> Option<String> {
    let mut copy = node.clone();
    let body = copy
        .attributes
        .iter_mut()
        .find(|a| a.name == "body")
        .and_then(|a: &mut AttributeProto| a.g.as_mut())?;
    // So many turns are too many to write out, see `Turns::new`.
    let size = body.node.iter().filter(|n| n.op_type != "Constant").count().max(1);
    let most = room / size + 1;
    let turn = graph.fresh("turn");
    let first = body.input.first()?.name.clone();
    body.node.push(Node::plain("Identity", [first], turn.clone()).to_proto());
    body.output.push(ValueInfo::new(turn, DataType::Int64, Vec::<Dim>::new()).to_proto());
    let most = graph.scalar(most as i64);
    let outputs = body.output.len() - 1;
    if copy.inputs.is_empty() {
        copy.inputs.push(String::new());
    }
    copy.inputs[0] = match node.input(0) {
        None => most,
        Some(trips) => graph.node("Min", [trips, &most], []),
    };
    copy.outputs = (0..outputs).map(|_| graph.fresh("counted")).collect();
    copy.name = graph.fresh("counting");
    let count = copy.outputs.last().cloned();
    graph.nodes.push(copy);
    count
}
