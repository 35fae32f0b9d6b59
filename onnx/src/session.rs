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
    /// Prepares a model. Weights over 2 GB are more than one message can carry to ONNX Runtime.
    pub fn new(model: &Model, options: &SessionOptions) -> Result<Self, SessionError> {
        Self::from_bytes(&model.to_bytes(), options)
    }

    /// Prepares a model given as the bytes of its file.
    pub fn from_bytes(model: &Bytes, options: &SessionOptions) -> Result<Self, SessionError> {
        let runtime = Runtime::get()?;
        device::open(runtime, options, &|mut builder| {
            builder.commit_from_memory(model).map_err(SessionError::ort("preparing the model"))
        })
        .map(|(inner, provider, note)| {
            let graphs = (options.cuda_graph && provider != Provider::Cpu).then(|| Cell::new(0));
            Self { inner, provider, note, graphs }
        })
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
