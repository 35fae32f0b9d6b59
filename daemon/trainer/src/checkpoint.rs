//! What a resume needs, as one safetensors file: tensors by name and numbers in its header. A file gets its name only
//! when it is whole and on the disk. Knows nothing of what the tensors mean.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use dissect_runs::durable;
use dissect_runs::records::Happening;
use dissect_runs::worker::{Position, Worker};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use tch::{Device, Kind, Tensor};

use crate::error::TrainError;

/// A moment of a run: so many epochs and steps done, and everything that determines the rest.
#[derive(Debug)]
pub struct Checkpoint {
    /// Where the run stood.
    pub position: Position,
    /// Numbers to go on with, kept to the last bit.
    pub numbers: BTreeMap<String, f64>,
    /// Tensors on the host.
    pub tensors: BTreeMap<String, Tensor>,
}

/// Why a checkpoint could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The file system's reason.
    #[error("cannot write checkpoint {}: {source}; those before it are kept", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file system's reason.
    #[error("cannot read checkpoint {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Not a whole safetensors file of ours.
    #[error("checkpoint {}: {reason}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// Checkpoints kept in a folder; older ones go when a newer one is whole.
const KEPT: usize = 2;

impl Checkpoint {
    /// Keeps the checkpoint with its run and says so. What was recorded until then is on the disk before the checkpoint
    /// gets its name, so that a resume never finds less than it goes on from.
    ///
    /// # Errors
    /// Records or checkpoint cannot be written.
    pub fn keep(&self, worker: &mut Worker) -> Result<(), TrainError> {
        worker.sync()?;
        self.save(&worker.folder().checkpoints())?;
        let Position { epoch, step } = self.position;
        worker.event(Happening::Checkpoint { epoch, step })?;
        Ok(())
    }

    /// Writes the checkpoint into the folder and removes all but the newest two.
    pub fn save(&self, folder: &Path) -> Result<PathBuf, CheckpointError> {
        let path = folder.join(format!("step-{:010}.safetensors", self.position.step));
        let io = |source| CheckpointError::Write { path: path.clone(), source };
        let host: Vec<(&String, Vec<u8>, Dtype, Vec<usize>)> = self
            .tensors
            .iter()
            .map(|(name, tensor)| (name, bytes(tensor), dtype(tensor.kind()), dims(tensor)))
            .collect();
        let views = host.iter().map(|(name, bytes, dtype, shape)| {
            let view = TensorView::new(*dtype, shape.clone(), bytes);
            (*name, view.expect("a tensor has as many bytes as its kind and shape say"))
        });
        let mut header: HashMap<String, String> =
            self.numbers.iter().map(|(name, value)| (name.clone(), value.to_bits().to_string())).collect();
        header.insert("epoch".to_owned(), self.position.epoch.to_string());
        header.insert("step".to_owned(), self.position.step.to_string());
        let file =
            safetensors::serialize(views, Some(header)).expect("names are unique and tensors are whole");
        fs::create_dir_all(folder).map_err(io)?;
        durable::replace(&path, &file).map_err(io)?;
        let mut older = names(folder).map_err(io)?;
        older.retain(|other| *other != path);
        for old in older.iter().rev().skip(KEPT - 1) {
            fs::remove_file(old).map_err(io)?;
        }
        Ok(path)
    }

    /// Reads one file.
    pub fn load(path: &Path) -> Result<Self, CheckpointError> {
        let file =
            fs::read(path).map_err(|source| CheckpointError::Read { path: path.to_owned(), source })?;
        let damaged = |reason: String| CheckpointError::Damaged { path: path.to_owned(), reason };
        let content = SafeTensors::deserialize(&file).map_err(|error| damaged(error.to_string()))?;
        let (_, header) = SafeTensors::read_metadata(&file).map_err(|error| damaged(error.to_string()))?;
        let mut header = header.metadata().clone().unwrap_or_default();
        let mut take = |name: &str| header.remove(name).and_then(|text| text.parse::<u64>().ok());
        let position = take("epoch")
            .and_then(|epoch| Some(Position { epoch: u32::try_from(epoch).ok()?, step: take("step")? }))
            .ok_or_else(|| damaged("its header does not say epoch and step".to_owned()))?;
        let number = |(name, text): (String, String)| {
            let bits = text.parse().map_err(|_| damaged(format!("its number `{name}` is {text:?}")))?;
            Ok((name, f64::from_bits(bits)))
        };
        let numbers = header.into_iter().map(number).collect::<Result<_, _>>()?;
        let tensor = |(name, view): (String, TensorView<'_>)| {
            let kind =
                kind(view.dtype()).ok_or_else(|| damaged(format!("`{name}` has type {:?}", view.dtype())))?;
            let shape: Vec<i64> = view.shape().iter().map(|&dim| dim as i64).collect();
            Ok((name, Tensor::from_data_size(view.data(), &shape, kind)))
        };
        let tensors = content.tensors().into_iter().map(tensor).collect::<Result<_, _>>()?;
        Ok(Self { position, numbers, tensors })
    }

    /// The newest checkpoint that can be read, if there is one, and what was wrong with those that cannot.
    pub fn newest(folder: &Path) -> (Option<Self>, Vec<CheckpointError>) {
        let mut damaged = Vec::new();
        for path in names(folder).unwrap_or_default().iter().rev() {
            match Self::load(path) {
                Ok(checkpoint) => return (Some(checkpoint), damaged),
                Err(error) => damaged.push(error),
            }
        }
        (None, damaged)
    }

    /// The tensors whose names begin with `prefix/`, without it.
    pub fn part(&self, prefix: &str) -> BTreeMap<String, Tensor> {
        let strip = |(name, tensor): (&String, &Tensor)| {
            Some((name.strip_prefix(prefix)?.strip_prefix('/')?.to_owned(), tensor.shallow_clone()))
        };
        self.tensors.iter().filter_map(strip).collect()
    }
}

/// Names the tensors `prefix/NAME` and copies them to the host.
pub fn prefixed<'a>(
    prefix: &'a str,
    tensors: &'a BTreeMap<String, Tensor>,
) -> impl Iterator<Item = (String, Tensor)> + 'a {
    tensors
        .iter()
        .map(move |(name, tensor)| (format!("{prefix}/{name}"), tensor.detach().to_device(Device::Cpu)))
}

/// The folder's checkpoints, oldest first.
fn names(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names: Vec<PathBuf> = fs::read_dir(folder)?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with("step-") && name.ends_with(".safetensors")
        })
        .collect();
    names.sort();
    Ok(names)
}

fn dims(tensor: &Tensor) -> Vec<usize> {
    tensor.size().iter().map(|&dim| dim as usize).collect()
}

fn bytes(tensor: &Tensor) -> Vec<u8> {
    let tensor = tensor.detach().to_device(Device::Cpu).contiguous();
    let mut bytes = vec![0; tensor.numel() * tensor.kind().elt_size_in_bytes()];
    tensor.copy_data_u8(&mut bytes, tensor.numel());
    bytes
}

fn dtype(kind: Kind) -> Dtype {
    match kind {
        Kind::Float => Dtype::F32,
        Kind::Double => Dtype::F64,
        Kind::Int64 => Dtype::I64,
        other => unreachable!("a checkpoint holds no {other:?} tensors"),
    }
}

fn kind(dtype: Dtype) -> Option<Kind> {
    match dtype {
        Dtype::F32 => Some(Kind::Float),
        Dtype::F64 => Some(Kind::Double),
        Dtype::I64 => Some(Kind::Int64),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint(step: u64) -> Checkpoint {
        let tensors = BTreeMap::from([
            ("network/w".to_owned(), Tensor::from_slice2(&[[1.0_f32, 2.0], [3.0, f32::MIN_POSITIVE]])),
            ("tally".to_owned(), Tensor::from_slice(&[0.1_f64])),
        ]);
        let numbers = BTreeMap::from([("seconds".to_owned(), 0.1 + 0.2)]);
        Checkpoint { position: Position { epoch: 2, step }, numbers, tensors }
    }

    #[test]
    fn everything_comes_back_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let saved = checkpoint(7);
        let loaded = Checkpoint::load(&saved.save(folder.path()).unwrap()).unwrap();
        assert_eq!(loaded.position, saved.position);
        assert_eq!(loaded.numbers, saved.numbers);
        assert_eq!(loaded.tensors, saved.tensors);
        assert_eq!(loaded.part("network")["w"], saved.tensors["network/w"]);
    }

    #[test]
    fn the_newest_two_are_kept_and_damage_falls_back_to_the_older() {
        let folder = tempfile::tempdir().unwrap();
        for step in [5, 50, 100] {
            checkpoint(step).save(folder.path()).unwrap();
        }
        let paths = names(folder.path()).unwrap();
        assert_eq!(paths.len(), 2);
        let whole = fs::read(&paths[1]).unwrap();
        for length in 0..whole.len() {
            fs::write(&paths[1], &whole[..length]).unwrap();
            let (found, damaged) = Checkpoint::newest(folder.path());
            assert_eq!(found.unwrap().position.step, 50, "cut at {length}");
            assert_eq!(damaged.len(), 1);
        }
        assert!(Checkpoint::newest(Path::new("/nowhere")).0.is_none());
    }
}
