//! One case: an operator, its inputs and attributes; and its gradient checked number by number.

use dissect_onnx::gradient::{Options, Target, differentiate};
use dissect_onnx::graph::{AttributeValue, Graph, attr};
use dissect_onnx::model::{Dim, Model};
use dissect_onnx::proto::AttributeProto;
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::{DataType, Tensor};

/// Where an input's numbers lie. All are distinct, and none is close to 0.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Range {
    Any,
    Positive,
    Unit,
    AboveOne,
}

#[derive(Clone, Debug)]
enum Input {
    Missing,
    Variable(Vec<usize>, Range),
    Constant(Vec<usize>, Range),
    Given(Tensor),
    /// Numbers in the case's element type.
    Numbers(Vec<usize>, Vec<f64>),
}

#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) operator: &'static str,
    opset: i64,
    inputs: Vec<Input>,
    attributes: Vec<AttributeProto>,
    outputs: usize,
    batched: bool,
    single: bool,
}

pub(crate) fn op(operator: &'static str) -> Case {
    Case {
        operator,
        opset: 18,
        inputs: vec![],
        attributes: vec![],
        outputs: 1,
        batched: false,
        single: false,
    }
}

impl Case {
    fn with(mut self, input: Input) -> Self {
        self.inputs.push(input);
        self
    }
    /// An input to be differentiated.
    pub(crate) fn x<const N: usize>(self, shape: [usize; N]) -> Self {
        self.x_in(shape, Range::Any)
    }
    pub(crate) fn x_in<const N: usize>(self, shape: [usize; N], range: Range) -> Self {
        self.with(Input::Variable(shape.to_vec(), range))
    }
    /// Constant numbers.
    pub(crate) fn c<const N: usize>(self, shape: [usize; N]) -> Self {
        self.c_in(shape, Range::Any)
    }
    pub(crate) fn c_in<const N: usize>(self, shape: [usize; N], range: Range) -> Self {
        self.with(Input::Constant(shape.to_vec(), range))
    }
    pub(crate) fn numbers<const N: usize>(self, shape: [usize; N], values: &[f64]) -> Self {
        self.with(Input::Numbers(shape.to_vec(), values.to_vec()))
    }
    pub(crate) fn ints(self, values: &[i64]) -> Self {
        self.with(Input::Given(Tensor::ints(values)))
    }
    pub(crate) fn given(self, tensor: Tensor) -> Self {
        self.with(Input::Given(tensor))
    }
    pub(crate) fn none(self) -> Self {
        self.with(Input::Missing)
    }
    pub(crate) fn a(mut self, name: &str, value: impl Into<AttributeValue>) -> Self {
        self.attributes.push(attr(name, value));
        self
    }
    pub(crate) fn outputs(mut self, outputs: usize) -> Self {
        self.outputs = outputs;
        self
    }
    pub(crate) fn opset(mut self, opset: i64) -> Self {
        self.opset = opset;
        self
    }
    /// The first dimension of every variable input is the batch, whose size the gradient must not need to know.
    pub(crate) fn batched(mut self) -> Self {
        self.batched = true;
        self
    }

    /// Checked in float32 alone: ONNX Runtime computes this one in it even where values are float64.
    pub(crate) fn single(mut self) -> Self {
        self.single = true;
        self
    }

    fn describe(&self) -> String {
        let shapes: Vec<_> = self.inputs.iter().map(|i| format!("{i:?}")).collect();
        let attributes: Vec<_> =
            self.attributes.iter().map(|a| format!("{}={:?}{}{}", a.name, a.ints, a.i, a.f)).collect();
        let mut text = format!(
            "{} opset {} ({}) {}",
            self.operator,
            self.opset,
            shapes.join(", "),
            attributes.join(" ")
        );
        text.truncate(300);
        text
    }
}

/// Numbers that look random, the same at every run.
fn spread(count: usize, seed: usize, range: Range) -> Vec<f64> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = seed as u64 * 7919 + 12345;
    for i in (1..count).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(i, (state >> 33) as usize % (i + 1));
    }
    let place = |p: usize| (p as f64 + 0.5) / count as f64;
    let number = |p: f64| match range {
        // No number is 0 or symmetric to another, so that no two are tied in size.
        Range::Any => 4.0 * p - 2.0 + 0.13 / count as f64,
        Range::Positive => 0.5 + 1.5 * p,
        Range::Unit => 1.8 * p - 0.9 + 0.13 / count as f64,
        Range::AboveOne => 1.2 + 2.0 * p,
    };
    order.into_iter().map(|p| number(place(p))).collect()
}

pub(crate) struct Built {
    pub(crate) model: Model,
    variables: Vec<(String, Vec<usize>, Vec<f64>)>,
}

pub(crate) fn build(case: &Case, data_type: DataType) -> Built {
    let mut graph = Graph::new("case", case.opset);
    let mut names = Vec::new();
    let mut variables = Vec::new();
    for (index, input) in case.inputs.iter().enumerate() {
        names.push(match input {
            Input::Missing => String::new(),
            Input::Variable(shape, range) => {
                let dims = shape.iter().enumerate().map(|(i, &d)| match (i, case.batched) {
                    (0, true) => Dim::Symbol("batch".into()),
                    _ => Dim::Fixed(d),
                });
                let name = graph.add_input(&format!("x{index}"), data_type, dims);
                let values = spread(shape.iter().product(), index + 1, *range);
                variables.push((name.clone(), shape.clone(), values));
                name
            }
            Input::Constant(shape, range) => {
                let values = spread(shape.iter().product(), index + 1, *range);
                graph.constant("c", Tensor::from_f64s(data_type, shape, &values).unwrap())
            }
            Input::Numbers(shape, values) => {
                graph.constant("c", Tensor::from_f64s(data_type, shape, values).unwrap())
            }
            Input::Given(tensor) => graph.constant("c", tensor.clone()),
        });
    }
    let outputs = graph.nodes(case.operator, &names, case.outputs, case.attributes.clone());
    for (index, output) in outputs.iter().enumerate() {
        let rank_unknown =
            dissect_onnx::model::ValueInfo { name: format!("y{index}"), data_type, dims: None };
        graph.push("Identity", [output], vec![format!("y{index}")], []);
        graph.outputs.push(rank_unknown);
        // TopK and the like give integers besides.
        if case.operator == "TopK" {
            break;
        }
    }
    Built { model: graph.to_model().unwrap(), variables }
}

/// Checks a case in the first element type that ONNX Runtime can run it in.
pub(crate) fn check(case: &Case) -> Result<(), String> {
    let mut reasons = Vec::new();
    let types = [(DataType::Double, 1e-5, 1e-6), (DataType::Float, 4e-3, 4e-3)];
    for (data_type, step, tolerance) in types.into_iter().skip(usize::from(case.single)) {
        let built = build(case, data_type);
        let mut forward = match Session::new(&built.model, &SessionOptions::plain()) {
            Ok(session) => session,
            Err(error) => {
                reasons.push(error.to_string());
                continue;
            }
        };
        let model = match differentiate(&built.model, &Options::default()) {
            Ok(model) => model,
            Err(error) => return Err(format!("{}: {error}", case.describe())),
        };
        let fast = Options { target: Target::Cpu, ..Options::default() };
        let fast = differentiate(&built.model, &fast).map_err(|e| format!("{}: {e}", case.describe()))?;
        let mut forms = vec![model];
        if fast.graph() != forms[0].graph() {
            forms.push(fast);
        }
        let sessions = forms.iter().map(|model| Session::new(model, &SessionOptions::plain()));
        let sessions = match sessions.collect::<Result<Vec<_>, _>>() {
            Ok(sessions) => sessions,
            Err(error) => {
                reasons.push(error.to_string());
                continue;
            }
        };
        for (mut gradient, form) in sessions.into_iter().zip(["", " for the CPU provider"]) {
            compare(&built, data_type, &mut forward, &mut gradient, step, tolerance)
                .map_err(|reason| format!("{} in {data_type}{form}: {reason}", case.describe()))?;
        }
        return Ok(());
    }
    Err(format!("{}: {}", case.describe(), reasons.join("; ")))
}

fn compare(
    built: &Built,
    data_type: DataType,
    forward: &mut Session,
    gradient: &mut Session,
    step: f64,
    tolerance: f64,
) -> Result<(), String> {
    let tensors = |changed: Option<(usize, usize, f64)>| -> Vec<(String, Tensor)> {
        (built.variables.iter().enumerate())
            .map(|(v, (name, shape, values))| {
                let mut values = values.clone();
                if let Some((variable, element, by)) = changed
                    && variable == v
                {
                    values[element] += by;
                }
                (name.clone(), Tensor::from_f64s(data_type, shape, &values).unwrap())
            })
            .collect()
    };
    let inputs = tensors(None);
    let outputs = forward.run(inputs.iter().map(|(n, t)| (n, t))).map_err(|e| e.to_string())?;
    let seeds: Vec<(String, Vec<f64>, Vec<usize>)> = (outputs.iter().enumerate())
        .map(|(i, (name, y))| (name.clone(), spread(y.len(), 100 + i, Range::Any), y.shape().to_vec()))
        .collect();
    let mut all = inputs.clone();
    for (name, seed, shape) in &seeds {
        all.push((format!("{name}_grad"), Tensor::from_f64s(data_type, shape, seed).unwrap()));
    }
    let gradients = gradient.run(all.iter().map(|(n, t)| (n, t))).map_err(|e| e.to_string())?;
    for (name, y) in &outputs {
        let same = gradients[name].to_f64s().unwrap();
        let off = y.to_f64s().unwrap().iter().zip(&same).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        if off > tolerance {
            return Err(format!("output {name} differs by {off:e}"));
        }
    }
    let mut objective = |changed| -> Result<f64, String> {
        let inputs = tensors(Some(changed));
        let outputs = forward.run(inputs.iter().map(|(n, t)| (n, t))).map_err(|e| e.to_string())?;
        let part = |(name, seed, _): &(String, Vec<f64>, Vec<usize>)| -> f64 {
            outputs[name].to_f64s().unwrap().iter().zip(seed).map(|(y, s)| y * s).sum()
        };
        Ok(seeds.iter().map(part).sum())
    };
    for (variable, (name, shape, values)) in built.variables.iter().enumerate() {
        let found = &gradients[&format!("{name}_grad")];
        if found.shape() != shape {
            return Err(format!("gradient of {name} has shape {:?}, expected {shape:?}", found.shape()));
        }
        let found = found.to_f64s().unwrap();
        let mut expected = Vec::new();
        for element in 0..values.len() {
            let (above, below) =
                (objective((variable, element, step))?, objective((variable, element, -step))?);
            expected.push((above - below) / (2.0 * step));
        }
        let size = expected.iter().map(|e| e * e).sum::<f64>().sqrt().max(1.0);
        let off = expected.iter().zip(&found).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt() / size;
        if off.is_nan() || off > tolerance {
            return Err(format!(
                "gradient of {name} differs by {off:e}: {found:.4?}, expected {expected:.4?}"
            ));
        }
    }
    Ok(())
}
