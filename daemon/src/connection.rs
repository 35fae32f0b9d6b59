//! One client: hello, then requests answered one after the other. Whatever a client sends, or does
//! not send, it harms only its own connection.

use std::time::Duration;

use dissect_runs::home::Home;
use dissect_runs::protocol::{
    self, ClientHello, Code, Daemon, DaemonHello, LONGEST_LINE, Refusal, Reply, Version,
};
use rustix::process::getuid;
use serde::Serialize;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};

use crate::event::{Answer, Event};

/// Serves a client until it leaves, misbehaves, or the daemon leaves. `patience` is how long it may take
/// for its hello, for the rest of a line it began, and to take an answer.
pub(crate) async fn serve(
    stream: UnixStream,
    home: Home,
    patience: Duration,
    events: mpsc::Sender<Event>,
    mut leaving: watch::Receiver<()>,
) {
    // A client that is gone or does not speak needs no more words; its connection ends here.
    let _ = converse(stream, &home, patience, &events, &mut leaving).await;
}

/// Why a conversation ends early.
#[derive(Debug)]
struct Over;

async fn converse(
    stream: UnixStream,
    home: &Home,
    patience: Duration,
    events: &mpsc::Sender<Event>,
    leaving: &mut watch::Receiver<()>,
) -> Result<(), Over> {
    let peer = stream.peer_cred().map_err(|_| Over)?.uid();
    let (from, to) = stream.into_split();
    let mut from = Lines { from: BufReader::new(from), line: Vec::new(), begun: None, patience };
    let mut to = Sink { to, patience };
    if peer != getuid().as_raw() && peer != 0 {
        return to.refuse(Code::Failed, format!("this daemon serves user {} alone", getuid().as_raw())).await;
    }

    let hello = timeout(patience, from.next()).await.map_err(|_| Over)?;
    if !greet(hello, &mut to, home).await? {
        return Ok(());
    }
    loop {
        let line = tokio::select! {
            line = from.next() => line,
            _ = leaving.changed() => return Ok(()),
        };
        let line = match line {
            Line::Whole(line) => line,
            Line::End => return Ok(()),
            Line::Bad(why) => return to.refuse(Code::Usage, why).await,
        };
        let request = match serde_json::from_slice(&line) {
            Ok(request) => request,
            Err(error) => {
                to.refuse(Code::Usage, format!("not a request: {error}")).await?;
                continue;
            }
        };
        let (answer, answered) = oneshot::channel();
        events.send(Event::Request { request, answer }).await.map_err(|_| Over)?;
        let Answer { replies, then } = answered.await.map_err(|_| Over)?;
        to.say_all(&replies).await?;
        if let Some(then) = then {
            return tell(then, &mut from, &mut to, leaving).await;
        }
    }
}

/// Answers the hello; says whether the conversation goes on.
async fn greet(hello: Line, to: &mut Sink, home: &Home) -> Result<bool, Over> {
    let Version { protocol, version } = Version::mine();
    let expected = format!("expected {{\"hello\":{{\"protocol\":{protocol},\"version\":\"...\"}}}}");
    let theirs = match hello {
        Line::Whole(line) => match serde_json::from_slice::<ClientHello>(&line) {
            Ok(ClientHello { hello }) => hello,
            Err(error) => {
                to.refuse(Code::Usage, format!("not a hello: {error}; {expected}")).await?;
                return Ok(false);
            }
        },
        Line::End => return Ok(false),
        Line::Bad(why) => {
            to.refuse(Code::Usage, format!("{why}; {expected}")).await?;
            return Ok(false);
        }
    };
    if theirs.protocol != protocol {
        let message = format!(
            "the client (version {}) speaks protocol {}, this daemon (version {version}) speaks {protocol}; \
             install the same version on both sides",
            theirs.version, theirs.protocol
        );
        to.refuse(Code::Usage, message).await?;
        return Ok(false);
    }
    let home = home.root().display().to_string();
    to.say(&DaemonHello { hello: Daemon { protocol, version, pid: std::process::id(), home } }).await?;
    Ok(true)
}

/// Passes changes on to a client that watches, until it leaves.
async fn tell(
    mut then: mpsc::Receiver<Reply>,
    from: &mut Lines,
    to: &mut Sink,
    leaving: &mut watch::Receiver<()>,
) -> Result<(), Over> {
    loop {
        tokio::select! {
            reply = then.recv() => match reply {
                Some(reply) => to.say(&reply).await?,
                None => {
                    let message = "changes came faster than they were read; watch again".to_owned();
                    return to.refuse(Code::Failed, message).await;
                }
            },
            line = from.next() => match line {
                Line::End | Line::Bad(_) => return Ok(()),
                Line::Whole(_) => {
                    let message = "this connection watches; ask on another one".to_owned();
                    to.refuse(Code::Usage, message).await?;
                }
            },
            _ = leaving.changed() => return Ok(()),
        }
    }
}

/// What a client sends, line by line.
struct Lines {
    from: BufReader<OwnedReadHalf>,
    line: Vec<u8>,
    /// When the line began of which some is here.
    begun: Option<Instant>,
    patience: Duration,
}

enum Line {
    Whole(Vec<u8>),
    End,
    Bad(String),
}

impl Lines {
    /// The next line; may be cancelled and called again. The memory for it is bounded, and so is
    /// the time from its first byte to its last.
    async fn next(&mut self) -> Line {
        loop {
            let read = match self.begun {
                None => self.from.fill_buf().await,
                Some(begun) => match timeout_at(begun + self.patience, self.from.fill_buf()).await {
                    Ok(read) => read,
                    Err(_) => return Line::Bad("a line took too long to arrive".to_owned()),
                },
            };
            let Ok(bytes) = read else { return Line::End };
            if bytes.is_empty() {
                return Line::End;
            }
            self.begun.get_or_insert_with(Instant::now);
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(bytes.len(), |end| end + 1);
            self.line.extend_from_slice(&bytes[..end.unwrap_or(taken)]);
            self.from.consume(taken);
            if self.line.len() as u64 > LONGEST_LINE {
                return Line::Bad(format!("a line is longer than {LONGEST_LINE} bytes"));
            }
            if end.is_some() {
                self.begun = None;
                return Line::Whole(std::mem::take(&mut self.line));
            }
        }
    }
}

/// What a client is sent. One that does not take it in time is let go.
struct Sink {
    to: OwnedWriteHalf,
    patience: Duration,
}

impl Sink {
    async fn say(&mut self, message: &impl Serialize) -> Result<(), Over> {
        self.write(protocol::to_line(message)).await
    }

    async fn say_all(&mut self, replies: &[Reply]) -> Result<(), Over> {
        for some in replies.chunks(256) {
            self.write(some.iter().map(protocol::to_line).collect()).await?;
        }
        Ok(())
    }

    async fn refuse(&mut self, code: Code, message: String) -> Result<(), Over> {
        self.say(&Reply::Error(Refusal { code, message })).await
    }

    async fn write(&mut self, text: String) -> Result<(), Over> {
        let written = timeout(self.patience, self.to.write_all(text.as_bytes())).await;
        written.map_err(|_| Over)?.map_err(|_| Over)
    }
}
