//! A GPU driver's library made for a test: two GPUs, of which the second says next to nothing, and which hangs on demand.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Finished, TestHome};

/// What the library does, in C. While the file that `FAKE_NVML_HANGS` names is there, every call waits.
const SOURCE: &str = include_str!("fake_driver.c");

/// The library, compiled. Programs find it by `LD_LIBRARY_PATH` and `FAKE_NVML_HANGS`.
#[derive(Debug)]
pub struct FakeDriver {
    folder: PathBuf,
}

impl FakeDriver {
    /// Compiles it into a home.
    pub fn compiled_in(home: &TestHome) -> Self {
        let folder = home.path().to_owned();
        let source = home.write("nvml.c", SOURCE);
        let library = folder.join("libnvidia-ml.so.1");
        let compiled = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).output();
        let compiled =
            Finished::of(compiled.expect("this test needs a C compiler called `cc`, as building does"));
        assert_eq!(compiled.code, 0, "{compiled:?}");
        fs::copy(&library, folder.join("libnvidia-ml.so")).expect("the home is writable");
        Self { folder }
    }

    /// The folder the library lies in.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file that makes it hang.
    pub fn hangs(&self) -> PathBuf {
        self.folder.join("nvml-hangs")
    }

    /// From now on no call returns.
    pub fn hang(&self) {
        fs::write(self.hangs(), "").expect("the home is writable");
    }

    /// Calls return again, those that wait too.
    pub fn answer(&self) {
        fs::remove_file(self.hangs()).expect("it hangs");
    }
}
