//! Writing a model so that its name appears only once it is whole and on disk.

use std::ffi::OsString;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::large::Weight;
use super::{Model, ModelError};

impl Model {
    /// Writes to a temporary file in the same folder, syncs, renames, and syncs the folder. Weights of a model over 2 GB go
    /// into `NAME.onnx.data` beside `NAME.onnx`; that file is complete before the model's name appears.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ModelError> {
        self.save_within(path.as_ref(), Self::MAX_BYTES)
    }

    /// As [`Model::save`], with another limit of one file.
    pub(crate) fn save_within(&self, path: &Path, limit: u64) -> Result<(), ModelError> {
        let model = path.display().to_string();
        let data = data_path(path);
        let location = data.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let parts = self.parts(limit, &location).map_err(|(tensor, source)| ModelError::Tensor {
            model: model.clone(),
            tensor,
            source,
        })?;
        let bytes = parts.message.len() as u64;
        if bytes > limit {
            return Err(ModelError::TooLarge { model, bytes, limit });
        }
        let failed = |source| ModelError::Io { model: model.clone(), action: "writing", source };
        if !parts.weights.is_empty() {
            write(&data, |file| write_weights(file, &parts.weights)).map_err(failed)?;
        }
        write(path, |file| file.write_all(&parts.message)).map_err(failed)
    }
}

fn data_path(path: &Path) -> PathBuf {
    let mut name: OsString = path.as_os_str().to_owned();
    name.push(".data");
    name.into()
}

fn write_weights(file: &mut std::fs::File, weights: &[Weight]) -> std::io::Result<()> {
    for weight in weights {
        file.seek(SeekFrom::Start(weight.offset))?;
        file.write_all(weight.tensor.bytes())?;
    }
    Ok(())
}

fn write(
    path: &Path,
    content: impl FnOnce(&mut std::fs::File) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".dissect-").suffix(".partial").tempfile_in(folder)?;
    content(file.as_file_mut())?;
    // A temporary file is its owner's alone; a model is as readable as any other file.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|e| e.error)?;
    std::fs::File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Graph;
    use crate::model::Dim;
    use crate::tensor::{DataType, Tensor};

    /// `y = (x a) b + c`, of which a and b are large.
    fn model() -> Model {
        let mut graph = Graph::new("large", 18);
        let x = graph.add_input("x", DataType::Float, [Dim::Symbol("N".into()), Dim::Fixed(32)]);
        let numbers = |n: usize| (0..n).map(|i| (i % 7) as f32 - 3.0).collect::<Vec<_>>();
        let a = graph.constant("a", Tensor::from_vec(&[32, 64], &numbers(32 * 64)));
        let b = graph.constant("b", Tensor::from_vec(&[64, 32], &numbers(64 * 32)));
        let c = graph.constant("c", Tensor::from_vec(&[32], &numbers(32)));
        let h = graph.node("MatMul", [x, a], []);
        let y = graph.node("MatMul", [h, b], []);
        let y = graph.node("Add", [y, c], []);
        graph.add_output_as("y", &y, DataType::Float, [Dim::Symbol("N".into()), Dim::Fixed(32)]);
        graph.to_model().expect("a model")
    }

    #[test]
    fn large_models_are_written_in_two_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("m.onnx");
        let model = model();
        for (limit, files) in [(Model::MAX_BYTES, 1), (4096, 2)] {
            model.save_within(&path, limit).expect("it is written");
            let names: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
            assert_eq!(names.len(), files);
            assert_eq!(Model::load(&path).expect("it is read"), model);
        }
        let data = folder.path().join("m.onnx.data");
        assert_eq!(std::fs::metadata(&data).expect("weights").len(), 2 * 8192);
        // What does not fit even without its weights is refused, and nothing changes.
        assert!(matches!(model.save_within(&path, 100), Err(ModelError::TooLarge { .. })));
        assert_eq!(Model::load(&path).expect("it is read"), model);
        let bytes = std::fs::read(&path).expect("the file");
        let error = Model::from_bytes(bytes).expect_err("its weights are elsewhere").to_string();
        assert!(error.ends_with("kept in another file, which a model given as bytes cannot have"), "{error}");
    }
}
