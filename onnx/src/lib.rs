//! ONNX models as data: files and graphs, **gradients of graphs**, sessions in ONNX Runtime, and dissection.
//!
//! [`gradient::differentiate`] takes any classifier in ONNX and writes its backward pass as another ONNX model of
//! standard operators, which any ONNX Runtime runs, on any device:
//!
//! ```
//! use dissect_onnx::gradient::{Options, differentiate};
//! use dissect_onnx::graph::{Graph, attr};
//! use dissect_onnx::model::Dim;
//! use dissect_onnx::session::{Session, SessionOptions};
//! use dissect_onnx::tensor::{DataType, Tensor};
//!
//! // A model made here; `Model::load("model.onnx")?` reads one from a file.
//! let batch = || Dim::Symbol("batch".into());
//! let mut graph = Graph::new("classifier", 18);
//! let x = graph.add_input("x", DataType::Float, [batch(), Dim::Fixed(2)]);
//! let weights = graph.constant("weights", Tensor::from_vec(&[2, 3], &[1_f32, 2.0, 3.0, 4.0, 5.0, 6.0]));
//! let hidden = graph.node("MatMul", [&x, &weights], []);
//! let y = graph.node("Softmax", [&hidden], [attr("axis", -1)]);
//! graph.add_output_as("y", &y, DataType::Float, [batch(), Dim::Fixed(3)]);
//! let model = graph.to_model()?;
//!
//! // The model's inputs and outputs, an input `y_grad` and an output `x_grad`.
//! let gradient = differentiate(&model, &Options::default())?;
//! let mut session = Session::new(&gradient, &SessionOptions::default())?;
//! let image = Tensor::from_vec(&[1, 2], &[0_f32, 0.0]);
//! let first_class = Tensor::from_vec(&[1, 3], &[1_f32, 0.0, 0.0]);
//! let out = session.run([("x", &image), ("y_grad", &first_class)])?;
//! let slope = out["x_grad"].to_vec::<f32>()?;
//! assert!(slope.iter().all(|g| (g + 1.0 / 3.0).abs() < 1e-6), "{slope:?}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is where
//!
//! | module | owns |
//! | --- | --- |
//! | [`model`], [`proto`], [`tensor`], [`npy`] | files, the messages in them, and typed arrays |
//! | [`graph`] | the editable graph: build, merge, cut, upgrade, fold |
//! | [`observe`] | shapes and known values of everything in a graph, from running it |
//! | [`gradient`] | reverse-mode differentiation, one small rule an operator |
//! | [`inspect`] | what a model is, and which nodes stand in the way of its gradient |
//! | [`runtime`], [`session`] | ONNX Runtime: found, loaded, run, with buffers that stay on the device |
//! | [`arch`], [`export`] | networks described as data, and their ONNX files |
//! | [`dissect`], [`figures`] | Neural Network Memorization Dissection (Gu and Tresp 2019), and its pictures |
//!
//! # ONNX Runtime
//!
//! The library is opened when it is first needed: the file that `ORT_DYLIB_PATH` names, else one of the places that
//! [`runtime::Runtime::get`] lists. Reading, editing and writing models needs none of it; differentiating does, because
//! ONNX Runtime says what shapes are.
//!
//! The examples of the package are whole programs: `gradient` (a gradient model from a file, timed), `saliency` (which
//! pixels a class depends on, as a picture) and `distance` (two models dissected through a generator).

pub mod arch;
pub mod dissect;
pub mod export;
pub mod figures;
pub mod gradient;
pub mod graph;
pub mod inspect;
pub mod model;
pub mod npy;
pub mod observe;
pub mod proto;
pub mod runtime;
pub mod session;
pub mod tensor;
mod unroll;
