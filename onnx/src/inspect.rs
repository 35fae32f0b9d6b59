//! What a model is, for people and scripts: signature, operators, parameters, metadata, and whether it has a gradient.
//! Computes nothing with the model but what differentiating it needs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::gradient::{GradientError, Obstacle, Options, differentiate};
use crate::model::{Model, ModelError, ValueInfo, is_standard};
use crate::proto::GraphProto;
use crate::tensor::DataType;

/// A model described.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    /// Version of the standard operators.
    pub opset: i64,
    /// Versions of other operator sets by domain.
    pub other_opsets: BTreeMap<String, i64>,
    /// Version of the file format.
    pub ir_version: i64,
    /// Who wrote the file, and which version of it.
    pub producer: String,
    /// What must be given.
    pub inputs: Vec<Port>,
    /// What is computed.
    pub outputs: Vec<Port>,
    /// Number of nodes, those inside others included.
    pub nodes: usize,
    /// How often each operator occurs.
    pub operators: BTreeMap<String, usize>,
    /// Elements of all floating-point initializers.
    pub parameters: u64,
    /// The model's `metadata_props`.
    pub metadata: BTreeMap<String, String>,
    /// Whether the model can be differentiated.
    pub gradient: GradientStatus,
}

/// An input or output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// Element type.
    pub data_type: DataType,
    /// Dimensions as numbers or symbols, "?" where nothing is said; none where not even their number is.
    pub shape: Option<Vec<String>>,
}

/// Whether a model can be differentiated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum GradientStatus {
    /// It can.
    Possible,
    /// It cannot, because of these nodes.
    Obstacles {
        /// All of them.
        nodes: Vec<Obstacle>,
    },
    /// It cannot, or it could not be tried.
    Failed {
        /// Why.
        reason: String,
    },
}

/// Describes a model and tries to differentiate it. The error is of a model whose signature cannot be read.
pub fn inspect(model: &Model, options: &Options) -> Result<Inspection, ModelError> {
    let proto = model.proto();
    let mut operators = BTreeMap::new();
    count(model.graph(), &mut operators);
    let parameters = (model.graph().initializer.iter())
        .filter(|t| DataType::from_number(t.data_type).is_some_and(DataType::is_float))
        .map(|t| t.dims.iter().fold(1_u64, |n, &d| n.saturating_mul(u64::try_from(d).unwrap_or(0))))
        .fold(0_u64, u64::saturating_add);
    Ok(Inspection {
        opset: model.opset(),
        other_opsets: (proto.opset_import.iter())
            .filter(|o| !is_standard(&o.domain))
            .map(|o| (o.domain.clone(), o.version))
            .collect(),
        ir_version: proto.ir_version,
        producer: [proto.producer_name.as_str(), proto.producer_version.as_str()].join(" ").trim().to_owned(),
        inputs: model.inputs()?.iter().map(Port::of).collect(),
        outputs: model.outputs()?.iter().map(Port::of).collect(),
        nodes: operators.values().sum(),
        operators,
        parameters,
        metadata: model.all_metadata().map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
        gradient: status(model, options),
    })
}

fn status(model: &Model, options: &Options) -> GradientStatus {
    match differentiate(model, options) {
        Ok(_) => GradientStatus::Possible,
        Err(GradientError::Obstacles(nodes)) => GradientStatus::Obstacles { nodes },
        Err(error) => GradientStatus::Failed { reason: error.to_string() },
    }
}

/// Protobuf's own limit of nesting keeps the depth small.
fn count(graph: &GraphProto, operators: &mut BTreeMap<String, usize>) {
    for node in &graph.node {
        let domain = if is_standard(&node.domain) { String::new() } else { format!("{}::", node.domain) };
        *operators.entry(format!("{domain}{}", node.op_type)).or_default() += 1;
        for inner in node.attribute.iter().flat_map(|a| a.g.iter().chain(&a.graphs)) {
            count(inner, operators);
        }
    }
}

impl Port {
    fn of(value: &ValueInfo) -> Self {
        let shape = value.dims.as_ref().map(|dims| dims.iter().map(ToString::to_string).collect());
        Self { name: value.name.clone(), data_type: value.data_type, shape }
    }
}
