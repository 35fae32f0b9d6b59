//! Clients that send nonsense, send slowly, take nothing, or come by the thousand.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::scene::{Scene, wait_for};
use dissect_runs::client::Client;
use dissect_runs::state::Status;
use dissectd::serve::raise_open_files;

const HELLO: &str = "{\"hello\":{\"protocol\":1,\"version\":\"0.1.0\"}}\n";

fn connect(scene: &Scene) -> UnixStream {
    let stream = UnixStream::connect(scene.home.socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

fn greeted(scene: &Scene) -> BufReader<UnixStream> {
    let mut stream = BufReader::new(connect(scene));
    stream.get_mut().write_all(HELLO.as_bytes()).unwrap();
    assert!(line(&mut stream).contains("\"hello\""));
    stream
}

/// Whether a client of good manners is served. On a busy machine it may itself be late, and is let go.
fn is_served(scene: &Scene) -> bool {
    (0..20).any(|_| Client::connect(&scene.home).is_ok_and(|mut client| client.list().is_ok()))
}

fn line(stream: &mut BufReader<UnixStream>) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    line
}

fn resident_kib(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn descriptors(pid: u32) -> usize {
    fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

#[test]
fn clients_that_dribble_are_let_go_and_others_served_meanwhile() {
    let scene = Scene::configured("[clients]\npatience_s = 1\n");
    let pid = scene.client().daemon().pid;
    let mut slow: Vec<_> = (0..200).map(|_| connect(&scene)).collect();
    let request = format!("{HELLO}{}", "{\"verb\":\"list\"} ".repeat(1000));
    let mut bytes = request.bytes().cycle();
    // A byte to each, again and again, as long as anybody takes one.
    wait_for("all are let go", || {
        let byte = [bytes.next().unwrap()];
        slow.retain_mut(|stream| stream.write_all(&byte).is_ok());
        assert!(is_served(&scene));
        slow.is_empty()
    });
    // One that has said hello may be silent for as long as it likes.
    let mut silent = greeted(&scene);
    wait_for("the slow ones are forgotten", || descriptors(pid) < 30);
    silent.get_mut().write_all(b"{\"verb\":\"list\"}\n").unwrap();
    assert_eq!(line(&mut silent), "{\"ok\":{}}\n");
}

#[test]
fn a_client_that_takes_no_answers_is_let_go() {
    let scene = Scene::configured("[clients]\npatience_s = 1\n");
    let mut stream = greeted(&scene);
    let some = "{\"verb\":\"list\"}\n".repeat(1000);
    wait_for("it is let go", || {
        assert!(is_served(&scene));
        stream.get_mut().set_write_timeout(Some(Duration::from_millis(50))).unwrap();
        match stream.get_mut().write_all(some.as_bytes()) {
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
            Ok(()) => false,
        }
    });
}

#[test]
fn a_client_that_has_said_all_it_has_to_say_is_answered() {
    let scene = Scene::with(&[]);
    let mut stream = greeted(&scene);
    stream.get_mut().write_all(b"{\"verb\":\"list\"}\n{\"verb\":\"show\",\"id\":\"x\"}\n{\"verb\"").unwrap();
    stream.get_mut().shutdown(std::net::Shutdown::Write).unwrap();
    let mut heard = String::new();
    stream.read_to_string(&mut heard).unwrap();
    assert_eq!(heard.lines().count(), 2, "half a line is no request: {heard}");
}

#[test]
fn more_clients_than_there_are_places_wait_for_one() {
    let scene = Scene::configured("[clients]\nlimit = 3\n");
    let mut inside: Vec<_> = (0..3).map(|_| greeted(&scene)).collect();
    let mut waiting = BufReader::new(connect(&scene));
    waiting.get_mut().write_all(HELLO.as_bytes()).unwrap();
    waiting.get_mut().set_nonblocking(true).unwrap();
    for client in &mut inside {
        client.get_mut().write_all(b"{\"verb\":\"list\"}\n").unwrap();
        assert_eq!(line(client), "{\"ok\":{}}\n");
    }
    let mut byte = [0];
    assert!(waiting.get_mut().read(&mut byte).is_err(), "nobody has answered it");
    inside.pop();
    waiting.get_mut().set_nonblocking(false).unwrap();
    assert!(line(&mut waiting).contains("\"hello\""));
}

#[test]
fn a_thousand_clients_at_once_are_served() {
    raise_open_files();
    let scene = Scene::with(&[]);
    let pid = scene.client().daemon().pid;
    let mut clients: Vec<_> = (0..1000).map(|_| greeted(&scene)).collect();
    assert!(descriptors(pid) > 1000, "all at once");
    for _ in 0..2 {
        for client in &mut clients {
            client.get_mut().write_all(b"{\"verb\":\"list\"}\n").unwrap();
        }
        for client in &mut clients {
            assert_eq!(line(client), "{\"ok\":{}}\n");
        }
    }
    for client in &mut clients {
        client.get_mut().write_all(b"{\"verb\":\"watch\"}\n").unwrap();
        assert_eq!(line(client), "{\"ok\":{}}\n");
    }
    let id = scene.start("quick");
    scene.wait(&id, Status::Finished);
    for client in &mut clients {
        while !line(client).contains("\"finished\"") {}
    }
    let resident = resident_kib(pid);
    assert!(resident < 64 << 10, "{resident} KiB");
    drop(clients);
    wait_for("they are all gone", || descriptors(pid) < 30);
}

#[test]
fn a_hundred_thousand_messages_of_nonsense_are_answered_line_by_line() {
    nonsense(100_000, 2);
}

/// Sends that many messages made of this seed, and checks that each is answered by one line, or ends
/// its own connection with a word why; and that the daemon is as it was afterwards.
fn nonsense(messages: usize, seed: u64) {
    let scene = Scene::configured("[clients]\npatience_s = 5\n");
    let pid = scene.client().daemon().pid;
    let mut random = Random(seed);
    let mut stream = greeted(&scene);
    let (mut answered, mut done, mut closed, mut cut) = (0, 0, 0, 0);
    for _ in 0..messages {
        let mut message = random.message();
        if random.below(500) == 0 {
            // Longer than any line may be: told so, and let go.
            message.extend(std::iter::repeat_n(b'x', (1 << 20) + 1));
        }
        if random.below(100) == 0 {
            // Gone in the middle of it.
            stream.get_mut().write_all(&message[..message.len() / 2]).unwrap();
            stream = greeted(&scene);
            cut += 1;
            continue;
        }
        message.push(b'\n');
        let pieces = 1 + random.below(3);
        // The daemon may close before all of a line is sent that is too long.
        let _ = message
            .chunks(message.len().div_ceil(pieces))
            .try_for_each(|some| stream.get_mut().write_all(some));
        let answer = loop {
            let answer = line(&mut stream);
            if !answer.starts_with("{\"run\"") && !answer.starts_with("{\"state\"") {
                break answer;
            }
        };
        answered += 1;
        done += usize::from(answer.starts_with("{\"ok\""));
        assert!(
            answer.ends_with('\n') && (answer.starts_with("{\"ok\"") || answer.starts_with("{\"error\"")),
            "{:?} was answered by {answer:?}",
            String::from_utf8_lossy(&message[..message.len().min(500)])
        );
        if answer.contains("a line is longer than") {
            stream = greeted(&scene);
            closed += 1;
        }
    }
    drop(stream);
    println!(
        "{messages} messages: {answered} answered, {done} of them as done, {closed} too long, {cut} cut short"
    );
    assert_eq!(scene.client().daemon().pid, pid);
    wait_for("connections are closed", || descriptors(pid) < 30);
    let resident = resident_kib(pid);
    println!("the daemon has {resident} KiB");
    assert!(resident < 64 << 10, "{resident} KiB");
    assert!(!scene.log().contains("panicked"), "{}", scene.log());
    let id = scene.start("quick");
    scene.wait(&id, Status::Finished);
}

/// Messages from a seed: whole requests, requests with mistakes, JSON of any shape, and bytes.
struct Random(u64);

impl Random {
    /// SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn message(&mut self) -> Vec<u8> {
        const REQUESTS: [&str; 11] = [
            "{\"verb\":\"list\"}",
            "{\"verb\":\"show\",\"id\":\"quick\"}",
            "{\"verb\":\"stop\",\"id\":\"20261123-101502-quick\"}",
            "{\"verb\":\"resume\",\"id\":\"\"}",
            "{\"verb\":\"remove\",\"id\":\"../../..\"}",
            "{\"verb\":\"start\",\"spec\":\"kind = 'train'\\nname = '../x'\\n[training]\\nepochs = -1\"}",
            "{\"verb\":\"start\",\"spec\":\"kind = 'dissect'\\nmodels = ['run:x']\\ngenerator = 'run:y'\"}",
            "{\"verb\":\"start\",\"spec\":\"[[[[[[[[[[[[[\"}",
            "{\"hello\":{\"protocol\":1,\"version\":\"0.1.0\"}}",
            "{\"ok\":{}}",
            "{\"verb\":5,\"id\":[null,true,1e999,-0,\"\\ud800\"]}",
        ];
        let mut message = match self.below(10) {
            0 => {
                let length = self.below(200);
                (0..length).map(|_| self.next() as u8).collect()
            }
            1 => {
                let depth = self.below(10_000);
                let bracket = [b'[', b'{', b'"', b'-', b'\\'][self.below(5)];
                vec![bracket; depth]
            }
            2 => self.json(6).into_bytes(),
            3 => format!("{{\"verb\":\"start\",\"spec\":{}}}", self.json(4)).into_bytes(),
            _ => REQUESTS[self.below(REQUESTS.len())].as_bytes().to_vec(),
        };
        for _ in 0..self.below(4) {
            if message.is_empty() {
                break;
            }
            let at = self.below(message.len());
            match self.below(4) {
                0 => message[at] ^= 1 << self.below(8),
                1 => message.truncate(at),
                2 => message.insert(at, self.next() as u8),
                _ => message.extend_from_within(at..),
            }
        }
        // A line has one end, and this daemon is to stay.
        message.retain(|byte| *byte != b'\n');
        if message.windows(8).any(|word| word == b"shutdown") { Vec::new() } else { message }
    }

    fn json(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 5 } else { 7 }) {
            0 => "null".to_owned(),
            1 => (self.next() as i64).to_string(),
            2 => format!("{:e}", f64::from_bits(self.next())),
            3 => "true".to_owned(),
            4 => format!("{:?}", "kind = 'gan'\u{0}\u{1F9E0}".repeat(self.below(20))),
            5 => {
                let length = self.below(5);
                format!("[{}]", (0..length).map(|_| self.json(depth - 1)).collect::<Vec<_>>().join(","))
            }
            _ => {
                let length = self.below(5);
                let keys = ["verb", "id", "spec", "hello", "x"];
                let pair = |this: &mut Self| format!("\"{}\":{}", keys[this.below(5)], this.json(depth - 1));
                format!("{{{}}}", (0..length).map(|_| pair(self)).collect::<Vec<_>>().join(","))
            }
        }
    }
}
