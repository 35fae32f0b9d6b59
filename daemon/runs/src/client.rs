//! Talks to a daemon, waiting for each answer.

use std::io::{self, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::home::{Home, RunId};
use crate::protocol::{
    self, Change, ClientHello, Daemon, DaemonHello, Done, Extent, Refusal, Reply, Request, Standing, Version,
    Wanted, Whereto,
};
use crate::state::State;

/// How long a daemon may take to accept a connection, and to answer a request.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a daemon did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// There is none.
    #[error(
        "no daemon answers at {}: {source}; start one with `dissectd &` or `systemctl --user start dissectd`",
        socket.display()
    )]
    Unreachable {
        /// Its socket.
        socket: PathBuf,
        /// What the connection met.
        source: io::Error,
    },
    /// It refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It was there and is gone, or took too long.
    #[error("the daemon's connection broke: {0}")]
    Broken(#[from] io::Error),
    /// It says something else than these messages.
    #[error("the daemon said {line:?}, which is no answer: {why}")]
    Nonsense {
        /// What it said, cut to a length.
        line: String,
        /// What was expected.
        why: String,
    },
}

impl ClientError {
    /// Whether no daemon is there to be talked to.
    pub fn is_unreachable(&self) -> bool {
        matches!(self, Self::Unreachable { .. })
    }
}

/// A connection to a daemon.
pub struct Client {
    from: BufReader<Box<dyn Read + Send>>,
    to: Box<dyn Write + Send>,
    stream: Option<UnixStream>,
    daemon: Daemon,
}

impl Client {
    /// Connects to the daemon of `home`.
    pub fn connect(home: &Home) -> Result<Self, ClientError> {
        let unreachable = |source| ClientError::Unreachable { socket: home.socket(), source };
        let stream = open(home).map_err(unreachable)?;
        let to = stream.try_clone().map_err(unreachable)?;
        let from = stream.try_clone().map_err(unreachable)?;
        Self::greet(Box::new(from), Box::new(to), Some(stream)).map_err(|error| match error {
            // Something listens and says nothing: a daemon that hangs or leaves just now.
            ClientError::Broken(source) => unreachable(source),
            other => other,
        })
    }

    /// Talks to a daemon over any pair of streams, as those of `ssh SERVER dissect relay`.
    pub fn over(
        from: impl Read + Send + 'static,
        to: impl Write + Send + 'static,
    ) -> Result<Self, ClientError> {
        Self::greet(Box::new(from), Box::new(to), None)
    }

    fn greet(
        from: Box<dyn Read + Send>,
        to: Box<dyn Write + Send>,
        stream: Option<UnixStream>,
    ) -> Result<Self, ClientError> {
        let daemon = Daemon { protocol: 0, version: String::new(), pid: 0, home: String::new() };
        let mut client = Self { from: BufReader::new(from), to, stream, daemon };
        client.send(&ClientHello { hello: Version::mine() })?;
        let line = client.line()?;
        match serde_json::from_str::<DaemonHello>(&line) {
            Ok(DaemonHello { hello }) => client.daemon = hello,
            Err(_) => match parse::<Reply>(&line)? {
                Reply::Error(refusal) => return Err(refusal.into()),
                _ => return Err(nonsense(&line, "expected its hello")),
            },
        }
        Ok(client)
    }

    /// Who answers.
    pub fn daemon(&self) -> &Daemon {
        &self.daemon
    }

    /// Queues the run that this spec asks for. Paths in it must be absolute, as the daemon works
    /// elsewhere: see [`crate::spec::Spec::anchored_at`].
    pub fn start(&mut self, spec: &str) -> Result<RunId, ClientError> {
        self.start_at(spec, Wanted::default())
    }

    /// The same, at this place in the queue.
    pub fn start_at(&mut self, spec: &str, place: Wanted) -> Result<RunId, ClientError> {
        self.done(&Request::Start { spec: spec.to_owned(), place }).and_then(id_of)
    }

    /// Every run, oldest first.
    pub fn list(&mut self) -> Result<Vec<Standing>, ClientError> {
        self.runs(&Request::List {})
    }

    fn runs(&mut self, request: &Request) -> Result<Vec<Standing>, ClientError> {
        self.send(request)?;
        let mut runs = Vec::new();
        loop {
            let line = self.line()?;
            match parse(&line)? {
                Reply::Run(run) => runs.push(run),
                Reply::Ok(_) => return Ok(runs),
                Reply::Error(refusal) => return Err(refusal.into()),
                Reply::State(_) => return Err(nonsense(&line, "expected a run of the list")),
            }
        }
    }

    /// How one run stands. References are ids, names or unique prefixes, here and below.
    pub fn show(&mut self, reference: &str) -> Result<(RunId, State), ClientError> {
        let done = self.done(&Request::Show { id: reference.to_owned() })?;
        match (done.id, done.state) {
            (Some(id), Some(state)) => Ok((id, state)),
            _ => Err(nonsense("ok", "expected the run's id and state")),
        }
    }

    /// Asks a run to stop, and returns once it was asked.
    pub fn stop(&mut self, reference: &str) -> Result<RunId, ClientError> {
        self.done(&Request::Stop { id: reference.to_owned() }).and_then(id_of)
    }

    /// Ends a run at once, without a checkpoint.
    pub fn kill(&mut self, reference: &str) -> Result<RunId, ClientError> {
        self.done(&Request::Kill { id: reference.to_owned() }).and_then(id_of)
    }

    /// Queues a run again.
    pub fn resume(&mut self, reference: &str) -> Result<RunId, ClientError> {
        self.resume_for(reference, None)
    }

    /// The same, with this time limit from now on: as `8h`, or `none`.
    pub fn resume_for(&mut self, reference: &str, time_limit: Option<&str>) -> Result<RunId, ClientError> {
        let time_limit = time_limit.map(str::to_owned);
        self.done(&Request::Resume { id: reference.to_owned(), time_limit }).and_then(id_of)
    }

    /// Deletes a run.
    pub fn remove(&mut self, reference: &str) -> Result<RunId, ClientError> {
        self.done(&Request::Remove { id: reference.to_owned() }).and_then(id_of)
    }

    /// Asks something else of a queued run. Paths must be absolute, as in [`Client::start`].
    pub fn edit(&mut self, reference: &str, spec: &str) -> Result<RunId, ClientError> {
        self.done(&Request::Edit { id: reference.to_owned(), spec: spec.to_owned() }).and_then(id_of)
    }

    /// Puts a queued run elsewhere in the queue.
    pub fn move_to(&mut self, reference: &str, to: Whereto) -> Result<RunId, ClientError> {
        self.done(&Request::Move { id: reference.to_owned(), to }).and_then(id_of)
    }

    /// Changes what a run was told when it was queued.
    pub fn place(&mut self, reference: &str, change: Change) -> Result<RunId, ClientError> {
        self.done(&Request::Place { id: reference.to_owned(), change }).and_then(id_of)
    }

    /// Puts the queued runs of a group elsewhere in the queue; those runs, in their order.
    pub fn move_group(&mut self, group: &str, to: Whereto) -> Result<Vec<RunId>, ClientError> {
        let moved = self.runs(&Request::MoveGroup { group: group.to_owned(), to })?;
        Ok(moved.into_iter().map(|standing| standing.id).collect())
    }

    /// Deletes what a run that ended at `ended` can be without, or all of it.
    pub fn clean(&mut self, id: &RunId, ended: f64, extent: Extent) -> Result<RunId, ClientError> {
        self.done(&Request::Clean { id: id.as_str().to_owned(), ended, extent }).and_then(id_of)
    }

    /// Lets no more runs start.
    pub fn pause(&mut self) -> Result<(), ClientError> {
        self.done(&Request::Pause {}).map(drop)
    }

    /// Lets runs start again.
    pub fn unpause(&mut self) -> Result<(), ClientError> {
        self.done(&Request::Unpause {}).map(drop)
    }

    /// Asks the daemon to leave. Workers go on.
    pub fn shutdown(&mut self) -> Result<(), ClientError> {
        self.done(&Request::Shutdown {}).map(drop)
    }

    /// How every run stands that has not ended, then each change as it happens. The iterator waits,
    /// and ends with the connection.
    pub fn watch(mut self) -> Result<Watch, ClientError> {
        self.send(&Request::Watch {})?;
        if let Some(stream) = &self.stream {
            // Nothing may happen for days.
            stream.set_read_timeout(None)?;
        }
        Ok(Watch { client: self })
    }

    fn done(&mut self, request: &Request) -> Result<Done, ClientError> {
        self.send(request)?;
        let line = self.line()?;
        match parse(&line)? {
            Reply::Ok(done) => Ok(done),
            Reply::Error(refusal) => Err(refusal.into()),
            Reply::Run(_) | Reply::State(_) => Err(nonsense(&line, "expected `ok` or `error`")),
        }
    }

    fn send(&mut self, message: &impl Serialize) -> Result<(), ClientError> {
        self.to.write_all(protocol::to_line(message).as_bytes())?;
        Ok(self.to.flush()?)
    }

    fn line(&mut self) -> Result<String, ClientError> {
        match protocol::read_line(&mut self.from) {
            Ok(Some(line)) => Ok(line),
            Ok(None) => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it closed").into()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let message = format!("it did not answer within {} s", PATIENCE.as_secs());
                Err(io::Error::new(io::ErrorKind::TimedOut, message).into())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The changes a daemon tells of.
pub struct Watch {
    client: Client,
}

impl Iterator for Watch {
    type Item = Result<Standing, ClientError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let line = match self.client.line() {
                Ok(line) => line,
                Err(ClientError::Broken(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return None;
                }
                Err(error) => return Some(Err(error)),
            };
            return match parse(&line) {
                Ok(Reply::State(standing)) => Some(Ok(standing)),
                // What stands is told; changes follow.
                Ok(Reply::Ok(_)) => continue,
                Ok(Reply::Error(refusal)) => Some(Err(refusal.into())),
                Ok(Reply::Run(_)) => Some(Err(nonsense(&line, "expected a state"))),
                Err(error) => Some(Err(error)),
            };
        }
    }
}

/// Connects without waiting longer than [`PATIENCE`] for a daemon that hangs.
fn open(home: &Home) -> io::Result<UnixStream> {
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    for side in [Timeout::Send, Timeout::Recv] {
        set_socket_timeout(&socket, side, Some(PATIENCE))?;
    }
    home.with_short_socket_path(|path| Ok(connect(&socket, &SocketAddrUnix::new(path)?)?))?;
    Ok(UnixStream::from(socket))
}

fn id_of(done: Done) -> Result<RunId, ClientError> {
    done.id.ok_or_else(|| nonsense("ok", "expected the run's id"))
}

fn parse<T: DeserializeOwned>(line: &str) -> Result<T, ClientError> {
    serde_json::from_str(line).map_err(|error| nonsense(line, &error.to_string()))
}

fn nonsense(line: &str, why: &str) -> ClientError {
    ClientError::Nonsense { line: line.chars().take(200).collect(), why: why.to_owned() }
}
