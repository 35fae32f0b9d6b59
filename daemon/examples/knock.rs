//! Knocks at a socket as whoever it is started as, and says what it heard: `knock SOCKET`. For the
//! daemon's tests, which start it as another user.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

fn main() {
    let path = std::env::args_os().nth(1).expect("called with a socket's path");
    let heard = UnixStream::connect(path).and_then(|mut stream| {
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        // Whoever is refused may be refused before this arrives.
        let _ =
            stream.write_all(b"{\"hello\":{\"protocol\":1,\"version\":\"0.1.0\"}}\n{\"verb\":\"list\"}\n");
        stream.shutdown(std::net::Shutdown::Write)?;
        let mut heard = Vec::new();
        // What came before a reset is what was heard.
        let _ = stream.read_to_end(&mut heard);
        Ok(String::from_utf8_lossy(&heard).into_owned())
    });
    match heard {
        Ok(heard) => print!("{heard}"),
        Err(error) => println!("{:?}", error.kind()),
    }
}
