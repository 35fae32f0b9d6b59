//! How a command ends: one failure, one exit code, one message.

use std::io;
use std::process::ExitCode;

use dissect_onnx::dissect::DissectError;
use dissect_onnx::model::ModelError;
use dissect_runs::client::ClientError;
use dissect_runs::home::HomeError;
use dissect_runs::protocol::{Code, Refusal};
use dissect_runs::spec::SpecError;

/// What a command returns.
pub type Outcome = Result<(), Failure>;

/// A failure of a command, by what the caller can do about it. The number is the exit code.
#[derive(Debug)]
pub enum Failure {
    /// 1: it was tried and did not work.
    Failed(anyhow::Error),
    /// 2: it was asked in a way that cannot work, a spec that does not hold among them.
    Usage(anyhow::Error),
    /// 3: the file or run that was named is not there.
    NotFound(anyhow::Error),
    /// 4: no daemon answers.
    NoDaemon(anyhow::Error),
    /// The reader of the output has left, as in `dissect run list | head`. Not an error.
    ReaderLeft,
}

impl Failure {
    /// The exit code, as documented in `dissect --help`.
    pub fn code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::NotFound(_) => 3,
            Self::NoDaemon(_) => 4,
            Self::ReaderLeft => 0,
        }
    }

    /// What is wrong, each source once.
    pub fn message(&self) -> Option<String> {
        match self {
            Self::Failed(error) | Self::Usage(error) | Self::NotFound(error) | Self::NoDaemon(error) => {
                Some(one_line(error))
            }
            Self::ReaderLeft => None,
        }
    }

    /// Prints the message to stderr and gives the exit code.
    pub fn report(&self) -> ExitCode {
        if let Some(message) = self.message() {
            eprintln!("dissect: {message}");
        }
        ExitCode::from(self.code())
    }
}

/// An error and its sources in one line; a source that its error already repeats is left out.
pub fn one_line(error: &anyhow::Error) -> String {
    let mut text = error.to_string();
    for source in error.chain().skip(1) {
        let source = source.to_string();
        if !text.contains(&source) {
            text.push_str(": ");
            text.push_str(&source);
        }
    }
    text
}

/// Whatever a command gives up with, classified here and nowhere else.
impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        match error.downcast_ref::<HomeError>() {
            Some(HomeError::NotFound(_) | HomeError::NoModel { .. }) => return Self::NotFound(error),
            Some(HomeError::Ambiguous { .. } | HomeError::Nowhere) => return Self::Usage(error),
            _ => {}
        }
        match error.downcast_ref::<ClientError>() {
            Some(ClientError::Unreachable { .. }) => return Self::NoDaemon(error),
            Some(ClientError::Refused(Refusal { code: Code::Usage, .. })) => return Self::Usage(error),
            Some(ClientError::Refused(Refusal { code: Code::NotFound, .. })) => return Self::NotFound(error),
            _ => {}
        }
        if error.downcast_ref::<SpecError>().is_some() {
            return Self::Usage(error);
        }
        if matches!(error.downcast_ref::<ModelError>(), Some(ModelError::NotFound { .. })) {
            return Self::NotFound(error);
        }
        match error.downcast_ref::<DissectError>() {
            Some(DissectError::Load(ModelError::NotFound { .. })) => return Self::NotFound(error),
            Some(DissectError::Setting { .. }) => return Self::Usage(error),
            _ => {}
        }
        let reader_left =
            error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
        if reader_left { Self::ReaderLeft } else { Self::Failed(error) }
    }
}

#[cfg(test)]
mod tests {
    use anyhow::{Context as _, anyhow};

    use super::*;

    #[test]
    fn says_every_source_once() {
        let io = io::Error::new(io::ErrorKind::NotFound, "no such file");
        let error =
            Err::<(), _>(io).context("cannot read a.toml: no such file").context("run a").unwrap_err();
        assert_eq!(Failure::NotFound(error).message().unwrap(), "run a: cannot read a.toml: no such file");
        assert_eq!(Failure::from(anyhow!("a").context("b")).message().unwrap(), "b: a");
    }

    #[test]
    fn a_reader_that_left_is_no_error() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!((failure.code(), failure.message()), (0, None));
    }
}
