//! Hooks are told of what happens; whatever they do, the daemon goes on.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;

use dissect_runs::state::Status;
use serde_json::Value;

use crate::configured::hang_up;
use crate::scene::{Scene, wait_for};

/// A scene whose hook is this shell script; `$OUT` in it is a file of the scene's.
fn with_script(script: &str, more: &str) -> Scene {
    let mut scene = Scene::empty();
    let path = scene.folder().join("hook");
    let out = scene.folder().join("out");
    fs::write(&path, format!("#!/bin/sh\nOUT='{}'\n{script}\n", out.display())).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    scene.configure(&format!("[on_event]\ncommand = ['{}']\n{more}", path.display()));
    scene.start_daemon();
    scene
}

fn written(scene: &Scene) -> String {
    fs::read_to_string(scene.folder().join("out")).unwrap_or_default()
}

/// The events of lines of JSON.
fn events(lines: &str) -> Vec<String> {
    let event =
        |line: &str| serde_json::from_str::<Value>(line).unwrap()["event"].as_str().unwrap().to_owned();
    lines.lines().map(event).collect()
}

#[test]
fn a_command_is_told_of_what_happens_in_order() {
    let scene = with_script("cat >> \"$OUT\"", "");
    let id = scene.start("crash");
    scene.wait(&id, Status::Lost);
    wait_for("the hook is told", || written(&scene).matches('\n').count() >= 3);
    assert_eq!(events(&written(&scene)), ["queued", "started", "lost"]);
    let last: Value = serde_json::from_str(written(&scene).lines().last().unwrap()).unwrap();
    assert_eq!((last["id"].as_str(), last["name"].as_str()), (Some(id.as_str()), Some("crash")));
    assert_eq!(last["state"]["status"], "lost");
}

#[test]
fn kinds_that_are_not_asked_for_are_not_told_and_an_adopted_worker_is() {
    let mut scene = with_script(
        "cat >> \"$OUT\"",
        "kinds = ['adopted', 'finished', 'finding']\n[rules]\nstall_s = 0.05\nevery_s = 0.02",
    );
    let id = scene.start("gate");
    wait_for("the stall is told", || written(&scene).contains("\"rule\":\"stall\""));
    scene.kill_daemon();
    scene.start_daemon();
    wait_for("the adoption is told", || written(&scene).contains("\"adopted\""));
    scene.open(&id, "go");
    wait_for("the end is told", || written(&scene).contains("\"finished\""));
    assert_eq!(events(&written(&scene)), ["finding", "adopted", "finished"]);
}

#[test]
fn a_command_that_sleeps_for_ever_is_killed_with_what_it_started() {
    let scene = with_script("sleep 1000 & echo $! >> \"$OUT\"\nwait", "kinds = ['finished']\nlimit_s = 0.5");
    let ids = [scene.start("quick-a"), scene.start("quick-b")];
    for id in &ids {
        scene.wait(id, Status::Finished);
    }
    wait_for("both were killed", || {
        scene.log().matches("did not end within 0.5 s and was killed").count() == 2
    });
    for pid in written(&scene).lines() {
        let gone = || match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) => stat.contains(") Z "),
            Err(_) => true,
        };
        wait_for("what it started is gone", gone);
    }
    assert_eq!(written(&scene).lines().count(), 2);
}

#[test]
fn hooks_that_are_not_there_or_fail_are_said_in_the_log_and_nothing_else() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for (config, expected) in [
        ("command = ['/no/such/hook']".to_owned(), "/no/such/hook: cannot be started"),
        ("command = ['sh', '-c', 'exit 7']".to_owned(), "exit status: 7"),
        (format!("url = 'http://127.0.0.1:{port}/'"), "on_event.url: cannot post"),
    ] {
        let scene = Scene::configured(&format!("[on_event]\n{config}\n"));
        let id = scene.start("quick");
        scene.wait(&id, Status::Finished);
        wait_for(expected, || scene.log().contains(expected));
    }
}

/// Reads one request and answers it; its body.
fn serve(stream: TcpStream, answer: &str) -> String {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    write!(reader.into_inner(), "HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        .unwrap();
    String::from_utf8(body).unwrap()
}

#[test]
fn a_url_is_posted_to_and_may_refuse_or_be_slow() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let config = "kinds = ['started', 'finished']\nlimit_s = 1";
    let scene = Scene::configured(&format!("[on_event]\nurl = 'http://127.0.0.1:{port}/hook'\n{config}\n"));
    let id = scene.start("gate");
    let told = serve(listener.accept().unwrap().0, "204 No Content");
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!((&told["event"], &told["id"]), (&"started".into(), &id.as_str().into()));

    scene.open(&id, "go");
    assert_eq!(events(&serve(listener.accept().unwrap().0, "500 Oh No")), ["finished"]);
    wait_for("the refusal is logged", || scene.log().contains("answered 500, expected 2xx"));
    assert!(!scene.log().contains("/hook"), "a URL may hold a secret");

    // Connected and never answered: the daemon serves and works on.
    let quick = scene.start("quick");
    let silent = listener.accept().unwrap();
    scene.wait(&quick, Status::Finished);
    wait_for("it is given up", || scene.log().contains("on_event.url: cannot post"));
    drop(silent);
}

#[test]
fn a_queue_that_is_paused_and_goes_on_is_told_of_once_each() {
    let scene = with_script("cat >> \"$OUT\"", "kinds = ['paused', 'unpaused']");
    for _ in 0..2 {
        scene.client().pause().unwrap();
    }
    for _ in 0..2 {
        scene.client().unpause().unwrap();
    }
    wait_for("both are told", || written(&scene).matches('\n').count() >= 2);
    assert_eq!(events(&written(&scene)), ["paused", "unpaused"]);
    let first: Value = serde_json::from_str(written(&scene).lines().next().unwrap()).unwrap();
    let keys: Vec<_> = first.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["event", "time"], "it is about no run");
}

#[test]
fn a_reload_says_whom_a_url_leads_to_and_not_what_it_says() {
    let scene = Scene::configured("[on_event]\nurl = 'https://old.example.org/secret-a'\n");
    scene.configure("[on_event]\nurl = 'https://ada:secret-b@new.example.org:8443/secret-c?secret-d'\n");
    hang_up(&scene);
    let said = "on_event.url is \"https://new.example.org:8443/…\" now, it was \"https://old.example.org/…\"";
    wait_for("the reload is logged", || scene.log().contains(said));
    assert!(!scene.log().contains("secret"), "{}", scene.log());
}
