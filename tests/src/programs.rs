//! Where the programs under test are: built by the same cargo, with the same profile, beside the test's executable.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The repository's root.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the workspace")
}

/// The path of a program of the workspace, built if it is not or if its sources changed. `$DISSECT_PROGRAMS` names a
/// folder of programs to test instead, such as those of an installation.
pub fn program(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let given = || std::env::var_os("DISSECT_PROGRAMS").map(PathBuf::from);
    let path = FOLDER.get_or_init(|| given().unwrap_or_else(build)).join(name);
    assert!(path.exists(), "{} is not there", path.display());
    path
}

/// Builds every program once a process; with nothing to do that takes less than a second.
fn build() -> PathBuf {
    let own = std::env::current_exe().expect("a test has an executable");
    let folder = own.parent().and_then(Path::parent).expect("target/PROFILE/deps/TEST").to_owned();
    let profile = match folder.file_name().and_then(|name| name.to_str()) {
        Some("debug") | None => "dev",
        Some(name) => name,
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--locked", "--workspace", "--bins", "--profile", profile])
        .current_dir(repository())
        .output()
        .expect("cargo is there: it runs this test");
    assert!(output.status.success(), "cargo build: {}", String::from_utf8_lossy(&output.stderr));
    folder
}
