//! Who gets in, and what those who misbehave can do: nothing, but to their own connection.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::scene::{Scene, wait_for};
use dissect_runs::client::{Client, ClientError};
use dissect_runs::home::Home;
use dissect_runs::process::ProcessId;
use dissect_runs::state::Status;

const HELLO: &str = "{\"hello\":{\"protocol\":1,\"version\":\"0.1.0\"}}\n";

fn connect(scene: &Scene) -> BufReader<UnixStream> {
    let stream = UnixStream::connect(scene.home.socket()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    BufReader::new(stream)
}

fn line(stream: &mut BufReader<UnixStream>) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    line
}

#[test]
fn a_second_daemon_says_so_and_leaves() {
    let scene = Scene::with(&[]);
    let id = scene.start("gate");
    scene.wait(&id, Status::Running);
    let mut second = scene.spawn_daemon();
    assert!(!second.wait().unwrap().success());
    let first = scene.client().daemon().pid;
    assert!(scene.log().contains(&format!("another dissectd (pid {first}) supervises")), "{}", scene.log());
    scene.open(&id, "go");
    scene.wait(&id, Status::Finished);
}

#[test]
fn a_lock_that_outlives_its_daemon_is_waited_for() {
    let mut scene = Scene::empty();
    scene.home.create().unwrap();
    // As where a daemon was killed between fork and exec of a worker: the child has the lock a little longer.
    let me = ProcessId::me().unwrap();
    let dead = ProcessId { start_time: me.start_time + 1, ..me };
    fs::write(scene.home.lock(), serde_json::to_string(&dead).unwrap()).unwrap();
    let lock = fs::File::open(scene.home.lock()).unwrap();
    lock.lock().unwrap();
    let daemon = scene.spawn_daemon();
    let descriptors = format!("/proc/{}/fd", daemon.id());
    wait_for("the daemon meets the lock", || {
        let open = fs::read_dir(&descriptors).unwrap().flatten();
        open.filter_map(|fd| fs::read_link(fd.path()).ok()).any(|path| path == scene.home.lock())
    });
    assert!(!scene.home.socket().exists());
    drop(lock);
    scene.await_daemon(daemon);
}

#[test]
fn the_socket_is_its_owners_alone() {
    let mut scene = Scene::with(&[]);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&scene.home.socket()), 0o600);
    assert_eq!(mode(scene.home.root()), 0o700);
    // Killed, it leaves its socket; the next one replaces it.
    scene.kill_daemon();
    assert!(scene.home.socket().exists());
    assert!(matches!(Client::connect(&scene.home), Err(ClientError::Unreachable { .. })));
    scene.start_daemon();
    scene.kill_daemon();

    fs::remove_file(scene.home.socket()).unwrap();
    let victim = scene.home.root().join("victim");
    fs::write(&victim, "untouched").unwrap();
    symlink(&victim, scene.home.socket()).unwrap();
    assert!(!scene.spawn_daemon().wait().unwrap().success());
    assert!(scene.log().contains("is a symbolic link"), "{}", scene.log());
    fs::remove_file(scene.home.socket()).unwrap();
    fs::write(scene.home.socket(), "a file").unwrap();
    assert!(!scene.spawn_daemon().wait().unwrap().success());
    assert_eq!(fs::read_to_string(scene.home.socket()).unwrap(), "a file");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "untouched");
    fs::remove_file(scene.home.socket()).unwrap();

    fs::set_permissions(scene.home.root(), fs::Permissions::from_mode(0o777)).unwrap();
    assert!(!scene.spawn_daemon().wait().unwrap().success());
    assert!(scene.log().contains("can be written by others (mode 777)"), "{}", scene.log());
}

#[test]
fn a_home_may_lie_deeper_than_a_sockets_address_is_long() {
    let mut scene = Scene::empty();
    scene.home = Home::at(scene.home.root().join("deep".repeat(25)).join("deeper".repeat(10)));
    assert!(scene.home.socket().as_os_str().len() > 150);
    scene.start_daemon();
    let id = scene.start("quick");
    scene.wait(&id, Status::Finished);
}

#[test]
fn without_a_daemon_a_client_says_what_to_do() {
    let scene = Scene::empty();
    let error = Client::connect(&scene.home).err().unwrap();
    assert!(error.is_unreachable());
    assert!(error.to_string().contains("systemctl --user start dissectd"), "{error}");
}

#[test]
fn malformed_clients_are_answered_and_others_served() {
    let scene = Scene::with(&[]);
    let long = "x".repeat(2 << 20);
    for (sent, expected) in [
        ("hello\n", "not a hello"),
        ("\n", "not a hello"),
        ("\u{0}\u{ffff}\n", "not a hello"),
        ("{\"hello\":{\"protocol\":2,\"version\":\"9.0.0\"}}\n", "speaks protocol 2, this daemon"),
        (long.as_str(), "longer than"),
    ] {
        let mut stream = connect(&scene);
        // The daemon may close before all of it is sent.
        let _ = stream.get_mut().write_all(sent.as_bytes());
        let answer = line(&mut stream);
        assert!(answer.contains("\"code\":\"usage\"") && answer.contains(expected), "{answer}");
        let mut rest = Vec::new();
        // Closed, or reset where something sent was never read.
        let _ = stream.read_to_end(&mut rest);
        assert_eq!(rest, b"");
    }

    let mut stream = connect(&scene);
    stream.get_mut().write_all(HELLO.as_bytes()).unwrap();
    assert!(line(&mut stream).contains("\"home\""));
    for sent in [
        "{}",
        "[]",
        "null",
        "{\"verb\":\"dance\"}",
        "{\"verb\":\"stop\"}",
        "{\"verb\":\"stop\",\"id\":5}",
        "{\"verb\":\"stop\",\"id\":\"\"}",
        "{\"verb\":\"stop\",\"id\":\"../../etc\"}",
        "{\"verb\":\"start\",\"spec\":\"\"}",
        "{\"verb\":\"start\",\"spec\":\"kind = 'train'\\nname = '../x'\"}",
    ] {
        stream.get_mut().write_all(format!("{sent}\n").as_bytes()).unwrap();
        let answer = line(&mut stream);
        assert!(answer.starts_with("{\"error\""), "{sent}: {answer}");
    }
    // After all of that the same connection still works, a byte at a time.
    for byte in b"{\"verb\":\"list\"}\n" {
        stream.get_mut().write_all(&[*byte]).unwrap();
    }
    assert_eq!(line(&mut stream), "{\"ok\":{}}\n");
}

#[test]
fn half_open_clients_and_many_at_once_do_no_harm() {
    let scene = Scene::with(&[]);
    // Silent ones, ones in the middle of a line, and ones that watch and never read.
    let silent: Vec<_> = (0..100).map(|_| connect(&scene)).collect();
    let halting: Vec<_> = (0..100)
        .map(|_| {
            let mut stream = connect(&scene);
            stream.get_mut().write_all(&HELLO.as_bytes()[..10]).unwrap();
            stream
        })
        .collect();
    let watching: Vec<_> = (0..20)
        .map(|_| {
            let mut stream = connect(&scene);
            stream.get_mut().write_all(format!("{HELLO}{{\"verb\":\"watch\"}}\n").as_bytes()).unwrap();
            stream
        })
        .collect();
    let mut clients: Vec<_> = (0..100).map(|_| scene.client()).collect();
    for client in &mut clients {
        client.list().unwrap();
    }
    let id = scene.start("quick");
    scene.wait(&id, Status::Finished);
    drop((silent, halting, watching, clients));
    wait_for("they are all gone", || {
        let descriptors = format!("/proc/{}/fd", scene.client().daemon().pid);
        fs::read_dir(descriptors).unwrap().count() < 30
    });
}
