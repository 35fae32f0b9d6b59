//! Models that are too large for one message: weights moved out of it, to be written beside it or given to ONNX Runtime
//! by name. Format: <https://github.com/onnx/onnx/blob/main/docs/ExternalData.md>

use prost::Message;
use prost::bytes::Bytes;

use super::Model;
use crate::proto::{StringStringEntryProto, TensorProto};
use crate::tensor::{Tensor, TensorError};

/// Smaller weights stay in the message.
const SMALL: usize = 1024;
/// Offsets are multiples of a page, so that readers can map the file.
const PAGE: u64 = 4096;

/// A weight that was moved out of the message, and where it begins in the file.
#[derive(Clone, Debug)]
pub(crate) struct Weight {
    pub(crate) name: String,
    pub(crate) tensor: Tensor,
    pub(crate) offset: u64,
}

/// A message and the weights it no longer has.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) message: Bytes,
    pub(crate) weights: Vec<Weight>,
}

impl Model {
    /// The model as one message where that takes no more than `limit` bytes, else without its weights, which are said to
    /// be in the file `location`. No weight is copied but to the message.
    pub(crate) fn parts(&self, limit: u64, location: &str) -> Result<Parts, (String, TensorError)> {
        if self.proto.encoded_len() as u64 <= limit {
            return Ok(Parts { message: self.to_bytes(), weights: Vec::new() });
        }
        let mut proto = self.proto.clone();
        let mut weights = Vec::new();
        let mut end = 0_u64;
        let graph = proto.graph.as_mut().expect("every model has a graph");
        for message in &mut graph.initializer {
            let tensor = Tensor::from_proto(message).map_err(|e| (message.name.clone(), e))?;
            if tensor.bytes().len() < SMALL {
                continue;
            }
            let offset = end.next_multiple_of(PAGE);
            let length = tensor.bytes().len() as u64;
            end = offset + length;
            let entry = |key: &str, value: String| StringStringEntryProto { key: key.into(), value };
            *message = TensorProto {
                name: message.name.clone(),
                data_type: message.data_type,
                dims: message.dims.clone(),
                data_location: 1,
                external_data: vec![
                    entry("location", location.to_owned()),
                    entry("offset", offset.to_string()),
                    entry("length", length.to_string()),
                ],
                ..Default::default()
            };
            weights.push(Weight { name: message.name.clone(), tensor, offset });
        }
        Ok(Parts { message: proto.encode_to_vec().into(), weights })
    }
}
