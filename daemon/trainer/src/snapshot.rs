//! Snapshots: a network exported to ONNX, run in ONNX Runtime beside libtorch on a probe batch, and named only if the
//! two agree.

use std::path::{Path, PathBuf};

use dissect_onnx::export::{ExportError, Metadata, export};
use dissect_onnx::model::ModelError;
use dissect_onnx::session::{Session, SessionError, SessionOptions};
use dissect_onnx::tensor::{Tensor as Array, TensorError};
use tch::{Tensor, no_grad};

use crate::network::{Mode, Network, to_vec};

/// The largest difference between libtorch's output and ONNX Runtime's that a snapshot may show, for outputs up to 1 in
/// size; larger outputs may differ in proportion, as float32 rounds in proportion.
pub const TOLERANCE: f64 = 1e-4;

/// Why there is no snapshot.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// The two runtimes disagree.
    #[error(
        "snapshot {}: ONNX Runtime's output differs from libtorch's by {found:e}, more than {allowed:e}; the \
         file was not written", path.display()
    )]
    Differs {
        /// The file it would have been.
        path: PathBuf,
        /// The largest difference over the probe batch.
        found: f64,
        /// What it may be.
        allowed: f64,
    },
    /// The network could not be written as ONNX.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// ONNX Runtime could not run it.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// Its output is not what was expected.
    #[error(transparent)]
    Output(#[from] TensorError),
    /// The file could not be written.
    #[error(transparent)]
    Save(#[from] ModelError),
    /// Its folder could not be made.
    #[error("cannot make {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}

/// Exports the network to `path` after checking it on the probe batch `[batch, ..input]`; gives the largest absolute
/// difference between the two runtimes' outputs, never NaN.
pub fn write(
    network: &Network,
    metadata: &Metadata,
    probe: &Tensor,
    path: &Path,
) -> Result<f64, SnapshotError> {
    let model = export(network.architecture(), &network.weights(), metadata)?;
    let expected = to_vec(&no_grad(|| network.forward(probe, Mode::Evaluate)));
    let mut session = Session::new(&model, &SessionOptions::default())?;
    let shape: Vec<usize> = probe.size().iter().map(|&dim| dim as usize).collect();
    let input = Array::from_vec(&shape, &to_vec(probe));
    let name = model.inputs()?[0].name.clone();
    let outputs = session.run([(name, &input)])?;
    let output = outputs.values().next().expect("an exported network has an output").to_vec::<f32>()?;
    let largest = largest_difference(&expected, &output);
    let allowed = TOLERANCE * expected.iter().map(|value| f64::from(value.abs())).fold(1.0, f64::max);
    if largest > allowed {
        return Err(SnapshotError::Differs { path: path.to_owned(), found: largest, allowed });
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .map_err(|source| SnapshotError::Folder { path: folder.to_owned(), source })?;
    model.save(path)?;
    Ok(largest)
}

/// Infinite where a value is not finite or the lengths differ.
fn largest_difference(expected: &[f32], found: &[f32]) -> f64 {
    if expected.len() != found.len() {
        return f64::INFINITY;
    }
    let difference = |(a, b): (&f32, &f32)| {
        let difference = f64::from((a - b).abs());
        if difference.is_finite() { difference } else { f64::INFINITY }
    };
    expected.iter().zip(found).map(difference).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dissect_onnx::arch::{CLASSIFIERS, ClassifierOptions, classifier, generator};
    use dissect_onnx::model::Model;
    use tch::{Device, Kind};

    #[test]
    fn every_architecture_exports_as_it_computes() {
        let folder = tempfile::tempdir().unwrap();
        let mut networks = Vec::new();
        for (name, batch_norm) in CLASSIFIERS.iter().map(|name| (*name, true)).chain([("vgg11", false)]) {
            let options = ClassifierOptions { batch_norm, width: 0.125, classes: 10, image: [3, 32, 32] };
            networks.push(classifier(name, &options).unwrap());
        }
        networks.push(generator(16, 8).unwrap());
        for architecture in networks {
            let network = Network::new(architecture, 3, Device::Cpu);
            let dims = network.architecture().input().dims();
            let shape: Vec<i64> = std::iter::once(4).chain(dims.into_iter().map(|dim| dim as i64)).collect();
            let probe = Tensor::randn(shape, (Kind::Float, Device::Cpu));
            // Gathered statistics that are not the initial zeros and ones.
            let _ = no_grad(|| network.forward(&probe, Mode::Train));
            let path = folder.path().join("snapshots").join("model.onnx");
            let name = network.architecture().name();
            let outputs = no_grad(|| network.forward(&probe, Mode::Evaluate));
            let largest = f64::try_from(outputs.abs().max()).unwrap().max(1.0);
            let difference = write(&network, &Metadata::default(), &probe, &path)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(difference <= 1e-5 * largest, "{name}: {difference} of {largest}");
            Model::load(&path).unwrap();
        }
    }

    #[test]
    fn a_snapshot_that_differs_never_appears() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.onnx");
        let options = ClassifierOptions { batch_norm: true, width: 0.125, classes: 10, image: [3, 32, 32] };
        let network = Network::new(classifier("vgg11", &options).unwrap(), 3, Device::Cpu);
        let probe = Tensor::full([2, 3, 32, 32], f64::NAN, (Kind::Float, Device::Cpu));
        let error = write(&network, &Metadata::default(), &probe, &path).unwrap_err();
        assert!(matches!(error, SnapshotError::Differs { .. }), "{error}");
        assert!(!path.exists());
    }
}
