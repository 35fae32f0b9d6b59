//! Tensors that stay on the session's device from run to run, and what they are bound to.

use ort::memory::{AllocationDevice, Allocator, AllocatorType, MemoryInfo, MemoryType};
use ort::session::{IoBinding, NoSelectedOutputs, RunOptions};
use ort::value::DynTensor;

use super::{Provider, SessionError, value};
use crate::tensor::{DataType, Tensor};

/// A tensor of fixed type and shape on a session's device.
#[derive(Debug)]
pub struct Buffer {
    value: DynTensor,
    provider: Provider,
    data_type: DataType,
    shape: Vec<usize>,
}

impl Buffer {
    pub(super) fn new(
        session: &ort::session::Session,
        provider: Provider,
        data_type: DataType,
        shape: &[usize],
    ) -> Result<Self, SessionError> {
        let failed = SessionError::ort("allocating a buffer");
        let allocate = || {
            let dims: Vec<i64> = shape.iter().map(|&d| d as i64).collect();
            let allocator = match provider {
                Provider::Cpu => Allocator::default(),
                Provider::Cuda(number) => Allocator::new(
                    session,
                    MemoryInfo::new(
                        AllocationDevice::CUDA,
                        number,
                        AllocatorType::Device,
                        MemoryType::Default,
                    )?,
                )?,
            };
            DynTensor::new(&allocator, value::element_type(data_type), dims)
        };
        let value = allocate().map_err(failed)?;
        Ok(Self { value, provider, data_type, shape: shape.to_vec() })
    }

    /// Dimensions.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Element type.
    pub fn data_type(&self) -> DataType {
        self.data_type
    }

    /// Copies a tensor of the same type and shape into the buffer.
    pub fn write(&mut self, tensor: &Tensor) -> Result<(), SessionError> {
        if tensor.data_type() != self.data_type || tensor.shape() != self.shape {
            return Err(SessionError::Value {
                value: "written to a buffer".into(),
                reason: format!(
                    "is {} {:?}, expected {} {:?}",
                    tensor.data_type(),
                    tensor.shape(),
                    self.data_type,
                    self.shape
                ),
            });
        }
        match self.provider {
            Provider::Cpu => value::write(&mut self.value, tensor.bytes()),
            Provider::Cuda(_) => value::to_ort(tensor)?
                .copy_into(&mut self.value)
                .map_err(SessionError::ort("copying to the device"))?,
        }
        Ok(())
    }

    /// Copies the buffer to the CPU.
    pub fn read(&self) -> Result<Tensor, SessionError> {
        match self.provider {
            Provider::Cpu => value::read("of a buffer", &self.value),
            Provider::Cuda(_) => {
                let copy = self
                    .value
                    .to(AllocationDevice::CPU, 0)
                    .map_err(SessionError::ort("copying from the device"))?;
                value::read("of a buffer", &copy)
            }
        }
    }
}

/// Which buffers a run reads and writes. A buffer may be bound in several bindings, so that one run's output is the
/// next one's input. Buffers stay in memory as long as they are bound.
pub struct Binding {
    inner: IoBinding,
    options: Option<RunOptions<NoSelectedOutputs>>,
}

impl std::fmt::Debug for Binding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Binding")
            .field("inner", &self.inner)
            .field("captured", &self.options.is_some())
            .finish()
    }
}

impl Binding {
    /// `graph` numbers the CUDA graph that the binding's runs are, where they are captured: a graph has the addresses of
    /// one binding's buffers.
    pub(super) fn new(session: &ort::session::Session, graph: Option<u32>) -> Result<Self, SessionError> {
        let failed = || SessionError::ort("binding buffers");
        let inner = session.create_binding().map_err(failed())?;
        let options = match graph {
            None => None,
            Some(number) => {
                let mut options = RunOptions::new().map_err(failed())?;
                options.set("gpu_graph_id", number.to_string()).map_err(failed())?;
                Some(options)
            }
        };
        Ok(Self { inner, options })
    }

    pub(super) fn inner(&self) -> &IoBinding {
        &self.inner
    }

    pub(super) fn options(&self) -> Option<&RunOptions<NoSelectedOutputs>> {
        self.options.as_ref()
    }

    /// Reads an input from a buffer at every run.
    pub fn input(&mut self, name: &str, buffer: &Buffer) -> Result<(), SessionError> {
        self.inner.bind_input(name, &buffer.value).map_err(SessionError::ort("binding an input"))
    }

    /// Writes an output to a buffer at every run.
    pub fn output(&mut self, name: &str, buffer: &mut Buffer) -> Result<(), SessionError> {
        self.inner.bind_output(name, &mut buffer.value).map_err(SessionError::ort("binding an output"))
    }
}
