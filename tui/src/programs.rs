//! Where our other programs are: beside this one, else on PATH.

use std::env;
use std::path::PathBuf;

/// The path of one of our programs.
pub fn find(name: &str) -> Option<PathBuf> {
    let beside = env::current_exe().ok().and_then(|own| Some(own.parent()?.join(name)));
    let on_path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&on_path).map(|folder| folder.join(name)).collect::<Vec<_>>();
    beside.into_iter().chain(on_path).find(|path| path.is_file())
}
