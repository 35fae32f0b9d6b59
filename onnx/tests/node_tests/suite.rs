//! ONNX's node tests as `make setup` unpacks them: a model, what goes into it and what should come out.
//! Knows files; what a case is good for is for others.

use std::path::{Path, PathBuf};

use dissect_onnx::proto::{ModelProto, TensorProto, ValueInfoProto, type_proto};
use dissect_onnx::tensor::{DataType, Tensor};
use prost::Message;

/// One node test, with its first set of data.
pub(crate) struct NodeCase {
    pub(crate) proto: ModelProto,
    /// In the order of the graph's inputs and outputs.
    pub(crate) inputs: Vec<Tensor>,
    pub(crate) outputs: Vec<Tensor>,
}

/// The folders of all cases by name. Panics with what to do where there are none.
pub(crate) fn folders() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.runtime/node-tests");
    let entries = std::fs::read_dir(&root).unwrap_or_else(|error| {
        panic!("the node tests of ONNX are not in {} ({error}); run `make setup`", root.display())
    });
    let mut folders: Vec<(String, PathBuf)> = (entries.map(|entry| entry.unwrap().path()))
        .filter(|path| path.join("model.onnx").exists())
        .map(|path| {
            (path.file_name().unwrap().to_str().unwrap().trim_start_matches("test_").to_owned(), path)
        })
        .collect();
    folders.sort();
    assert!(folders.len() > 1000, "{} holds {} cases; run `make setup`", root.display(), folders.len());
    folders
}

/// Reads a case; none where something other than tensors of numbers goes in or comes out.
pub(crate) fn read(folder: &Path) -> Option<NodeCase> {
    let proto = ModelProto::decode(std::fs::read(folder.join("model.onnx")).unwrap().as_slice()).unwrap();
    let graph = proto.graph.as_ref().unwrap();
    let data = folder.join("test_data_set_0");
    let inputs = tensors(&data, "input", &graph.input)?;
    let outputs = tensors(&data, "output", &graph.output)?;
    Some(NodeCase { inputs, outputs, proto })
}

fn tensors(data: &Path, kind: &str, infos: &[ValueInfoProto]) -> Option<Vec<Tensor>> {
    if !infos.iter().all(|info| element_type(info).is_some_and(|t| t != DataType::String)) {
        return None;
    }
    let read = |index| {
        let bytes = std::fs::read(data.join(format!("{kind}_{index}.pb"))).unwrap();
        Tensor::from_proto(&TensorProto::decode(bytes.as_slice()).unwrap()).unwrap()
    };
    Some((0..infos.len()).map(read).collect())
}

/// The element type of a declared tensor.
pub(crate) fn element_type(info: &ValueInfoProto) -> Option<DataType> {
    match info.r#type.as_ref()?.value.as_ref()? {
        type_proto::Value::Tensor(tensor) => DataType::from_number(tensor.elem_type),
        _ => None,
    }
}
