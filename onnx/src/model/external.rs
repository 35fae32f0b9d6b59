//! Weights that a model keeps in files beside itself: read in, inside the model's folder only.
//! Format: <https://github.com/onnx/onnx/blob/main/docs/ExternalData.md>

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Component, Path};

use prost::bytes::Bytes;

use super::ModelError;
use crate::proto::{GraphProto, ModelProto, NodeProto, TensorProto};
use crate::tensor::DataType;

/// Whether a tensor's data is in another file.
fn is_external(tensor: &TensorProto) -> bool {
    tensor.data_location == 1
}

/// Calls `visit` with every tensor of a graph and of the graphs inside its nodes.
fn each_tensor<E>(
    graph: &mut GraphProto,
    visit: &mut dyn FnMut(&mut TensorProto) -> Result<(), E>,
) -> Result<(), E> {
    graph.initializer.iter_mut().try_for_each(&mut *visit)?;
    for attribute in graph.node.iter_mut().flat_map(|n| &mut n.attribute) {
        attribute.t.iter_mut().chain(&mut attribute.tensors).try_for_each(&mut *visit)?;
        attribute.g.iter_mut().chain(&mut attribute.graphs).try_for_each(|g| each_tensor(g, visit))?;
    }
    Ok(())
}

/// Moves the data of all external tensors into the message.
pub(super) fn bring_in(proto: &mut ModelProto, folder: &Path, model: &str) -> Result<(), ModelError> {
    let mut files = HashMap::new();
    let mut bring = |tensor: &mut TensorProto| {
        if !is_external(tensor) {
            return Ok(());
        }
        let bytes = read(tensor, folder, &mut files).map_err(|reason| ModelError::External {
            model: model.into(),
            tensor: tensor.name.clone(),
            reason,
        })?;
        tensor.raw_data = bytes;
        tensor.data_location = 0;
        tensor.external_data.clear();
        Ok(())
    };
    proto.graph.iter_mut().try_for_each(|graph| each_tensor(graph, &mut bring))?;
    for attribute in proto.functions.iter_mut().flat_map(|f| &mut f.node).flat_map(|n| &mut n.attribute) {
        attribute.t.iter_mut().chain(&mut attribute.tensors).try_for_each(&mut bring)?;
        attribute.g.iter_mut().chain(&mut attribute.graphs).try_for_each(|g| each_tensor(g, &mut bring))?;
    }
    Ok(())
}

/// An error for the first external tensor, also of graphs inside nodes and of functions.
pub(super) fn refuse(proto: &ModelProto, model: &str) -> Result<(), ModelError> {
    let mut nodes: Vec<&NodeProto> = proto.functions.iter().flat_map(|f| &f.node).collect();
    let mut graphs: Vec<&GraphProto> = proto.graph.iter().collect();
    let mut found = None;
    while found.is_none() && (!nodes.is_empty() || !graphs.is_empty()) {
        let mut tensors: Vec<&TensorProto> = Vec::new();
        for graph in std::mem::take(&mut graphs) {
            tensors.extend(&graph.initializer);
            nodes.extend(&graph.node);
        }
        for attribute in std::mem::take(&mut nodes).into_iter().flat_map(|n| &n.attribute) {
            tensors.extend(attribute.t.iter().chain(&attribute.tensors));
            graphs.extend(attribute.g.iter().chain(&attribute.graphs));
        }
        found = tensors.into_iter().find(|t| is_external(t));
    }
    match found {
        None => Ok(()),
        Some(tensor) => Err(ModelError::External {
            model: model.into(),
            tensor: tensor.name.clone(),
            reason: "kept in another file, which a model given as bytes cannot have".into(),
        }),
    }
}

fn read(tensor: &TensorProto, folder: &Path, files: &mut HashMap<String, File>) -> Result<Bytes, String> {
    let entry = |key: &str| tensor.external_data.iter().find(|e| e.key == key).map(|e| e.value.as_str());
    let number = |key: &str| match entry(key) {
        None => Ok(None),
        Some(text) => {
            text.parse::<u64>().map(Some).map_err(|_| format!("{key} is `{text}`, expected a number"))
        }
    };
    let location = entry("location").ok_or("no location")?;
    let expected = expected_length(tensor)?;
    let length = number("length")?.unwrap_or(expected);
    if length != expected {
        return Err(format!("{length} bytes, expected {expected} for its type and shape"));
    }
    let offset = number("offset")?.unwrap_or(0);
    if !files.contains_key(location) {
        files.insert(location.into(), open(location, folder)?);
    }
    let file = files.get_mut(location).expect("just opened");
    let available = file.metadata().map_err(|e| format!("`{location}`: {e}"))?.len();
    if offset.checked_add(length).is_none_or(|end| end > available) {
        return Err(format!("`{location}` has {available} bytes, expected {length} from {offset} on"));
    }
    let mut bytes = vec![0; length as usize];
    file.seek(SeekFrom::Start(offset))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(|e| format!("`{location}`: {e}"))?;
    Ok(bytes.into())
}

fn expected_length(tensor: &TensorProto) -> Result<u64, String> {
    let data_type = DataType::from_number(tensor.data_type)
        .filter(|&t| t != DataType::String)
        .ok_or_else(|| format!("data type {} is not supported", tensor.data_type))?;
    let shape = tensor.dims.iter().map(|&d| usize::try_from(d).ok()).collect::<Option<Vec<_>>>();
    (shape.and_then(|s| data_type.bytes_of(&s)).map(|n| n as u64))
        .ok_or_else(|| format!("dimensions {:?} are not a size", tensor.dims))
}

/// Opens a file of the folder or below it, also where links would lead out of it.
fn open(location: &str, folder: &Path) -> Result<File, String> {
    let inside =
        Path::new(location).components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir));
    let refused = || format!("`{location}` is outside the model's folder");
    if !inside {
        return Err(refused());
    }
    let path = folder.join(location).canonicalize().map_err(|e| format!("`{location}`: {e}"))?;
    let folder = folder.canonicalize().map_err(|e| format!("`{}`: {e}", folder.display()))?;
    if !path.starts_with(&folder) {
        return Err(refused());
    }
    let file = File::open(&path).map_err(|e| format!("`{location}`: {e}"))?;
    if file.metadata().is_ok_and(|m| m.is_file()) {
        Ok(file)
    } else {
        Err(format!("`{location}` is not a file"))
    }
}
