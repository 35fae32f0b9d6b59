//! Sessions run what graphs say, and buffers stay where they are from run to run.

use dissect_onnx::graph::{Graph, attr};
use dissect_onnx::model::Dim;
use dissect_onnx::session::{ConvolutionSearch, Device, Provider, Session, SessionError, SessionOptions};
use dissect_onnx::tensor::{DataType, Tensor};

/// `y = 2 x + 1` on vectors of any length.
fn line() -> Graph {
    let mut graph = Graph::new("line", 17);
    let x = graph.add_input("x", DataType::Float, [Dim::Symbol("n".into())]);
    let two = graph.scalar(2_f32);
    let one = graph.scalar(1_f32);
    let product = graph.node("Mul", [&x, &two], []);
    let sum = graph.node("Add", [&product, &one], []);
    graph.add_output_as("y", &sum, DataType::Float, [Dim::Symbol("n".into())]);
    graph
}

fn options() -> SessionOptions {
    SessionOptions { device: Device::Cpu, threads: 1, ..Default::default() }
}

#[test]
fn runs_named_tensors() {
    let mut session = Session::new(&line().to_model().unwrap(), &options()).unwrap();
    assert_eq!(session.provider(), Provider::Cpu);
    let x = Tensor::from_vec(&[3], &[0_f32, 1.0, -2.0]);
    let outputs = session.run([("x", &x)]).unwrap();
    assert_eq!(outputs["y"].to_vec::<f32>().unwrap(), [1.0, 3.0, -3.0]);
}

#[test]
fn buffers_are_updated_in_place() {
    let mut session = Session::new(&line().to_model().unwrap(), &options()).unwrap();
    let mut buffers = [0, 1].map(|_| session.buffer(DataType::Float, &[2]).unwrap());
    buffers[0].write(&Tensor::from_vec(&[2], &[0_f32, 1.0])).unwrap();
    let bindings = [0, 1].map(|from| {
        let mut binding = session.binding().unwrap();
        binding.input("x", &buffers[from]).unwrap();
        binding.output("y", &mut buffers[1 - from]).unwrap();
        binding
    });
    for step in 0..5 {
        session.run_bound(&bindings[step % 2]).unwrap();
    }
    assert_eq!(buffers[1].read().unwrap().to_vec::<f32>().unwrap(), [31.0, 63.0]);
    assert_eq!(buffers[0].read().unwrap().to_vec::<f32>().unwrap(), [15.0, 31.0]);
}

#[test]
fn errors_name_inputs_and_devices() {
    let model = line().to_model().unwrap();
    let mut session = Session::new(&model, &options()).unwrap();
    let x = Tensor::from_vec(&[1], &[0_f32]);
    let error = session.run([("z", &x)]).unwrap_err();
    assert_eq!(error.to_string(), "there is no input `z`; the model's inputs are `x`");
    let error = session.run::<&str>([]).unwrap_err();
    assert_eq!(error.to_string(), "input `x` is not given; the model's inputs are `x`");
    let wrong = Tensor::from_vec(&[1], &[0_f64]);
    assert!(matches!(session.run([("x", &wrong)]), Err(SessionError::Ort { .. })));
    assert_eq!(
        "gpu".parse::<Device>().unwrap_err(),
        "unknown device `gpu`, expected auto, cpu, cuda or cuda:NUMBER"
    );
    assert_eq!("cuda:1".parse(), Ok(Device::Cuda(1)));
    for search in ["exhaustive", "heuristic", "fixed"] {
        assert_eq!(search.parse::<ConvolutionSearch>().unwrap().to_string(), search);
    }
    assert!(
        "best".parse::<ConvolutionSearch>().unwrap_err().contains("expected exhaustive, heuristic or fixed")
    );
    if !std::path::Path::new("/dev/nvidiactl").exists() {
        let options = SessionOptions { device: Device::Cuda(1), ..Default::default() };
        let error = Session::new(&model, &options).unwrap_err();
        assert!(error.to_string().starts_with("device `cuda:1` cannot be used: "), "{error}");
        let session = Session::new(&model, &SessionOptions::default()).unwrap();
        assert!(session.note().unwrap().starts_with("on the CPU: device `cuda:0` cannot be used"));
    }
}

#[test]
fn all_types_go_in_and_out() {
    let types = [DataType::Float, DataType::Double, DataType::Float16, DataType::Bfloat16, DataType::Int64]
        .into_iter()
        .chain([DataType::Int32, DataType::Uint8, DataType::Bool]);
    for data_type in types {
        let mut graph = Graph::new("copy", 17);
        let x = graph.add_input("x", data_type, [Dim::Fixed(2), Dim::Unknown]);
        let copy = graph.node("Transpose", [&x], [attr("perm", [1, 0])]);
        graph.add_output_as("y", &copy, data_type, [Dim::Unknown, Dim::Fixed(2)]);
        let mut session = Session::new(&graph.to_model().unwrap(), &options()).unwrap();
        let x = Tensor::from_f64s(data_type, &[2, 3], &[0.0, 1.0, 0.0, 1.0, 1.0, 0.0]).unwrap();
        let y = session.run([("x", &x)]).unwrap().remove("y").unwrap();
        assert_eq!((y.data_type(), y.shape()), (data_type, &[3, 2][..]));
        assert_eq!(y.to_f64s().unwrap(), [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
    }
}
