//! The picture of what the generator makes of the same 64 starts.

use std::path::{Path, PathBuf};

use dissect_onnx::figures::{Row, Sheet};
use dissect_runs::durable;
use tch::Tensor;

use crate::error::TrainError;
use crate::network::to_vec;

/// Rows and columns.
const SIDE: usize = 8;
/// Images in the picture.
pub(super) const SAMPLES: usize = SIDE * SIDE;

/// Writes `results/samples-epoch-NNNN.png`; images `[64, 3, height, width]`.
pub(super) fn write(images: &Tensor, results: &Path, epoch: u32) -> Result<PathBuf, TrainError> {
    let (height, width) = (images.size()[2] as usize, images.size()[3] as usize);
    let values = to_vec(images);
    let tiles: Vec<&[f32]> = values.chunks_exact(3 * height * width).collect();
    let rows = tiles.chunks(SIDE).map(|tiles| Row { label: String::new(), images: tiles.to_vec() }).collect();
    let png = Sheet { height, width, rows, scale: 2 }.to_png()?;
    let path = results.join(format!("samples-epoch-{epoch:04}.png"));
    let written = std::fs::create_dir_all(results).and_then(|()| durable::replace(&path, &png));
    written.map_err(|source| TrainError::Write { path: path.clone(), source })?;
    Ok(path)
}
