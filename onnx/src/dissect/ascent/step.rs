//! The graph of one step: generator, classifier, their gradient and the update, from `z` to `z_next`.

use crate::dissect::classifier::Classifier;
use crate::dissect::generator::Generator;
use crate::dissect::settings::{Objective, Optimizer};
use crate::dissect::{DissectError, Settings};
use crate::gradient::{Options, Target, differentiate_graph};
use crate::graph::{Graph, GraphError, attr};
use crate::model::{Dim, Model};
use crate::tensor::DataType;

const BETA1: f32 = 0.9;
const BETA2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// A value that one step reads and the next one continues from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Carried {
    /// Name of the input.
    pub(super) input: &'static str,
    /// Name of the output that is the next step's input.
    pub(super) output: &'static str,
    /// What it is before the first step, where it is not the latent vectors themselves.
    pub(super) start: f32,
    /// Whether it is shaped like the latent vectors, or a single number.
    pub(super) per_latent: bool,
}

pub(super) const Z: Carried = Carried { input: "z", output: "z_next", start: 0.0, per_latent: true };
const MOMENT1: Carried = Carried { input: "m", output: "m_next", start: 0.0, per_latent: true };
const MOMENT2: Carried = Carried { input: "v", output: "v_next", start: 0.0, per_latent: true };
const POWER1: Carried = Carried { input: "b1", output: "b1_next", start: 1.0, per_latent: false };
const POWER2: Carried = Carried { input: "b2", output: "b2_next", start: 1.0, per_latent: false };

/// What an optimizer carries from step to step beside `z`.
pub(super) fn carried(optimizer: Optimizer) -> &'static [Carried] {
    match optimizer {
        Optimizer::Plain => &[Z],
        Optimizer::Adam => &[Z, MOMENT1, MOMENT2, POWER1, POWER2],
    }
}

/// The step's model made of the [`forward`] graph. Inputs: what is [`carried`], and `wanted` `[batch, classes]`, 1 where the objective is. Outputs:
/// what is carried on, and `logits` `[batch, classes]` at `z`.
///
/// # Errors
/// Graphs that cannot be joined or differentiated.
pub(super) fn step_model(
    forward: Graph,
    generator: &Generator,
    f1: &Classifier,
    settings: &Settings,
    target: Target,
) -> Result<Model, DissectError> {
    let cannot = |source: GraphError| DissectError::Graph { model: f1.path.clone(), source };
    let mut graph = differentiate_graph(forward, &Options { target, ..Options::default() })
        .map_err(|source| DissectError::Gradient { model: f1.path.clone(), source: Box::new(source) })?;
    let wanted = graph.add_input("wanted", DataType::Float, [batch(), Dim::Fixed(f1.classes)]);
    let cotangent = cotangent(&mut graph, settings.objective, &wanted);
    graph.replace_uses("logits_grad", &cotangent);
    graph.inputs.retain(|input| input.name != "logits_grad");
    graph.outputs.retain(|output| output.name != "z_grad");
    let rate = settings.learning_rate as f32;
    match settings.optimizer {
        Optimizer::Plain => plain(&mut graph, rate, generator.latent),
        Optimizer::Adam => adam(&mut graph, rate, generator.latent),
    }
    graph.to_model().map_err(cannot)
}

fn batch() -> Dim {
    Dim::Symbol("batch".into())
}

/// Oldest opset that graphs can be brought to, see [`Graph::upgrade`].
const OPSET: i64 = 18;

/// From `z` to `logits`, in one opset.
pub(super) fn forward(generator: &Generator, f1: &Classifier) -> Result<Graph, DissectError> {
    join(generator, f1).map_err(|source| DissectError::Graph { model: f1.path.clone(), source })
}

fn join(generator: &Generator, f1: &Classifier) -> Result<Graph, GraphError> {
    let opset = OPSET.max(generator.graph.opset()).max(f1.graph.opset());
    let (mut make, mut judge) = (generator.graph.clone(), f1.graph.clone());
    make.upgrade(opset)?;
    judge.upgrade(opset)?;
    let mut graph = Graph::new("ascent", opset);
    let z = graph.add_input("z", DataType::Float, [batch(), Dim::Fixed(generator.latent)]);
    graph.reserve("logits");
    let made = graph.merge(&make, "G/", &[("z".into(), z)].into())?;
    let judged = graph.merge(&judge, "f1/", &[("image".into(), made["image"].clone())].into())?;
    graph.push("Identity", [&judged["logits"]], vec!["logits".into()], []);
    graph.add_output("logits", DataType::Float, [batch(), Dim::Fixed(f1.classes)]);
    Ok(graph)
}

/// The objective's gradient by the logits y, with e the wanted class and p = softmax(y):
/// logit e, log-softmax e - p, softmax p_j (e - p).
fn cotangent(graph: &mut Graph, objective: Objective, wanted: &str) -> String {
    if objective == Objective::Logit {
        return wanted.to_owned();
    }
    let p = graph.node("Softmax", ["logits"], [attr("axis", -1)]);
    let difference = graph.node("Sub", [wanted, &p], []);
    if objective == Objective::LogSoftmax {
        return difference;
    }
    let own = graph.node("Mul", [&p, wanted], []);
    let axis = graph.ints(&[1]);
    let own = graph.node("ReduceSum", [own, axis], [attr("keepdims", 1)]);
    graph.node("Mul", [own, difference], [])
}

/// `z_next = z + rate * z_grad`.
fn plain(graph: &mut Graph, rate: f32, latent: usize) {
    let rate = graph.scalar(rate);
    let change = graph.node("Mul", ["z_grad", &rate], []);
    give(graph, "Add", ["z", &change], Z, latent);
}

/// Adam, uphill: <https://arxiv.org/abs/1412.6980>, algorithm 1. The powers of the betas are carried, so that no step
/// needs its number.
fn adam(graph: &mut Graph, rate: f32, latent: usize) {
    let dims = || [batch(), Dim::Fixed(latent)];
    for moment in [MOMENT1, MOMENT2] {
        graph.add_input(moment.input, DataType::Float, dims());
    }
    for power in [POWER1, POWER2] {
        graph.add_input(power.input, DataType::Float, [Dim::Fixed(1)]);
    }
    let square = graph.node("Mul", ["z_grad", "z_grad"], []);
    let parts = [(MOMENT1, POWER1, "z_grad", BETA1), (MOMENT2, POWER2, square.as_str(), BETA2)];
    let corrected = parts.map(|(moment, power, new, beta)| {
        let (keep, take, one) = (graph.scalar(beta), graph.scalar(1.0 - beta), graph.scalar(1.0_f32));
        let old = graph.node("Mul", [moment.input, &keep], []);
        let new = graph.node("Mul", [new, &take], []);
        give(graph, "Add", [&old, &new], moment, latent);
        give(graph, "Mul", [power.input, &keep], power, latent);
        let bias = graph.node("Sub", [&one, power.output], []);
        graph.node("Div", [moment.output, &bias], [])
    });
    let [mean, square] = corrected;
    let (rate, epsilon) = (graph.scalar(rate), graph.scalar(EPSILON));
    let root = graph.node("Sqrt", [square], []);
    let root = graph.node("Add", [root, epsilon], []);
    let direction = graph.node("Div", [mean, root], []);
    let change = graph.node("Mul", [direction, rate], []);
    give(graph, "Add", ["z", &change], Z, latent);
}

/// Adds a node whose result is carried on.
fn give(graph: &mut Graph, operator: &str, inputs: [&str; 2], carried: Carried, latent: usize) {
    graph.reserve(carried.output);
    graph.push(operator, inputs, vec![carried.output.into()], []);
    let dims = if carried.per_latent { vec![batch(), Dim::Fixed(latent)] } else { vec![Dim::Fixed(1)] };
    graph.add_output(carried.output, DataType::Float, dims);
}
