//! Reading a model file and checking what everything else relies on.

use std::io::{ErrorKind, Read};
use std::path::Path;

use prost::Message;
use prost::bytes::Bytes;

use super::{Model, ModelError, external, is_standard, limits};
use crate::proto::ModelProto;

impl Model {
    /// Protobuf's own limit of one message.
    pub const MAX_BYTES: u64 = i32::MAX as u64;

    /// Reads a model and the weights it keeps beside itself. Weights outside the model's folder are refused.
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ModelError> {
        let path = path.as_ref();
        let model = path.display().to_string();
        let failed = |source: std::io::Error| match source.kind() {
            ErrorKind::NotFound => ModelError::NotFound { model: model.clone() },
            _ => ModelError::Io { model: model.clone(), action: "reading", source },
        };
        let file = std::fs::File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(ModelError::Malformed { model, reason: "a folder, expected an .onnx file".into() });
        }
        let too_large = |bytes| ModelError::TooLarge { model: model.clone(), bytes, limit: Self::MAX_BYTES };
        if metadata.len() > Self::MAX_BYTES {
            return Err(too_large(metadata.len()));
        }
        // The limit holds for what is read too: a pipe or a growing file has no length to go by.
        let mut bytes = Vec::with_capacity(metadata.len() as usize);
        file.take(Self::MAX_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > Self::MAX_BYTES {
            return Err(too_large(bytes.len() as u64));
        }
        let mut proto = decode(bytes.into(), &model)?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        external::bring_in(&mut proto, folder, &model)?;
        check(&proto, &model)?;
        Ok(Self { proto })
    }

    /// Decodes a model. Weights kept in other files are refused, for there is no folder to find them in.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self, ModelError> {
        let model = "the model";
        let proto = decode(bytes.into(), model)?;
        external::refuse(&proto, model)?;
        check(&proto, model)?;
        Ok(Self { proto })
    }
}

fn decode(bytes: Bytes, model: &str) -> Result<ModelProto, ModelError> {
    if bytes.is_empty() {
        return Err(ModelError::NotOnnx { model: model.into(), reason: "the file is empty".into() });
    }
    ModelProto::decode(bytes).map_err(|e| ModelError::NotOnnx { model: model.into(), reason: e.to_string() })
}

fn check(proto: &ModelProto, model: &str) -> Result<(), ModelError> {
    let malformed = |reason: String| Err(ModelError::Malformed { model: model.into(), reason });
    if proto.graph.is_none() {
        return malformed("has no graph; cut short, or not an ONNX model".into());
    }
    match proto.opset_import.iter().find(|o| is_standard(&o.domain)) {
        None => malformed("imports no version of the standard operators".into()),
        Some(opset) if opset.version < 1 => malformed(format!("imports opset {}", opset.version)),
        Some(_) => limits::check(proto, model),
    }
}
