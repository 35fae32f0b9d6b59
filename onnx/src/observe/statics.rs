//! Which values do not depend on the data: computed from constants and shapes alone.

use std::collections::HashSet;

use crate::graph::{Graph, GraphError, Node};
use crate::tensor::DataType;

/// Shapes and what is computed from them are small; larger values are worth keeping only where constants alone make them.
const SMALL: usize = 4096;

pub(crate) struct Statics {
    /// Depend on neither data nor shapes.
    constant: HashSet<String>,
    /// Depend on shapes, not on data.
    shaped: HashSet<String>,
    /// Have a shape that depends on data.
    unstable: HashSet<String>,
}

impl Statics {
    pub(crate) fn of(graph: &Graph) -> Result<Self, GraphError> {
        let mut constant: HashSet<String> = graph.constants.keys().cloned().collect();
        let mut shaped: HashSet<String> = HashSet::new();
        let mut unstable: HashSet<String> = HashSet::new();
        for index in graph.order()? {
            let node = &graph.nodes[index];
            if is_random(&node.operator) {
                continue;
            }
            // Of what a value is cast like, only the type matters.
            let mut reads = node.reads();
            if node.is("CastLike") {
                reads.truncate(1);
            }
            let outputs = node.outputs.iter().filter(|o| !o.is_empty()).cloned();
            let is_static = |value: &String| constant.contains(value) || shaped.contains(value);
            let moves = reads.iter().any(|value| unstable.contains(value));
            if moves || (!reads.iter().all(is_static) && shape_moves(node, is_static)) {
                // Not even what is said of such a shape can be known beforehand.
                unstable.extend(outputs);
                continue;
            }
            if reads.iter().all(|value| constant.contains(value)) {
                constant.extend(outputs);
            } else if node.is("Shape")
                || node.is("Size")
                || reads.iter().all(|v| constant.contains(v) || shaped.contains(v))
            {
                shaped.extend(outputs);
            }
        }
        Ok(Self { constant, shaped, unstable })
    }

    /// Whether a value depends on constants and shapes alone.
    pub(crate) fn contains(&self, value: &str) -> bool {
        self.constant.contains(value) || self.shaped.contains(value)
    }

    /// Whether a value's shape depends on the data.
    pub(crate) fn is_unstable(&self, value: &str) -> bool {
        self.unstable.contains(value)
    }

    /// Whether a value's numbers are to be kept.
    pub(super) fn wanted(&self, name: &str, data_type: DataType, count: usize) -> bool {
        let number = data_type.is_float() || data_type.is_integer() || data_type == DataType::Bool;
        number && (self.constant.contains(name) || (count <= SMALL && self.shaped.contains(name)))
    }
}

/// Operators that give something else at every run: <https://onnx.ai/onnx/operators/>
fn is_random(operator: &str) -> bool {
    operator.starts_with("Random") || matches!(operator, "Bernoulli" | "Multinomial")
}

/// Whether a node that reads data gives a shape that depends on it: by what the operator is, or by an input that says the
/// shape. The branches of an `If` are taken to agree. <https://onnx.ai/onnx/operators/>
fn shape_moves(node: &Node, is_static: impl Fn(&String) -> bool) -> bool {
    let sizes: &[usize] = match node.operator.as_str() {
        _ if !node.domain.is_empty() => return false,
        "NonZero" | "Unique" | "NonMaxSuppression" => return true,
        "ConstantOfShape" => &[0],
        "Range" => &[0, 1, 2],
        "Reshape" | "Expand" | "Tile" | "TopK" | "OneHot" | "CenterCropPad" | "Compress" => &[1],
        "Slice" => &[1, 2, 3, 4],
        "Pad" => &[1, 3],
        "Resize" => &[2, 3],
        "Loop" => &[0, 1],
        _ => &[],
    };
    sizes.iter().any(|&at| node.inputs.get(at).is_some_and(|value| !value.is_empty() && !is_static(value)))
}
