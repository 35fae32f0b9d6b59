//! One comparison: an operator with its inputs, and what libtorch calls the same.

use dissect_onnx::gradient::{Options, Target, differentiate};
use dissect_onnx::graph::{AttributeValue, Graph, attr};
use dissect_onnx::model::{Dim, Model, ValueInfo};
use dissect_onnx::proto::AttributeProto;
use dissect_onnx::session::{Device, Session, SessionOptions};
use dissect_onnx::tensor::{DataType, Tensor};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// Largest relative difference (L2) of outputs and gradients, both in float32.
const TOLERANCE: f64 = 1e-5;

type Torch = Box<dyn Fn(&[tch::Tensor]) -> tch::Tensor>;

enum Input {
    Missing,
    Variable(Tensor),
    Constant(Tensor),
}

/// An operator's name, inputs and attributes, and libtorch's function of the same inputs, by position.
pub(crate) struct Case {
    pub(crate) operator: &'static str,
    opset: i64,
    inputs: Vec<Input>,
    attributes: Vec<AttributeProto>,
    /// Which output is compared.
    output: usize,
    torch: Torch,
}

pub(crate) fn op(operator: &'static str, torch: impl Fn(&[tch::Tensor]) -> tch::Tensor + 'static) -> Case {
    let torch = Box::new(torch);
    Case { operator, opset: 18, inputs: vec![], attributes: vec![], output: 0, torch }
}

impl Case {
    fn drawn(&self, shape: &[usize], [low, high]: [f32; 2]) -> Tensor {
        let mut random = ChaCha8Rng::seed_from_u64(self.inputs.len() as u64);
        let values: Vec<f32> = (0..shape.iter().product()).map(|_| random.random_range(low..high)).collect();
        Tensor::from_vec(shape, &values)
    }

    fn with(mut self, input: Input) -> Self {
        self.inputs.push(input);
        self
    }

    /// An input to be differentiated, with numbers between -2 and 2.
    pub(crate) fn x<const N: usize>(self, shape: [usize; N]) -> Self {
        self.within(shape, [-2.0, 2.0])
    }

    /// An input to be differentiated, with numbers between two bounds.
    pub(crate) fn within<const N: usize>(self, shape: [usize; N], bounds: [f32; 2]) -> Self {
        let values = self.drawn(&shape, bounds);
        self.with(Input::Variable(values))
    }

    /// An input to be differentiated, with these numbers.
    pub(crate) fn at<const N: usize>(self, shape: [usize; N], values: &[f32]) -> Self {
        self.with(Input::Variable(Tensor::from_vec(&shape, values)))
    }

    /// Constant numbers.
    pub(crate) fn c<const N: usize>(self, shape: [usize; N]) -> Self {
        let values = self.drawn(&shape, [-2.0, 2.0]);
        self.with(Input::Constant(values))
    }

    /// A constant.
    pub(crate) fn given(self, tensor: Tensor) -> Self {
        self.with(Input::Constant(tensor))
    }

    pub(crate) fn ints(self, values: &[i64]) -> Self {
        self.given(Tensor::ints(values))
    }

    /// An input that is left out.
    pub(crate) fn none(self) -> Self {
        self.with(Input::Missing)
    }

    pub(crate) fn a(mut self, name: &str, value: impl Into<AttributeValue>) -> Self {
        self.attributes.push(attr(name, value));
        self
    }

    pub(crate) fn opset(mut self, opset: i64) -> Self {
        self.opset = opset;
        self
    }

    /// Compares another output than the first.
    pub(crate) fn output(mut self, output: usize) -> Self {
        self.output = output;
        self
    }

    fn describe(&self) -> String {
        let shape = |input: &Input| match input {
            Input::Missing => "none".to_owned(),
            Input::Variable(tensor) | Input::Constant(tensor) => format!("{:?}", tensor.shape()),
        };
        let shapes: Vec<_> = self.inputs.iter().map(shape).collect();
        let names: Vec<_> = self.attributes.iter().map(|a| a.name.as_str()).collect();
        format!("{} ({}) {}", self.operator, shapes.join(", "), names.join(" "))
    }

    fn model(&self) -> Model {
        let mut graph = Graph::new("case", self.opset);
        let names: Vec<String> = (self.inputs.iter().enumerate())
            .map(|(i, input)| match input {
                Input::Missing => String::new(),
                Input::Variable(tensor) => {
                    let dims = tensor.shape().iter().map(|&d| Dim::Fixed(d));
                    graph.add_input(&format!("x{i}"), tensor.data_type(), dims)
                }
                Input::Constant(tensor) => graph.constant("c", tensor.clone()),
            })
            .collect();
        // TopK's places are no output that can be left out.
        let outputs = (self.output + 1).max(if self.operator == "TopK" { 2 } else { 1 });
        let outputs = graph.nodes(self.operator, &names, outputs, self.attributes.clone());
        graph.push("Identity", [&outputs[self.output]], vec!["y".into()], []);
        graph.outputs.push(ValueInfo { name: "y".into(), data_type: DataType::Float, dims: None });
        graph.to_model().unwrap()
    }

    /// What differs from libtorch, if anything does.
    pub(crate) fn check(&self) -> Result<(), String> {
        let tensors: Vec<tch::Tensor> = self.inputs.iter().map(torch).collect();
        let variables: Vec<usize> =
            (0..self.inputs.len()).filter(|&i| matches!(self.inputs[i], Input::Variable(_))).collect();
        for &i in &variables {
            let _ = tensors[i].set_requires_grad(true);
        }
        let y = (self.torch)(&tensors);
        let seed = self.drawn(&y.size().iter().map(|&d| d as usize).collect::<Vec<_>>(), [-1.0, 1.0]);
        let objective = (&y * torch(&Input::Constant(seed.clone()))).sum(tch::Kind::Float);
        let with: Vec<&tch::Tensor> = variables.iter().map(|&i| &tensors[i]).collect();
        let expected = tch::Tensor::run_backward(&[objective], &with, false, false);
        for target in [Target::Any, Target::Cpu] {
            let options = Options { target, ..Options::default() };
            let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", self.describe());
            let model = differentiate(&self.model(), &options).map_err(|e| failed(&e))?;
            let session = SessionOptions { device: Device::Cpu, threads: 1, ..SessionOptions::default() };
            let mut session = Session::new(&model, &session).map_err(|e| failed(&e))?;
            let mut inputs = vec![("y_grad".to_owned(), &seed)];
            for (i, input) in self.inputs.iter().enumerate() {
                if let Input::Variable(tensor) = input {
                    inputs.push((format!("x{i}"), tensor));
                }
            }
            let found = session.run(inputs.iter().map(|(n, t)| (n, *t))).map_err(|e| failed(&e))?;
            close("the output", &found["y"], &y).map_err(|e| failed(&e))?;
            for (&i, expected) in variables.iter().zip(&expected) {
                let name = format!("x{i}_grad");
                close(&name, &found[&name], expected).map_err(|e| failed(&e))?;
            }
        }
        Ok(())
    }
}

fn close(what: &str, found: &Tensor, expected: &tch::Tensor) -> Result<(), String> {
    let shape: Vec<usize> = expected.size().iter().map(|&d| d as usize).collect();
    if found.shape() != shape {
        return Err(format!("{what} has shape {:?}, libtorch's {shape:?}", found.shape()));
    }
    let found = found.to_f64s().map_err(|e| e.to_string())?;
    let flat = expected.detach().to_kind(tch::Kind::Double).contiguous().view([-1]);
    let expected = Vec::<f64>::try_from(flat).map_err(|e| e.to_string())?;
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let off = norm(&mut found.iter().zip(&expected).map(|(a, b)| a - b));
    let size = norm(&mut expected.iter().copied());
    if off <= TOLERANCE * size {
        return Ok(());
    }
    Err(format!("{what} differs by {:e}: {found:.5?}, libtorch has {expected:.5?}", off / size))
}

fn torch(input: &Input) -> tch::Tensor {
    let (Input::Variable(tensor) | Input::Constant(tensor)) = input else { return tch::Tensor::new() };
    let shape: Vec<i64> = tensor.shape().iter().map(|&d| d as i64).collect();
    let flat = match tensor.data_type() {
        DataType::Float => tch::Tensor::from_slice(&tensor.to_vec::<f32>().unwrap()),
        DataType::Bool => tch::Tensor::from_slice(&tensor.to_vec::<bool>().unwrap()),
        _ => tch::Tensor::from_slice(&tensor.to_ints().unwrap()),
    };
    flat.reshape(shape)
}
