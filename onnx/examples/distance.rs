//! The paper's distance between classifiers (Gu and Tresp 2019): patterns that excite the first one's classes, shown to
//! the others.
//!
//! ```console
//! $ cargo run --release --example distance -- generator.onnx first.onnx second.onnx third.onnx
//! ```

use std::error::Error;
use std::ops::ControlFlow;
use std::path::PathBuf;

use dissect_onnx::dissect::{ModelRef, Report, Settings, dissect};

fn main() -> Result<(), Box<dyn Error>> {
    let mut paths = std::env::args().skip(1).map(PathBuf::from);
    let generator = paths.next().ok_or("usage: distance GENERATOR.onnx F1.onnx F2.onnx...")?;
    let report = run(generator, paths.collect(), 10, 100)?;
    println!("{:24} {:>10} {:>10} {:>10}", "f2", "before", "after", "agreement");
    for pair in &report.pairs {
        println!("{:24} {:10.4} {:10.4} {:10.2}", pair.f2, pair.before, pair.dist, pair.agreement);
    }
    Ok(())
}

/// Dissects with a few starts a class; progress goes to the standard error stream.
pub(crate) fn run(
    generator: PathBuf,
    models: Vec<PathBuf>,
    seeds: usize,
    steps: usize,
) -> Result<Report, Box<dyn Error>> {
    let models = models.into_iter().map(ModelRef::new).collect();
    let settings = Settings { seeds, steps, ..Settings::new(models, generator) };
    let outcome = dissect(&settings, &mut |progress| {
        if let Some(measured) = &progress.measured {
            eprintln!("step {:5}: {} is {:.3} sure", progress.step, progress.f1, measured.activation);
        }
        ControlFlow::Continue(())
    })?;
    Ok(outcome.report)
}
