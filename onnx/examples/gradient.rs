//! Writes the gradient model of a file beside it, runs both, and says what the gradient costs.
//!
//! ```console
//! $ cargo run --release --example gradient -- resnet.onnx 8
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::{Duration, Instant};

use dissect_onnx::gradient::{Options, differentiate};
use dissect_onnx::model::{Dim, Model, ValueInfo};
use dissect_onnx::session::{Session, SessionOptions};
use dissect_onnx::tensor::Tensor;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (path, batch) = match arguments.as_slice() {
        [path] => (path, 1),
        [path, batch] => (path, batch.parse()?),
        _ => return Err("usage: gradient MODEL.onnx [BATCH]".into()),
    };
    println!("{}", run(Path::new(path), batch)?);
    Ok(())
}

/// Differentiates the model, saves its gradient as `NAME-gradient.onnx`, and gives a line with the time of both.
pub(crate) fn run(path: &Path, batch: usize) -> Result<String, Box<dyn Error>> {
    let model = Model::load(path)?;
    let gradient = differentiate(&model, &Options::default())?;
    gradient.save(path.with_file_name(format!(
        "{}-gradient.onnx",
        path.file_stem().unwrap_or_default().to_string_lossy()
    )))?;

    let mut inputs = tensors(&model.inputs()?, batch, 0.1)?;
    let options = SessionOptions::default();
    let forward = median(&mut Session::new(&model, &options)?, &inputs)?;
    inputs.append(&mut tensors(&gradient.inputs()?, batch, 0.1)?);
    let both = median(&mut Session::new(&gradient, &options)?, &inputs)?;
    Ok(format!(
        "{} nodes, forward {forward:.1?}; {} nodes, forward and gradient {both:.1?}, {:.2} times as long",
        model.graph().node.len(),
        gradient.graph().node.len(),
        both.as_secs_f64() / forward.as_secs_f64()
    ))
}

/// A tensor full of one number for each input, its open dimensions being the batch.
fn tensors(
    inputs: &[ValueInfo],
    batch: usize,
    value: f64,
) -> Result<BTreeMap<String, Tensor>, Box<dyn Error>> {
    let mut tensors = BTreeMap::new();
    for input in inputs {
        let dims = input.dims.as_ref().ok_or("an input without a declared shape")?;
        let shape: Vec<usize> = (dims.iter())
            .map(|dim| match dim {
                Dim::Fixed(size) => *size,
                Dim::Symbol(_) | Dim::Unknown => batch,
            })
            .collect();
        let values = vec![value; shape.iter().product()];
        tensors.insert(input.name.clone(), Tensor::from_f64s(input.data_type, &shape, &values)?);
    }
    Ok(tensors)
}

/// Median time of five runs after a first one.
fn median(session: &mut Session, inputs: &BTreeMap<String, Tensor>) -> Result<Duration, Box<dyn Error>> {
    session.run(inputs)?;
    let mut times = Vec::new();
    for _ in 0..5 {
        let begun = Instant::now();
        session.run(inputs)?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times[2])
}
