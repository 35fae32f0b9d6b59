//! Running models in ONNX Runtime: on which device, with named tensors, or with buffers that stay on the device.
//! Knows nothing of what the models are for.

mod buffer;
mod device;
mod options;
mod value;

pub use buffer::{Binding, Buffer};
pub use device::{Device, Provider};
pub use options::{ConvolutionSearch, Optimisation, SessionOptions};

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use ort::value::DynTensor;
use prost::bytes::Bytes;

use crate::model::Model;
use crate::runtime::{Runtime, RuntimeError};
use crate::tensor::{DataType, Tensor};

/// What can go wrong in preparing or running a model.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// ONNX Runtime is not there.
    #[error(transparent)]
    Runtime(#[from] RuntimeError),
    /// ONNX Runtime's own error; `action` is what was tried.
    #[error("{action}: {reason}")]
    Ort {
        /// What was tried.
        action: &'static str,
        /// ONNX Runtime's message.
        reason: String,
    },
    /// The named device cannot be used.
    #[error("device `{device}` cannot be used: {reason}")]
    Device {
        /// As asked for.
        device: String,
        /// Why not.
        reason: String,
    },
    /// A name that is no input or output, or one that was not given.
    #[error("{reason}; the model's inputs are {inputs}")]
    Inputs {
        /// What is wrong.
        reason: String,
        /// The inputs there are.
        inputs: String,
    },
    /// An output or a tensor that is none this library reads.
    #[error("value `{value}` {reason}")]
    Value {
        /// Its name.
        value: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl SessionError {
    fn ort<R>(action: &'static str) -> impl FnOnce(ort::Error<R>) -> Self {
        move |error| Self::Ort { action, reason: error.message().trim().to_owned() }
    }
}

/// What a run gave for one output.
#[derive(Clone, Debug)]
pub struct RunValue {
    /// Element type.
    pub data_type: DataType,
    /// Dimensions.
    pub shape: Vec<usize>,
    /// The elements, where they were wanted.
    pub tensor: Option<Tensor>,
}

/// Messages above this size go without their weights.
const LARGE: u64 = 1 << 30;

/// A model ready to run.
#[derive(Debug)]
pub struct Session {
    inner: ort::session::Session,
    provider: Provider,
    note: Option<String>,
    /// Bindings given out, where each has its own CUDA graph.
    graphs: Option<Cell<u32>>,
}

impl Session {
    /// Prepares a model. Weights of large models go to ONNX Runtime by name: one message carries 2 GB at most.
    pub fn new(model: &Model, options: &SessionOptions) -> Result<Self, SessionError> {
        Self::within(model, options, LARGE)
    }

    /// As [`Session::new`], with another size of the message above which weights go by name.
    fn within(model: &Model, options: &SessionOptions, limit: u64) -> Result<Self, SessionError> {
        let runtime = Runtime::get()?;
        // ONNX Runtime asks for a file's name; what it is given by that file's tensors' names, it does not look for.
        let parts = model
            .parts(limit, "weights")
            .map_err(|(value, e)| SessionError::Value { value, reason: e.to_string() })?;
        let mut weights = Vec::with_capacity(parts.weights.len());
        for weight in &parts.weights {
            let given = value::to_weight(&weight.name, &weight.tensor)?;
            weights.push((weight.name.clone(), Arc::new(given)));
        }
        device::open(runtime, options, &|mut builder| {
            for (name, weight) in &weights {
                builder = builder
                    .with_external_initializer(name, weight.clone())
                    .map_err(SessionError::ort("giving weights"))?;
            }
            builder.commit_from_memory(&parts.message).map_err(SessionError::ort("preparing the model"))
        })
        .map(|opened| Self::of(opened, options))
    }

    /// Prepares a model given as the bytes of its file.
    pub fn from_bytes(model: &Bytes, options: &SessionOptions) -> Result<Self, SessionError> {
        let runtime = Runtime::get()?;
        device::open(runtime, options, &|mut builder| {
            builder.commit_from_memory(model).map_err(SessionError::ort("preparing the model"))
        })
        .map(|opened| Self::of(opened, options))
    }

    fn of((inner, provider, note): device::Opened, options: &SessionOptions) -> Self {
        let graphs = (options.cuda_graph && provider != Provider::Cpu).then(|| Cell::new(0));
        Self { inner, provider, note, graphs }
    }

    /// Whether runs of bindings are captured as CUDA graphs.
    pub fn is_captured(&self) -> bool {
        self.graphs.is_some()
    }

    /// Where the model runs.
    pub fn provider(&self) -> Provider {
        self.provider
    }

    /// Why it runs there, where "auto" left a choice and it is not the first.
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }

    /// Names of the inputs, in order.
    pub fn inputs(&self) -> impl Iterator<Item = &str> {
        self.inner.inputs().iter().map(|i| i.name())
    }

    /// Names of the outputs, in order.
    pub fn outputs(&self) -> impl Iterator<Item = &str> {
        self.inner.outputs().iter().map(|o| o.name())
    }

    /// Runs the model; every input must be given. Tensors are copied to the device and back.
    pub fn run<'a, N: AsRef<str> + 'a>(
        &mut self,
        inputs: impl IntoIterator<Item = (N, &'a Tensor)>,
    ) -> Result<BTreeMap<String, Tensor>, SessionError> {
        let values = self.given(inputs)?;
        let outputs = self.inner.run(values).map_err(SessionError::ort("running the model"))?;
        outputs.iter().map(|(name, output)| Ok((name.to_owned(), value::from_ort(name, output)?))).collect()
    }

    /// Runs the model, says type and shape of every output that is a tensor, and copies those that `wanted` (given name,
    /// type and number of elements) says yes to.
    pub fn run_selected<'a, N: AsRef<str> + 'a>(
        &mut self,
        inputs: impl IntoIterator<Item = (N, &'a Tensor)>,
        wanted: &dyn Fn(&str, DataType, usize) -> bool,
    ) -> Result<BTreeMap<String, RunValue>, SessionError> {
        let values = self.given(inputs)?;
        let outputs = self.inner.run(values).map_err(SessionError::ort("running the model"))?;
        outputs.iter().filter_map(|(name, output)| value::look(name, output, wanted).transpose()).collect()
    }

    /// The inputs as ONNX Runtime's values, each given and none unknown.
    fn given<'a, N: AsRef<str> + 'a>(
        &self,
        inputs: impl IntoIterator<Item = (N, &'a Tensor)>,
    ) -> Result<Vec<(String, DynTensor)>, SessionError> {
        let mut values = Vec::new();
        for (name, tensor) in inputs {
            let name = name.as_ref().to_owned();
            if !self.inputs().any(|input| input == name) {
                return Err(self.input_error(format!("there is no input `{name}`")));
            }
            values.push((name, value::to_ort(tensor)?));
        }
        match self.inputs().find(|input| values.iter().all(|(name, _)| name != input)) {
            Some(missing) => Err(self.input_error(format!("input `{missing}` is not given"))),
            None => Ok(values),
        }
    }

    fn input_error(&self, reason: String) -> SessionError {
        let inputs = self.inputs().map(|i| format!("`{i}`")).collect::<Vec<_>>().join(", ");
        SessionError::Inputs { reason, inputs: if inputs.is_empty() { "none".into() } else { inputs } }
    }

    /// A buffer on the session's device, to be bound to inputs and outputs. Its first contents are not defined on a
    /// device other than the CPU.
    pub fn buffer(&self, data_type: DataType, shape: &[usize]) -> Result<Buffer, SessionError> {
        Buffer::new(&self.inner, self.provider, data_type, shape)
    }

    /// A binding without inputs and outputs.
    pub fn binding(&self) -> Result<Binding, SessionError> {
        let graph = self.graphs.as_ref().map(|given| given.replace(given.get() + 1) + 1);
        Binding::new(&self.inner, graph)
    }

    /// Runs the model on bound buffers. Nothing is copied and nothing but what operators need inside is allocated.
    pub fn run_bound(&mut self, binding: &Binding) -> Result<(), SessionError> {
        let ran = match binding.options() {
            Some(options) => self.inner.run_binding_with_options(binding.inner(), options).map(drop),
            None => self.inner.run_binding(binding.inner()).map(drop),
        };
        ran.map_err(SessionError::ort("running the model"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Graph;
    use crate::model::Dim;

    #[test]
    fn weights_can_go_by_name() {
        let mut graph = Graph::new("large", 18);
        let x = graph.add_input("x", DataType::Float, [Dim::Symbol("N".into()), Dim::Fixed(64)]);
        let numbers: Vec<f32> = (0..64 * 64).map(|i| (i % 11) as f32 - 5.0).collect();
        let a = graph.constant("a", Tensor::from_vec(&[64, 64], &numbers));
        let y = graph.node("MatMul", [&x, &a], []);
        graph.add_output_as("y", &y, DataType::Float, [Dim::Symbol("N".into()), Dim::Fixed(64)]);
        let model = graph.to_model().expect("a model");
        let x = Tensor::from_vec(&[2, 64], &numbers[..128]);
        for options in [SessionOptions::plain(), SessionOptions { threads: 1, ..Default::default() }] {
            let run = |limit| {
                let mut session = Session::within(&model, &options, limit).expect("a session");
                session.run([("x", &x)]).expect("it runs")
            };
            assert_eq!(run(1024), run(LARGE));
        }
    }
}
