//! The socket is its owner's alone, at every instant and whoever binds it. What needs a second user is
//! tried with a real one where the tests run as root.

use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::scene::{Scene, example, wait_for};
use dissect_runs::client::Client;
use dissect_runs::state::Status;
use rustix::process::{Signal, getuid};

/// Nobody's.
const STRANGER: u32 = 65_534;

#[test]
fn no_instant_lets_others_in_whatever_the_umask() {
    let mut scene = Scene::empty();
    let done = AtomicBool::new(false);
    let looks = std::thread::scope(|threads| {
        let looker = threads.spawn(|| {
            let (mut looks, mut sockets) = (0_u64, 0_u64);
            while !done.load(Ordering::Relaxed) {
                for path in [scene.home.root().to_owned(), scene.home.socket()] {
                    if let Ok(metadata) = fs::symlink_metadata(&path) {
                        let mode = metadata.mode() & 0o777;
                        assert_eq!(mode & 0o077, 0, "{} was {mode:o}", path.display());
                        sockets += u64::from(metadata.file_type().is_socket());
                    }
                    looks += 1;
                }
            }
            (looks, sockets)
        });
        for round in 0..15 {
            let mut daemon = open_to_all(scene.command());
            wait_for("it answers", || Client::connect(&scene.home).is_ok());
            // Killed, it leaves its socket to be replaced; told to leave, it removes it.
            let signal = if round % 2 == 0 { Signal::KILL } else { Signal::TERM };
            rustix::process::kill_process(rustix::process::Pid::from_child(&daemon), signal).unwrap();
            daemon.wait().unwrap();
        }
        done.store(true, Ordering::Relaxed);
        looker.join().unwrap()
    });
    println!("{} looks, {} of them at a socket", looks.0, looks.1);
    assert!(looks.1 > 0, "{looks:?}: the socket was seen");
    scene.start_daemon();
}

/// Starts it where new files are open to everybody.
fn open_to_all(command: Command) -> Child {
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 0; exec \"$0\" \"$@\""]).arg(command.get_program()).args(command.get_args());
    shell.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// What another user hears at this socket.
fn knock_as_stranger(scene: &Scene) -> String {
    let knock = scene.folder().join("knock");
    if !knock.exists() {
        fs::copy(example("knock"), &knock).unwrap();
    }
    let mut command = Command::new(knock);
    command.arg(scene.home.socket()).uid(STRANGER).gid(STRANGER);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

#[test]
fn another_user_gets_nothing() {
    let scene = Scene::with(&[]);
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
    assert_eq!((mode(scene.home.root()), mode(&scene.home.socket())), (0o700, 0o600));
    if !getuid().is_root() {
        eprintln!("only root can be somebody else: the second user's knocks were not tried");
        return;
    }
    let open = |path: &Path, mode| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    open(scene.folder(), 0o755);
    assert_eq!(knock_as_stranger(&scene), "PermissionDenied\n", "the home is closed");
    open(scene.home.root(), 0o755);
    assert_eq!(knock_as_stranger(&scene), "PermissionDenied\n", "and so is the socket");
    open(&scene.home.socket(), 0o777);
    let heard = knock_as_stranger(&scene);
    assert!(heard.contains("this daemon serves user 0 alone"), "and so is the daemon: {heard}");
    assert!(!heard.contains("hello") && !heard.contains("ok"), "{heard}");
    scene.client().list().unwrap();
}

#[test]
fn a_strangers_socket_in_its_place_is_refused() {
    let mut scene = Scene::empty();
    scene.home.create().unwrap();
    let theirs = UnixListener::bind(scene.home.socket()).unwrap();
    if getuid().is_root() {
        chown(scene.home.socket(), Some(STRANGER), None).unwrap();
        assert!(!scene.spawn_daemon().wait().unwrap().success());
        assert!(scene.log().contains("is a socket of user 65534"), "{}", scene.log());
        assert!(UnixStream::connect(scene.home.socket()).is_ok(), "it is left where it is");
        chown(scene.home.socket(), Some(0), None).unwrap();
    }
    // One's own is what a killed daemon leaves.
    drop(theirs);
    scene.start_daemon();
}

/// Starts the daemon as systemd does where it holds the socket.
fn activated(scene: &Scene, socket: impl Into<Stdio>) -> Child {
    let command = scene.command();
    let log = fs::File::options().append(true).create(true).open(scene.folder().join("daemon.log")).unwrap();
    let mut shell = Command::new("sh");
    let hand_over = "LISTEN_PID=$$ LISTEN_FDS=1 exec \"$0\" \"$@\" 3<&0 0</dev/null";
    shell.args(["-c", hand_over]).arg(command.get_program()).args(command.get_args());
    shell.stdin(socket).stderr(log).spawn().unwrap()
}

/// A socket as systemd binds it.
fn bound(path: &Path, mode: u32) -> UnixListener {
    let listener = UnixListener::bind(path).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    listener
}

fn share(listener: &UnixListener) -> Stdio {
    Stdio::from(std::os::fd::OwnedFd::from(listener.try_clone().unwrap()))
}

#[test]
fn a_socket_that_systemd_holds_is_taken_and_left_to_it() {
    let mut scene = Scene::empty();
    scene.home.create().unwrap();
    let held = bound(&scene.home.socket(), 0o600);
    let inode = fs::metadata(scene.home.socket()).unwrap().ino();
    // A client that comes before any daemon is served by the first.
    let early = std::thread::spawn({
        let home = scene.home.clone();
        move || Client::connect(&home).unwrap().daemon().pid
    });
    let daemon = activated(&scene, share(&held));
    let pid = daemon.id();
    assert_eq!(early.join().unwrap(), pid);
    scene.await_daemon(daemon);
    let id = scene.start("gate");
    let worker = scene.wait(&id, Status::Running).worker().unwrap().clone();
    let environment = fs::read(format!("/proc/{}/environ", worker.pid)).unwrap();
    assert!(!String::from_utf8_lossy(&environment).contains("LISTEN_"));
    let sockets = fs::read_dir(format!("/proc/{}/fd", worker.pid)).unwrap().flatten();
    let sockets = sockets.filter_map(|fd| fs::read_link(fd.path()).ok());
    assert_eq!(sockets.filter(|to| to.to_string_lossy().contains("socket:")).count(), 0);

    scene.end_daemon(Signal::TERM);
    assert_eq!(fs::metadata(scene.home.socket()).unwrap().ino(), inode, "it is systemd's to remove");
    assert!(worker.is_alive());
    scene.await_daemon(activated(&scene, share(&held)));
    assert_eq!(scene.wait(&id, Status::Running).worker(), Some(&worker), "an upgrade stops no run");
    scene.open(&id, "go");
    scene.wait(&id, Status::Finished);
}

#[test]
fn a_socket_that_is_not_the_homes_or_not_private_is_refused() {
    let scene = Scene::empty();
    scene.home.create().unwrap();
    let socket = scene.home.socket();
    let refused = |stdin: Stdio, why: &str| {
        assert!(!activated(&scene, stdin).wait().unwrap().success(), "{why}");
        assert!(scene.log().contains(why), "{why}: {}", scene.log());
    };
    refused(Stdio::from(fs::File::open("/dev/null").unwrap()), "does not listen for streams");
    let (connected, _other) = UnixStream::pair().unwrap();
    refused(Stdio::from(std::os::fd::OwnedFd::from(connected)), "does not listen for streams");

    let elsewhere = bound(&scene.home.root().join("other.sock"), 0o600);
    refused(share(&elsewhere), "other.sock, not");
    symlink(scene.home.root().join("other.sock"), &socket).unwrap();
    refused(share(&elsewhere), "clients look for");
    fs::remove_file(&socket).unwrap();

    let open = bound(&socket, 0o666);
    refused(share(&open), "is open to others (mode 666");
    fs::set_permissions(&socket, Permissions::from_mode(0o600)).unwrap();
    if getuid().is_root() {
        chown(&socket, Some(STRANGER), None).unwrap();
        refused(share(&open), "user 65534");
    }
}
