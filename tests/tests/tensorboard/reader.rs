//! TensorBoard's reader, as a process that is asked again and again while a folder changes.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use dissect_tests::repository;

/// A scalar: step, time in seconds since 1970, and value; none is NaN.
pub(crate) type Scalar = (u64, f64, Option<f64>);

/// The reader of one folder.
pub(crate) struct Reader {
    process: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Reader {
    /// Follows the event files of `folder`.
    pub(crate) fn of(folder: &Path) -> Self {
        let runtime = repository().join(".runtime");
        let packages = runtime.join("tensorboard");
        assert!(packages.join("stamp").is_file(), "{} is not there; make setup", packages.display());
        let mut process = Command::new(runtime.join("venv/bin/python"))
            .arg(repository().join("tests/tests/tensorboard/read.py"))
            .arg(folder)
            .env("PYTHONPATH", packages)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("make setup has made a Python");
        let ask = process.stdin.take().expect("a pipe");
        let answers = BufReader::new(process.stdout.take().expect("a pipe"));
        Self { process, ask, answers }
    }

    /// What it finds now, by tag.
    pub(crate) fn read(&mut self) -> BTreeMap<String, Vec<Scalar>> {
        self.ask.write_all(b"\n").expect("the reader reads");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the reader answers");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// The steps and values of one tag.
    pub(crate) fn steps(&mut self, tag: &str) -> Vec<(u64, Option<f64>)> {
        let scalars = self.read().remove(tag).unwrap_or_default();
        scalars.into_iter().map(|(step, _, value)| (step, value)).collect()
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
