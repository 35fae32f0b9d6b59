//! The walk from the outputs back to the inputs: order, accumulation, pruning, un-broadcasting.

use std::collections::HashMap;

use super::activity::{Activity, obstacle};
use super::context::{Context, Gradients};
use super::half::{Boundary, Half, promote};
use super::prepare::{Prepared, prepare};
use super::registry::{Rule, find};
use super::target::Target;
use super::{GradientError, Obstacle, Options};
use crate::graph::Graph;
use crate::model::{Dim, Model, ValueInfo};
use crate::observe::Observed;

/// The gradient model: the model's inputs and outputs, plus for each floating-point output an input `<output>_grad`, its
/// cotangent, and for each floating-point input an output `<input>_grad`, the cotangents times the Jacobian.
pub fn differentiate(model: &Model, options: &Options) -> Result<Model, GradientError> {
    let graph = differentiate_graph(Graph::from_model(model)?, options)?;
    Ok(graph.to_model()?)
}

/// As [`differentiate`], on a graph.
pub fn differentiate_graph(mut graph: Graph, options: &Options) -> Result<Graph, GradientError> {
    let boundary = match options.half {
        Half::Promote => promote(&mut graph)?,
        Half::Keep => Boundary::default(),
    };
    let Prepared { graph, observed, activity } = prepare(graph, options)?;
    let inputs = graph.inputs.len();
    let (gradients, obstacles, target) = (HashMap::new(), Vec::new(), options.target);
    let mut walk = Walk { graph, observed, activity, inputs, gradients, obstacles, target };
    walk.seed()?;
    walk.back();
    if !walk.obstacles.is_empty() {
        walk.obstacles.reverse();
        return Err(GradientError::Obstacles(walk.obstacles));
    }
    let mut graph = walk.finish()?;
    boundary.restore(&mut graph)?;
    Ok(graph)
}

struct Walk {
    graph: Graph,
    observed: Observed,
    activity: Activity,
    /// How many inputs the model itself has.
    inputs: usize,
    /// What has been gathered so far for each value; added up when all its readers have been visited.
    gradients: HashMap<String, Vec<String>>,
    obstacles: Vec<Obstacle>,
    target: Target,
}

impl Walk {
    /// Declares the cotangents.
    fn seed(&mut self) -> Result<(), GradientError> {
        let outputs: Vec<ValueInfo> =
            self.graph.outputs.iter().filter(|o| o.data_type.is_float()).cloned().collect();
        for output in outputs {
            let name = format!("{}_grad", output.name);
            self.claim(&name)?;
            let dims = self.declared(&output);
            self.graph.inputs.push(ValueInfo { name: name.clone(), data_type: output.data_type, dims });
            if self.activity.contains(&output.name) {
                self.gradients.entry(output.name).or_default().push(name);
            }
        }
        for name in self.float_inputs().into_iter().map(|i| format!("{}_grad", i.name)) {
            self.claim(&name)?;
        }
        Ok(())
    }

    /// The model's own floating-point inputs, cotangents aside.
    fn float_inputs(&self) -> Vec<ValueInfo> {
        let own = &self.graph.inputs[..self.inputs];
        own.iter().filter(|i| i.data_type.is_float()).cloned().collect()
    }

    /// Takes a name for an input or output of the gradient model; an inner value that has it gets another.
    fn claim(&mut self, name: &str) -> Result<(), GradientError> {
        if self.graph.input(name).is_some() || self.graph.output(name).is_some() {
            return Err(GradientError::Name(name.into()));
        }
        if self.graph.reserve(name) {
            return Ok(());
        }
        let new = self.graph.rename(name);
        if let Some(observation) = self.observed.remove(name) {
            self.observed.insert(new.clone(), observation);
        }
        self.activity.rename(name, &new);
        Ok(())
    }

    /// A declaration with every dimension said that is known.
    fn declared(&self, value: &ValueInfo) -> Option<Vec<Dim>> {
        let observed = self.observed.get(&value.name)?;
        let batch = self.graph.inputs.iter().find_map(|i| match i.dims.as_ref()?.first()? {
            Dim::Symbol(symbol) => Some(symbol.clone()),
            _ => None,
        });
        let dim = |(i, size): (usize, &crate::observe::Size)| {
            if let Some(declared @ (Dim::Fixed(_) | Dim::Symbol(_))) =
                value.dims.as_ref().and_then(|d| d.get(i))
            {
                return declared.clone();
            }
            match (size.as_fixed(), &batch) {
                (Some(n), _) => Dim::Fixed(n),
                (None, Some(batch)) if (size.per_batch, size.fixed) == (1, 0) => Dim::Symbol(batch.clone()),
                _ => Dim::Unknown,
            }
        };
        Some(observed.dims.iter().enumerate().map(dim).collect())
    }

    fn back(&mut self) {
        // Nodes of the model stand in an order that can be run; those added behind them are not visited.
        for index in (0..self.graph.nodes.len()).rev() {
            let outputs = self.graph.nodes[index].outputs.clone();
            if !outputs.iter().any(|o| self.gradients.contains_key(o)) {
                continue;
            }
            let node = self.graph.nodes[index].clone();
            let wanted: Vec<bool> = node.inputs.iter().map(|i| self.activity.contains(i)).collect();
            if !wanted.contains(&true) {
                continue;
            }
            let output_gradients = outputs.iter().map(|o| self.gathered(o)).collect();
            let mut context = Context {
                graph: &mut self.graph,
                observed: &self.observed,
                index,
                node: node.clone(),
                output_gradients,
                wanted: wanted.clone(),
                target: self.target,
            };
            match apply(&mut context) {
                Ok(gradients) => {
                    for ((input, gradient), wanted) in node.inputs.iter().zip(gradients).zip(&wanted) {
                        if let (Some(gradient), true) = (gradient, wanted) {
                            self.gradients.entry(input.clone()).or_default().push(gradient);
                        }
                    }
                }
                Err(refusal) => {
                    self.obstacles.push(obstacle(&node, &refusal.0));
                    // Walk on as if there were a gradient, to find what else stands in the way.
                    for input in node.inputs.iter().zip(&wanted).filter(|(_, w)| **w).map(|(i, _)| i) {
                        self.gradients.entry(input.clone()).or_default().push(input.clone());
                    }
                }
            }
        }
    }

    /// The gradient of a value: what its readers contributed, added up in a fixed order.
    fn gathered(&mut self, value: &str) -> Option<String> {
        let parts = self.gradients.get(value)?.clone();
        let total = match parts.as_slice() {
            [] => return None,
            [one] => one.clone(),
            [a, b] => self.graph.named_node(&format!("{value}_gradient"), "Add", [a, b], []),
            many => self.graph.named_node(&format!("{value}_gradient"), "Sum", many, []),
        };
        self.gradients.insert(value.to_owned(), vec![total.clone()]);
        Some(total)
    }

    /// Declares the gradients of the inputs.
    fn finish(mut self) -> Result<Graph, GradientError> {
        for input in self.float_inputs() {
            let name = format!("{}_grad", input.name);
            let gradient = match self.gathered(&input.name) {
                Some(gradient) => gradient,
                None => self.zeros(&input),
            };
            let dims = self.declared(&input);
            self.graph.push("Identity", [&gradient], vec![name.clone()], []);
            self.graph.outputs.push(ValueInfo { name, data_type: input.data_type, dims });
        }
        self.graph.name = format!("{}_gradient", self.graph.name);
        self.graph.sort()?;
        self.graph.remove_dead();
        Ok(self.graph)
    }

    fn zeros(&mut self, input: &ValueInfo) -> String {
        let zero = self.graph.number(input.data_type, 0.0);
        let shape = self.graph.node("Shape", [&input.name], []);
        self.graph.node("Expand", [zero, shape], [])
    }
}

/// Applies the rule of a node's operator; gradients of inputs that were broadcast are added up to their shapes.
fn apply(context: &mut Context) -> Gradients {
    let node = context.node.clone();
    let Some(operator) = find(&node) else {
        return Err("there is no gradient rule for this operator".into());
    };
    match operator.rule {
        Rule::Blocks => Ok(vec![None; node.inputs.len()]),
        // What could be written out has been, so this one says why it cannot.
        Rule::Lowered => match operator.lowering(&node).map(|lowering| lowering(context)) {
            Some(Err(refusal)) => Err(refusal),
            _ => Err("it cannot be written out in simpler operators".into()),
        },
        Rule::Gradient(rule) => rule(context),
        Rule::Broadcast(rule) => {
            let gradients = rule(context)?;
            let from = context.dims(node.required_output(0)?)?;
            let mut reduced = Vec::with_capacity(gradients.len());
            for (index, gradient) in gradients.into_iter().enumerate() {
                reduced.push(match (gradient, node.input(index)) {
                    (Some(gradient), Some(input)) if context.wants(index) => {
                        let to = context.dims(input)?;
                        Some(context.unbroadcast(gradient, &from, &to))
                    }
                    _ => None,
                });
            }
            Ok(reduced)
        }
    }
}
