//! Writing a model so that its name appears only once it is whole and on disk.

use std::io::Write;
use std::path::Path;

use super::{Model, ModelError};

impl Model {
    /// Writes to a temporary file in the same folder, syncs, renames, and syncs the folder.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<(), ModelError> {
        let path = path.as_ref();
        let model = path.display().to_string();
        let bytes = self.to_bytes();
        if bytes.len() as u64 > Self::MAX_BYTES {
            return Err(ModelError::TooLarge { model, bytes: bytes.len() as u64, limit: Self::MAX_BYTES });
        }
        write(path, &bytes).map_err(|source| ModelError::Io { model, action: "writing", source })
    }
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(".dissect-").suffix(".partial").tempfile_in(folder)?;
    file.write_all(bytes)?;
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
