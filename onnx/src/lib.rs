//! ONNX models as data: files and graphs, gradients of graphs, sessions, and dissection.

pub mod arch;
pub mod dissect;
pub mod export;
pub mod figures;
pub mod gradient;
pub mod graph;
pub mod inspect;
pub mod model;
pub mod observe;
pub mod proto;
pub mod runtime;
pub mod session;
pub mod tensor;
