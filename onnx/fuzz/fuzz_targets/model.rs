//! Any bytes as a file: read, and brought into the editable graph and back.
#![no_main]

use dissect_onnx::graph::Graph;
use dissect_onnx::model::Model;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(model) = Model::from_bytes(bytes.to_vec())
        && let Ok(graph) = Graph::from_model(&model)
    {
        let _ = graph.to_model();
    }
});
