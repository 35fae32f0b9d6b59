//! The lines between daemon and clients.

use std::io::{self, BufReader, Cursor, Write};
use std::os::unix::net::UnixStream;

use dissect_runs::client::{Client, ClientError};
use dissect_runs::home::Home;
use dissect_runs::protocol::{Code, LONGEST_LINE, Reply, Request, read_line};
use proptest::prelude::*;

#[test]
fn lines_are_read_whole_and_no_longer_than_allowed() {
    let fits = "x".repeat(LONGEST_LINE as usize);
    for (sent, expected) in [
        ("", Ok(None)),
        ("\n", Ok(Some(""))),
        ("a\nb\n", Ok(Some("a"))),
        ("torn", Err(io::ErrorKind::UnexpectedEof)),
        (&format!("{fits}\n"), Ok(Some(fits.as_str()))),
        (&format!("{fits}x\n"), Err(io::ErrorKind::InvalidData)),
    ] {
        let read = read_line(&mut BufReader::new(Cursor::new(sent))).map_err(|error| error.kind());
        assert_eq!(read.as_ref().map(Option::as_deref), expected.as_ref().map(|line| *line), "{:.20}", sent);
    }
    assert!(read_line(&mut BufReader::new(&b"\xff\xfe\n"[..])).is_err());
}

/// A client whose daemon says exactly this, whatever it is asked.
fn client(said: &str) -> Result<Client, ClientError> {
    Client::over(Cursor::new(said.to_owned()), io::sink())
}

const HELLO: &str = "{\"hello\":{\"protocol\":1,\"version\":\"0.1.0\",\"pid\":1,\"home\":\"/h\"}}\n";

#[test]
fn a_client_tells_a_refusal_from_a_broken_line_and_from_nonsense() {
    let refused = "{\"error\":{\"code\":\"conflict\",\"message\":\"run a finished\"}}\n";
    let answer = |said: &str| client(&format!("{HELLO}{said}")).unwrap().stop("a").unwrap_err();
    match answer(refused) {
        ClientError::Refused(refusal) => {
            assert_eq!((refusal.code, refusal.message.as_str()), (Code::Conflict, "run a finished"))
        }
        other => panic!("{other}"),
    }
    assert!(matches!(answer(""), ClientError::Broken(_)));
    assert!(matches!(answer("{\"ok\""), ClientError::Broken(_)));
    assert!(matches!(answer("{\"ok\":{}}\n"), ClientError::Nonsense { .. }), "an id is expected");
    assert!(matches!(answer("hello there\n"), ClientError::Nonsense { .. }));
    assert!(matches!(client(refused), Err(ClientError::Refused(_))), "a version that does not fit");
    assert!(matches!(client("{\"ok\":{}}\n"), Err(ClientError::Nonsense { .. })));
}

#[test]
fn a_list_is_many_lines_and_a_watch_ends_with_its_connection() {
    let run = "{\"id\":\"20261123-101502-a\",\"state\":{\"status\":\"queued\",\"since\":1.0}}";
    let said = format!("{HELLO}{{\"run\":{run}}}\n{{\"run\":{run}}}\n{{\"ok\":{{}}}}\n");
    assert_eq!(client(&said).unwrap().list().unwrap().len(), 2);
    let said = format!("{HELLO}{{\"state\":{run}}}\n{{\"ok\":{{}}}}\n{{\"state\":{run}}}\n");
    let heard: Vec<_> = client(&said).unwrap().watch().unwrap().map(Result::unwrap).collect();
    assert_eq!(heard.len(), 2);
    assert_eq!(heard[0].id.name(), "a");
}

#[test]
fn a_daemon_that_is_not_there_is_said_to_be_unreachable() {
    let root = tempfile::tempdir().unwrap();
    let home = Home::at(root.path());
    assert!(Client::connect(&home).err().unwrap().is_unreachable(), "no socket");
    let listener = std::os::unix::net::UnixListener::bind(home.socket()).unwrap();
    let closes = std::thread::spawn(move || {
        let (mut stream, _): (UnixStream, _) = listener.accept().unwrap();
        // Says half a word and leaves.
        stream.write_all(b"{\"hel").unwrap();
    });
    assert!(Client::connect(&home).err().unwrap().is_unreachable(), "it leaves");
    closes.join().unwrap();
    assert!(Client::connect(&home).err().unwrap().is_unreachable(), "a socket nobody listens on");
}

proptest! {
    #[test]
    fn no_line_makes_them_panic(line in ".{0,60}", verb in "[a-z]{1,8}") {
        let _ = serde_json::from_str::<Request>(&line);
        let _ = serde_json::from_str::<Reply>(&line);
        let _ = serde_json::from_str::<Request>(&format!("{{\"verb\":\"{verb}\",\"id\":{line:?}}}"));
    }
}
