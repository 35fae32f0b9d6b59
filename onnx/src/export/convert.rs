//! From architecture and weights to a model: weights checked against the description, layers turned into nodes,
//! input, output and metadata declared.

use std::collections::BTreeMap;

use ndarray::ArrayD;

use super::metadata::{InputFormat, Metadata, OutputKind, key};
use crate::arch::{Architecture, Shape};
use crate::graph::{Graph, GraphError};
use crate::model::{Dim, Model};
use crate::tensor::{DataType, Tensor};

/// Version of the standard operators that exported models use.
const OPSET: i64 = 17;

/// Parameters and running statistics by name, see [`Architecture::parameters`].
pub type Weights = BTreeMap<String, ArrayD<f32>>;

/// Why a network cannot be exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A parameter has no values.
    #[error("{architecture}: parameter `{name}` is missing among the weights")]
    Missing {
        /// The network.
        architecture: String,
        /// The parameter.
        name: String,
    },
    /// There are values for a parameter that the network does not have.
    #[error("{architecture}: weights for `{name}`, which the network does not have")]
    Unknown {
        /// The network.
        architecture: String,
        /// What the values are called.
        name: String,
    },
    /// Values of another shape than the parameter's.
    #[error("{architecture}: parameter `{name}` has shape {found:?}, expected {expected:?}")]
    Shape {
        /// The network.
        architecture: String,
        /// The parameter.
        name: String,
        /// Shape of the values.
        found: Vec<usize>,
        /// Shape of the parameter.
        expected: Vec<usize>,
    },
    /// More or fewer class names than outputs.
    #[error("{architecture}: {found} class names for {expected} outputs")]
    Classes {
        /// The network.
        architecture: String,
        /// Names given.
        found: usize,
        /// Outputs.
        expected: usize,
    },
    /// The graph could not be written.
    #[error("{architecture}: the graph cannot be written")]
    Graph {
        /// The network.
        architecture: String,
        /// Why.
        source: GraphError,
    },
}

/// The network as an ONNX model of opset 17 with a dynamic batch. Input `x` and output `y`; for generators input `z`
/// and output `x`. Batch norms are in inference form. Initializers carry the parameters' names.
///
/// # Errors
/// [`ExportError`] where the weights do not fit the network.
pub fn export(
    architecture: &Architecture,
    weights: &Weights,
    metadata: &Metadata,
) -> Result<Model, ExportError> {
    let name = || architecture.name().to_owned();
    let mut graph = Graph::new(architecture.name(), OPSET);
    let (input, output) = if architecture.is_generator() { ("z", "x") } else { ("x", "y") };
    graph.add_input(input, DataType::Float, batched(architecture.input()));
    graph.reserve(output);
    add_weights(&mut graph, architecture, weights)?;
    let last = super::layers::add_all(&mut graph, architecture.layers(), input.to_owned());
    name_last(&mut graph, &last, output);
    graph.add_output(output, DataType::Float, batched(architecture.output()));
    describe(&mut graph, architecture, metadata)?;
    graph.to_model().map_err(|source| ExportError::Graph { architecture: name(), source })
}

fn batched(shape: Shape) -> Vec<Dim> {
    let own = shape.dims().into_iter().map(Dim::Fixed);
    std::iter::once(Dim::Symbol("batch".into())).chain(own).collect()
}

fn add_weights(graph: &mut Graph, architecture: &Architecture, weights: &Weights) -> Result<(), ExportError> {
    let network = || architecture.name().to_owned();
    let parameters = architecture.parameters();
    let known = |name: &str| parameters.iter().any(|p| p.name == name);
    if let Some(name) = weights.keys().find(|name| !known(name)) {
        return Err(ExportError::Unknown { architecture: network(), name: name.clone() });
    }
    for parameter in &parameters {
        let name = parameter.name.clone();
        let Some(values) = weights.get(&name) else {
            return Err(ExportError::Missing { architecture: network(), name });
        };
        if values.shape() != parameter.shape {
            let (found, expected) = (values.shape().to_vec(), parameter.shape.clone());
            return Err(ExportError::Shape { architecture: network(), name, found, expected });
        }
        graph.reserve(&name);
        graph.constants.insert(name, Tensor::from_array(values));
    }
    Ok(())
}

/// Gives the value of the last node the output's name, so that no `Identity` stands behind it.
fn name_last(graph: &mut Graph, last: &str, output: &str) {
    let producer = graph.producer(last).expect("a network has layers");
    for value in &mut graph.nodes[producer].outputs {
        if value == last {
            output.clone_into(value);
        }
    }
}

fn describe(graph: &mut Graph, architecture: &Architecture, metadata: &Metadata) -> Result<(), ExportError> {
    let mut set = |key: &str, value: String| graph.metadata.insert(key.to_owned(), value);
    if architecture.is_generator() {
        set(key::GENERATOR, "true".into());
    } else {
        let expected = architecture.output().size();
        let channels = match architecture.input() {
            Shape::Image { channels, .. } => channels,
            Shape::Vector(features) => features,
        };
        let format =
            InputFormat { mean: vec![0.0; channels], std: vec![1.0; channels], ..InputFormat::default() };
        set(key::INPUT, json(&format));
        set(key::OUTPUT, OutputKind::Logits.name().into());
        if !metadata.classes.is_empty() {
            if metadata.classes.len() != expected {
                let (architecture, found) = (architecture.name().to_owned(), metadata.classes.len());
                return Err(ExportError::Classes { architecture, found, expected });
            }
            set(key::CLASSES, json(&metadata.classes));
        }
    }
    if let Some(run) = &metadata.run {
        set(key::RUN, run.clone());
    }
    if let Some(epoch) = metadata.epoch {
        set(key::EPOCH, epoch.to_string());
    }
    Ok(())
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("numbers and texts have a JSON form")
}
